/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

#include "model/leftbehind.h"

static const struct column columns[] = {
    {"path", COLUMN_TEXT},
    {"size", COLUMN_NUMBER},
    {"layer", COLUMN_TEXT},
    {"instruction", COLUMN_TEXT},
};

DEFINE_VEC(index_vec, uint32_t)

/* Largest first, then in the order of the tree. */
static int compare(const void *pa, const void *pb, void *arg)
{
	const struct node *nodes = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	uint64_t x = S_ISREG(nodes[a].mode) ? nodes[a].size : 0;
	uint64_t y = S_ISREG(nodes[b].mode) ? nodes[b].size : 0;

	if (x != y)
		return x < y ? 1 : -1;
	return (a > b) - (a < b);
}

static int add_row(struct table *t, const struct catalog_stage *s, const struct left_behind *l,
		   uint32_t at)
{
	const struct node *n = &l->tree->nodes[at];
	uint32_t position = catalog_stage_position(s, ENTRY_LAYER(n->inode));
	int r = report_path_cell(t, l->tree->nodes, at);

	table_number(t, S_ISREG(n->mode) ? n->size : 0);
	table_str(t, position ? s->layers[position - 1].nn : NULL);
	table_text(t, position ? s->layers[position - 1].instruction : BYTES_NULL);
	return r;
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	_cleanup_(left_behind_release) struct left_behind l = {0};
	_cleanup_(index_vec_release) struct index_vec rows = {0};
	struct table t;
	int r = 0;

	if (ctx->stage->n_layers)
		r = left_behind_make(ctx->forest, ctx->catalog, ctx->stage, &l, err);
	for (uint32_t i = 0; r == 0 && l.tree && i < l.tree->n; i++)
		if (l.left[i] && index_vec_push(&rows, i) < 0)
			r = err_oom(err);
	if (r < 0)
		return r;
	if (rows.n)
		qsort_r(rows.v, rows.n, sizeof(*rows.v), compare, l.tree->nodes);
	table_begin(&t, "left-behind", columns, ARRAY_SIZE(columns), format == REPORT_JSON,
		    out);
	for (size_t i = 0; i < rows.n; i++)
		if (add_row(&t, ctx->stage, &l, rows.v[i]) < 0)
			return err_oom(err);
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_left_behind = {
    "left-behind", REPORT_STAGE, REPORT_TABLE,
    "what the stage made and nothing later took, largest first", render};
