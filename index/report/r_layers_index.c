/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

static const struct column columns[] = {
    {"name", COLUMN_TEXT},        {"diff_id", COLUMN_TEXT},
    {"tar_bytes", COLUMN_NUMBER}, {"content_bytes", COLUMN_NUMBER},
    {"entries", COLUMN_NUMBER},   {"images", COLUMN_NUMBER},
    {"places", COLUMN_TEXT},
};

static int compare(const void *pa, const void *pb)
{
	const struct catalog_stored_layer *const *a = pa, *const *b = pb;

	if ((*a)->content_bytes != (*b)->content_bytes)
		return (*a)->content_bytes < (*b)->content_bytes ? 1 : -1;
	return strcmp((*a)->name, (*b)->name);
}

/* "app:1:05 app:2:05": in which images it stands, and where. */
static void add_places(struct table *t, const struct catalog *c, int64_t layer)
{
	_cleanup_(buf_release) struct buf places = BUF_INIT;

	for (size_t i = 0; i < c->n_images; i++)
		for (uint32_t j = 0; j < c->images[i].n_layers; j++)
			if (c->images[i].layers[j].layer == layer)
				buf_addf(&places, "%s%s:%s", places.len ? " " : "",
					 c->images[i].name, c->images[i].layers[j].nn);
	table_text(t, buf_bytes(&places));
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	const struct catalog *c = ctx->catalog;
	_cleanup_free_ const struct catalog_stored_layer **sorted =
	    calloc(c->n_layers + 1, sizeof(*sorted));
	struct table t;

	if (!sorted)
		return err_oom(err);
	for (size_t i = 0; i < c->n_layers; i++)
		sorted[i] = &c->layers[i];
	qsort(sorted, c->n_layers, sizeof(*sorted), compare);
	table_begin(&t, "stored-layers", columns, ARRAY_SIZE(columns), format == REPORT_JSON,
		    out);
	for (size_t i = 0; i < c->n_layers; i++) {
		table_str(&t, sorted[i]->name);
		table_str(&t, sorted[i]->diff_id);
		table_number(&t, sorted[i]->tar_bytes);
		table_number(&t, sorted[i]->content_bytes);
		table_number(&t, sorted[i]->entries);
		table_number(&t, sorted[i]->images);
		add_places(&t, c, sorted[i]->id);
	}
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_layers_index = {"layers", REPORT_INDEX, REPORT_TABLE,
					   "every stored layer, and the images it stands in",
					   render};
