/* SPDX-License-Identifier: MIT */
/* Files that a stage copied from others, and files that others copied from it. */
#include "report/report_internal.h"

#include "model/origin.h"

static const struct column columns[] = {
    {"path", COLUMN_TEXT},        {"size", COLUMN_NUMBER},   {"from", COLUMN_TEXT},
    {"source_path", COLUMN_TEXT}, {"match", COLUMN_TEXT},    {"layer", COLUMN_TEXT},
    {"instruction", COLUMN_TEXT}, {"evidence", COLUMN_TEXT},
};

static const struct column columns_out[] = {
    {"source_path", COLUMN_TEXT}, {"size", COLUMN_NUMBER},   {"to", COLUMN_TEXT},
    {"path", COLUMN_TEXT},        {"match", COLUMN_TEXT},    {"layer", COLUMN_TEXT},
    {"instruction", COLUMN_TEXT}, {"evidence", COLUMN_TEXT},
};

struct copied {
	const struct origins *o; /* of the stage that copied */
	uint32_t node;
};
DEFINE_VEC(copied_vec, struct copied)

struct origins_list {
	struct origins **v; /* one a stage, NULL where nothing is asked of it */
	uint32_t n;
};

static void origins_list_release(struct origins_list *l)
{
	for (uint32_t k = 0; k < l->n; k++)
		origins_free(l->v[k]);
	free(l->v);
}

static uint64_t size_of(const struct copied *c)
{
	const struct node *n = &c->o->tree->nodes[c->node];

	return S_ISREG(n->mode) ? n->size : 0;
}

/* Largest first, then by stage and in path order: nodes of one directory are sorted. */
static int compare(const void *pa, const void *pb)
{
	const struct copied *a = pa, *b = pb;
	uint64_t x = size_of(a), y = size_of(b);

	if (x != y)
		return x < y ? 1 : -1;
	if (a->o != b->o)
		return a->o->stage->index < b->o->stage->index ? -1 : 1;
	return (a->node > b->node) - (a->node < b->node);
}

/* Files of `o` that were copied: from anywhere, or from one stage only. */
static int collect(const struct origins *o, uint32_t from, struct copied_vec *ret)
{
	for (uint32_t i = 0; i < o->tree->n; i++) {
		const struct origin *n = &o->nodes[i];

		if (n->word == ORIGIN_NOWHERE || n->match == MATCH_NONE)
			continue;
		if (from != ORIGIN_NOWHERE &&
		    (o->words[n->word].kind != ORIGIN_STAGE || o->words[n->word].stage != from))
			continue;
		if (copied_vec_push(ret, (struct copied){o, i}) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_path(struct table *t, const struct tree *tree, uint32_t node)
{
	if (tree && node != ORIGIN_NOWHERE)
		return report_path_cell(t, tree->nodes, node);
	table_unknown(t);
	return 0;
}

static int add_row(struct table *t, const struct copied *c, bool out)
{
	const struct origin *n = &c->o->nodes[c->node];
	const struct origin_word *w = &c->o->words[n->word];
	const struct catalog_stage *s = c->o->stage;
	int r = out ? add_path(t, w->tree, n->source) : add_path(t, c->o->tree, c->node);

	table_number(t, size_of(c));
	table_str(t, out ? s->name : w->name);
	if (r == 0)
		r = out ? add_path(t, c->o->tree, c->node) : add_path(t, w->tree, n->source);
	table_str(t, copy_match_name(n->match));
	table_str(t, n->position ? s->layers[n->position - 1].nn : NULL);
	if (n->instruction != ORIGIN_NOWHERE)
		table_text(t, s->s->instructions[n->instruction].text);
	else
		table_unknown(t);
	table_str(t, n->edge != ORIGIN_NOWHERE ? evidence_name(s->s->edges[n->edge].by) : NULL);
	return r;
}

static int write_rows(struct copied_vec *rows, enum report_format format, bool out,
		      struct buf *text, struct err *err)
{
	struct table t;
	int r = 0;

	if (rows->n)
		qsort(rows->v, rows->n, sizeof(*rows->v), compare);
	table_begin(&t, out ? "copied-out" : "copied-in", out ? columns_out : columns,
		    ARRAY_SIZE(columns), format == REPORT_JSON, text);
	for (size_t i = 0; r == 0 && i < rows->n; i++)
		r = add_row(&t, &rows->v[i], out);
	return r < 0 || table_end(&t) < 0 ? err_oom(err) : 0;
}

static int render_in(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		     struct err *err)
{
	_cleanup_(copied_vec_release) struct copied_vec rows = {0};
	_cleanup_(origins_freep) struct origins *o = NULL;
	int r = 0;

	if (ctx->stage->n_layers)
		r = origins_make(ctx->forest, ctx->catalog, ctx->stage, &o, err);
	if (r == 0 && o && collect(o, ORIGIN_NOWHERE, &rows) < 0)
		r = err_oom(err);
	return r < 0 ? r : write_rows(&rows, format, false, out, err);
}

static int render_out(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		      struct err *err)
{
	const struct catalog_build *b = ctx->stage->build;
	_cleanup_(copied_vec_release) struct copied_vec rows = {0};
	_cleanup_(origins_list_release) struct origins_list all = {
	    calloc(b->n_stages + 1, sizeof(struct origins *)), b->n_stages};
	int r = 0;

	if (!all.v) {
		all.n = 0;
		return err_oom(err);
	}
	for (uint32_t k = 0; r == 0 && k < b->n_stages; k++) {
		if (!b->stages[k].n_layers || k == ctx->stage->index)
			continue;
		r = origins_make(ctx->forest, ctx->catalog, &b->stages[k], &all.v[k], err);
		if (r == 0 && collect(all.v[k], ctx->stage->index, &rows) < 0)
			r = err_oom(err);
	}
	return r < 0 ? r : write_rows(&rows, format, true, out, err);
}

const struct report report_copied_in = {
    "copied-in", REPORT_STAGE, REPORT_TABLE,
    "files that the stage copied from other stages and images", render_in};
const struct report report_copied_out = {"copied-out", REPORT_STAGE, REPORT_TABLE,
					 "files that other stages copied from this one",
					 render_out};
