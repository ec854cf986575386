/* SPDX-License-Identifier: MIT */
/* Where the files of an image came from; adds up to its visible bytes. */
#include "report/report_internal.h"

#include "model/origin.h"

static const struct column columns[] = {
    {"origin", COLUMN_TEXT},
    {"files", COLUMN_NUMBER},
    {"bytes", COLUMN_NUMBER},
    {"others", COLUMN_NUMBER},
    {"symlink_bytes", COLUMN_NUMBER},
    {"exact", COLUMN_NUMBER},
    {"moved", COLUMN_NUMBER},
    {"unmatched", COLUMN_NUMBER},
    {"unmatched_bytes", COLUMN_NUMBER},
    {"evidence", COLUMN_TEXT},
};

static int compare(const void *pa, const void *pb)
{
	const struct origin_word *const *a = pa, *const *b = pb;

	if ((*a)->bytes != (*b)->bytes)
		return (*a)->bytes < (*b)->bytes ? 1 : -1;
	return strcmp((*a)->name, (*b)->name);
}

/* How the source is known: by the base's evidence, or that of the edges. */
static const char *evidence_of(const struct catalog_stage *s, const struct origin_word *w)
{
	if (w->kind == ORIGIN_BASE)
		return evidence_name(s->s->base_by);
	for (uint32_t k = 0; k < s->s->n_edges; k++) {
		const struct build_edge *e = &s->s->edges[k];

		if ((w->kind == ORIGIN_STAGE && e->source == SOURCE_STAGE &&
		     e->source_stage == w->stage) ||
		    (w->kind == ORIGIN_CONTEXT && e->source == SOURCE_CONTEXT) ||
		    (w->kind == ORIGIN_IMAGE && e->source == SOURCE_IMAGE))
			return evidence_name(e->by);
	}
	return s->s->n_instructions ? evidence_name(s->s->instructions[0].by) : NULL;
}

static void add_word(struct table *t, const struct catalog_stage *s,
		     const struct origin_word *w)
{
	bool copied = w->kind == ORIGIN_STAGE || w->kind == ORIGIN_IMAGE;
	const uint64_t matches[] = {w->exact, w->moved, w->unmatched, w->unmatched_bytes};

	table_str(t, w->name);
	table_number(t, w->files);
	table_number(t, w->bytes);
	table_number(t, w->others);
	table_number(t, w->symlink_bytes);
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
		if (copied)
			table_number(t, matches[i]);
		else
			table_unknown(t);
	}
	table_str(t, w->kind == ORIGIN_UNKNOWN ? NULL : evidence_of(s, w));
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	const struct catalog_stage *s = catalog_stage_of(ctx->catalog, ctx->image);
	_cleanup_(origins_freep) struct origins *o = NULL;
	_cleanup_free_ const struct origin_word **sorted = NULL;
	struct table t;
	int r = s && s->n_layers ? origins_make(ctx->forest, ctx->catalog, s, &o, err) : 0;

	if (r < 0)
		return r;
	sorted = calloc(o ? o->n_words + 1 : 1, sizeof(*sorted));
	if (!sorted)
		return err_oom(err);
	for (uint32_t i = 0; o && i < o->n_words; i++)
		sorted[i] = &o->words[i];
	if (o)
		qsort(sorted, o->n_words, sizeof(*sorted), compare);
	table_begin(&t, "origins", columns, ARRAY_SIZE(columns), format == REPORT_JSON, out);
	for (uint32_t i = 0; o && i < o->n_words; i++)
		if (sorted[i]->files || sorted[i]->others)
			add_word(&t, s, sorted[i]);
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_stages = {
    "stages", REPORT_IMAGE, REPORT_TABLE,
    "where the files came from: base, context, own RUNs, each stage", render};
