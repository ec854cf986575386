/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

static const struct column columns[] = {
    {"nn", COLUMN_TEXT},
    {"slug", COLUMN_TEXT},
    {"layer", COLUMN_TEXT},
    {"diff_id", COLUMN_TEXT},
    {"blob_digest", COLUMN_TEXT},
    {"codec", COLUMN_TEXT},
    {"blob_bytes", COLUMN_NUMBER},
    {"tar_bytes", COLUMN_NUMBER},
    {"content_bytes", COLUMN_NUMBER},
    {"visible_bytes", COLUMN_NUMBER},
    {"wasted_bytes", COLUMN_NUMBER},
    {"entries", COLUMN_NUMBER},
    {"images", COLUMN_NUMBER},
    {"instruction", COLUMN_TEXT},
};

static void add_numbers(struct table *t, const struct catalog_layer *l,
			const struct catalog_stored_layer *s, const struct layer_bytes *b)
{
	if (l->blob_bytes >= 0)
		table_number(t, (uint64_t)l->blob_bytes);
	else
		table_unknown(t);
	if (!s) {
		for (int i = 0; i < 6; i++)
			table_unknown(t);
		return;
	}
	table_number(t, s->tar_bytes);
	table_number(t, b->content);
	table_number(t, b->visible);
	table_number(t, b->wasted);
	table_number(t, s->entries);
	table_number(t, s->images);
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	_cleanup_(image_measure_release) struct image_measure m = {0};
	const struct catalog_image *img = ctx->image;
	struct table t;
	int r = report_measure(ctx, img, &m, err);

	if (r < 0)
		return r;
	table_begin(&t, "layers", columns, ARRAY_SIZE(columns), format == REPORT_JSON, out);
	for (uint32_t i = 0; i < img->n_layers; i++) {
		const struct catalog_layer *l = &img->layers[i];
		const struct catalog_stored_layer *s =
		    catalog_stored_layer(ctx->catalog, l->layer);

		table_str(&t, l->nn);
		table_str(&t, l->slug);
		table_str(&t, s ? s->name : NULL);
		table_str(&t, l->diff_id);
		table_str(&t, l->blob_digest);
		table_str(&t, l->codec);
		add_numbers(&t, l, s, &m.layers[i]);
		table_text(&t, l->instruction);
	}
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_layers = {
    "layers", REPORT_IMAGE, REPORT_TABLE,
    "what each layer stores, shows in the end, and wastes; in build order", render};
