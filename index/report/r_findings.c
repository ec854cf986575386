/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

#include "util/finding.h"

static const struct column columns[] = {
    {"code", COLUMN_TEXT},   {"layer", COLUMN_TEXT},   {"path", COLUMN_TEXT},
    {"detail", COLUMN_TEXT}, {"meaning", COLUMN_TEXT},
};

struct job {
	struct table *t;
	const struct catalog_image *img;
	const struct catalog_layer *layer; /* whose findings are being added */
};

static void add(struct job *j, const char *code, struct bytes path, const char *detail)
{
	enum finding f = finding_from_code(code ? code : "");

	table_str(j->t, code);
	table_str(j->t, j->layer ? j->layer->nn : NULL);
	table_text(j->t, path);
	table_str(j->t, detail);
	table_str(j->t, f < FINDING_COUNT ? finding_text(f) : NULL);
}

static int on_stored(void *arg, const char *code, struct bytes path, const char *detail)
{
	add(arg, code, path, detail);
	return 0;
}

/* Merging knows the layer's id only: its highest place in this image is meant. */
static void on_merge(void *arg, enum finding f, int64_t layer, struct bytes path)
{
	struct job *j = arg;

	j->layer = NULL;
	for (uint32_t i = 0; i < j->img->n_layers; i++)
		if (j->img->layers[i].layer == layer)
			j->layer = &j->img->layers[i];
	add(j, finding_code(f), path, "seen while merging");
}

static int add_stored(const struct report_ctx *ctx, struct job *j, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < ctx->image->n_layers; i++) {
		j->layer = &ctx->image->layers[i];
		if (j->layer->layer)
			r = findings_each(ctx->db, j->layer->layer, on_stored, j, err);
		else
			add(j, finding_code(FINDING_MISSING_BLOB), BYTES(""), NULL);
	}
	return r;
}

static void release(struct layer **layers, uint32_t n)
{
	for (uint32_t i = 0; layers && i < n; i++)
		if (layers[i])
			layer_unref(layers[i]);
	free(layers);
}

/* The merge again, for what only it sees. */
static int add_merged(const struct report_ctx *ctx, struct job *j, struct err *err)
{
	uint32_t n = ctx->image->n_layers;
	struct layer **layers = calloc(n + 1, sizeof(struct layer *));
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	int r = layers ? 0 : err_oom(err);

	for (uint32_t i = 0; r == 0 && i < n; i++)
		if (ctx->image->layers[i].layer)
			r = forest_layer(ctx->forest, ctx->image->layers[i].layer, &layers[i],
					 err);
	if (r == 0)
		r = merge_layers(layers, n, on_merge, j, &t, err);
	release(layers, n);
	return r;
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	struct table t;
	struct job j = {&t, ctx->image, NULL};
	int r;

	table_begin(&t, "findings", columns, ARRAY_SIZE(columns), format == REPORT_JSON, out);
	r = add_stored(ctx, &j, err);
	if (r == 0)
		r = add_merged(ctx, &j, err);
	if (r < 0)
		return r;
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_findings = {
    "findings", REPORT_IMAGE, REPORT_TABLE,
    "what is odd about the layers, and where runtimes disagree", render};
