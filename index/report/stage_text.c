/* SPDX-License-Identifier: MIT */
#include "report/stage_text.h"

#include "model/leftbehind.h"
#include "report/sentence.h"
#include "util/escape.h"

#include <stdio.h>

/* ---- what it ships ---- */

static void add_origin(struct buf *text, const struct origin_word *w, bool first)
{
	char size[16], name[100];

	buf_addf(text, "%s%s ", first ? ": " : ", ", format_size(w->bytes, size));
	escape_short(bytes_from_str(w->name), name, sizeof(name));
	switch (w->kind) {
	case ORIGIN_BASE:
		buf_add_str(text, "base");
		break;
	case ORIGIN_MADE:
		buf_add_str(text, "made by its own instructions");
		break;
	case ORIGIN_CONTEXT:
		buf_add_str(text, "from the build context");
		break;
	case ORIGIN_UNKNOWN:
		buf_add_str(text, "of unknown origin");
		break;
	default:
		buf_addf(text, "copied from %s", name);
		if (!w->tree)
			buf_add_str(text, " (whose layers no input holds)");
		else if (w->unmatched)
			buf_addf(text, " (%llu file%s not found there)",
				 (unsigned long long)w->unmatched,
				 w->unmatched == 1 ? "" : "s");
	}
}

static int compare(const void *pa, const void *pb)
{
	const struct origin_word *const *a = pa, *const *b = pb;

	if ((*a)->bytes != (*b)->bytes)
		return (*a)->bytes < (*b)->bytes ? 1 : -1;
	return strcmp((*a)->name, (*b)->name);
}

int stage_text_ships(const struct report_ctx *ctx, const struct catalog_stage *s,
		     struct buf *out, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(origins_freep) struct origins *o = NULL;
	_cleanup_free_ const struct origin_word **sorted = NULL;
	uint64_t sum = 0;
	char size[16];
	bool first = true;
	int r = s->n_layers ? origins_make(ctx->forest, ctx->catalog, s, &o, err) : 0;

	if (r < 0 || !o)
		return r;
	sorted = calloc(o->n_words + 1, sizeof(*sorted));
	if (!sorted)
		return err_oom(err);
	for (uint32_t i = 0; i < o->n_words; i++) {
		sorted[i] = &o->words[i];
		sum += o->words[i].bytes;
	}
	qsort(sorted, o->n_words, sizeof(*sorted), compare);
	buf_addf(&text, "%s %s %s", s->name, s->s->target ? "ships" : "holds",
		 format_size(sum, size));
	for (uint32_t i = 0; i < o->n_words; i++)
		if (sorted[i]->bytes) {
			add_origin(&text, sorted[i], first);
			first = false;
		}
	buf_add_char(&text, '.');
	sentence_add(out, buf_bytes(&text));
	return buf_status(&text) < 0 || buf_status(out) < 0 ? err_oom(err) : 0;
}

/* ---- what it left behind ---- */

/* Bytes left below each directory; hard links once a name is enough for a sentence. */
static uint64_t *sum_directories(const struct left_behind *l)
{
	uint64_t *sums = calloc(l->tree->n + 1, sizeof(*sums));

	for (uint32_t i = l->tree->n; sums && i-- > 1;) {
		const struct node *n = &l->tree->nodes[i];

		if (l->left[i] && S_ISREG(n->mode))
			sums[i] = n->size;
		sums[n->parent] += sums[i];
	}
	return sums;
}

/* Down from the root as long as one child has nearly all of it. */
static uint32_t heaviest(const struct left_behind *l, const uint64_t *sums)
{
	uint32_t at = 0;

	for (;;) {
		const struct node *n = &l->tree->nodes[at];
		uint32_t best = 0;

		if (!node_is_dir(n))
			return at;
		for (uint32_t k = n->first; k < n->first + n->count; k++)
			if (!best || sums[k] > sums[best])
				best = k;
		if (!best || sums[best] < sums[0] / 2 || !sums[best])
			return at;
		at = best;
	}
}

int stage_text_left(const struct report_ctx *ctx, const struct catalog_stage *s,
		    struct buf *out, struct err *err)
{
	_cleanup_(left_behind_release) struct left_behind l = {0};
	_cleanup_(buf_release) struct buf text = BUF_INIT, path = BUF_INIT;
	_cleanup_free_ uint64_t *sums = NULL;
	char size[16], part[16], shown[300];
	uint32_t at;
	int r = s->n_layers && !s->s->target
		    ? left_behind_make(ctx->forest, ctx->catalog, s, &l, err)
		    : 0;

	if (r < 0 || !l.bytes)
		return r;
	sums = sum_directories(&l);
	if (!sums)
		return err_oom(err);
	at = heaviest(&l, sums);
	if (node_path(l.tree->nodes, at, &path) < 0)
		return err_oom(err);
	buf_addf(&text, "%s left %s behind", s->name, format_size(l.bytes, size));
	if (at)
		buf_addf(&text, ", %s of it /%s", format_size(MIN(sums[at], l.bytes), part),
			 escape_short(buf_bytes(&path), shown, sizeof(shown)));
	buf_add_char(&text, '.');
	sentence_add(out, buf_bytes(&text));
	return buf_status(&text) < 0 || buf_status(out) < 0 ? err_oom(err) : 0;
}
