/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

#include "model/sharing.h"

static const struct column columns[] = {
    {"name", COLUMN_TEXT},
    {"platform", COLUMN_TEXT},
    {"config_digest", COLUMN_TEXT},
    {"created", COLUMN_TEXT},
    {"layers", COLUMN_NUMBER},
    {"content_bytes", COLUMN_NUMBER},
    {"visible_bytes", COLUMN_NUMBER},
    {"wasted_bytes", COLUMN_NUMBER},
    {"unique_bytes", COLUMN_NUMBER},
    {"shared_bytes", COLUMN_NUMBER},
    {"base", COLUMN_TEXT},
    {"blob_bytes", COLUMN_NUMBER},
    {"format", COLUMN_TEXT},
};

struct line {
	const struct catalog_image *img;
	struct sharing sharing;
	uint64_t visible, wasted;
};

static int compare(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;

	if (a->visible != b->visible)
		return a->visible < b->visible ? 1 : -1;
	return strcmp(a->img->name, b->img->name);
}

static int measure(const struct report_ctx *ctx, struct line *lines, struct err *err)
{
	for (size_t i = 0; i < ctx->catalog->n_images; i++) {
		_cleanup_(image_measure_release) struct image_measure m = {0};
		struct line *l = &lines[i];
		int r;

		l->img = &ctx->catalog->images[i];
		r = report_measure(ctx, l->img, &m, err);
		if (r < 0)
			return r;
		l->sharing = sharing_of(ctx->catalog, l->img);
		l->visible = m.visible;
		l->wasted = m.wasted;
	}
	return 0;
}

static void add_line(struct table *t, const struct line *l)
{
	uint64_t blobs;

	table_str(t, l->img->name);
	table_str(t, l->img->platform);
	table_str(t, l->img->config_digest);
	table_str(t, l->img->created);
	table_number(t, l->img->n_layers);
	table_number(t, l->sharing.content);
	table_number(t, l->visible);
	table_number(t, l->wasted);
	table_number(t, l->sharing.unique);
	table_number(t, l->sharing.shared);
	table_str(t, l->sharing.base ? l->sharing.base->name : NULL);
	if (report_pull_bytes(l->img, &blobs))
		table_number(t, blobs);
	else
		table_unknown(t);
	table_str(t, l->img->format);
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	size_t n = ctx->catalog->n_images;
	_cleanup_free_ struct line *lines = calloc(n + 1, sizeof(*lines));
	struct table t;
	int r = lines ? measure(ctx, lines, err) : err_oom(err);

	if (r < 0)
		return r;
	qsort(lines, n, sizeof(*lines), compare);
	table_begin(&t, "images", columns, ARRAY_SIZE(columns), format == REPORT_JSON, out);
	for (size_t i = 0; i < n; i++)
		add_line(&t, &lines[i]);
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_images = {
    "images", REPORT_INDEX, REPORT_TABLE,
    "every image: size, waste, what is its own and what it shares", render};
