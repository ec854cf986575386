/* SPDX-License-Identifier: MIT */
#include "model/align.h"

#include "util/buf.h"

#include <ctype.h>

#define CELLS_MAX    (4u << 20)
#define GAP_LAYER    600
#define GAP_METADATA 200
#define SAME         1000
#define HOLDS        800
#define EXPANDED     700 /* the Dockerfile has a variable where the history has its value */
#define KEYWORD      300
#define NO_MATCH     (-100000)
#define ACCEPT       700

struct table {
	const struct dockerfile_instruction *const *items;
	uint32_t n;
	const struct fact_entry *history;
	size_t m;
	struct buf *item_texts, *entry_texts; /* as compared */
	int32_t *best;                        /* (n + 1) * (m + 1) */
};

/* What builders write differently is dropped: quotes, commas, brackets, runs of white space. */
static int add_comparable(struct buf *out, struct bytes text)
{
	bool gap = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (isspace((unsigned char)c)) {
			gap = out->len > 0;
			continue;
		}
		if (strchr("'\"[],\\", c) && c)
			continue;
		if (gap)
			buf_add_char(out, ' ');
		gap = false;
		buf_add_char(out, c);
	}
	return buf_status(out);
}

/* "RUN <<EOF": history has the body instead (BuildKit, where it has no #! line). */
static struct bytes item_text(const struct dockerfile_instruction *i)
{
	bool body = i->heredocs.n == 1 && bytes_starts_with(i->text, BYTES("<<")) &&
		    bytes_equal(i->keyword, BYTES("RUN"));

	return body ? i->heredocs.v[0].content : i->text;
}

static struct bytes entry_text(const struct fact_entry *e)
{
	size_t keyword = strlen(e->in.keyword);
	struct bytes text = buf_bytes(&e->in.text);

	return text.len > keyword ? bytes_skip(text, keyword + 1) : BYTES_NULL;
}

static int make_texts(struct table *t)
{
	int r = 0;

	t->item_texts = calloc(t->n + 1, sizeof(*t->item_texts));
	t->entry_texts = calloc(t->m + 1, sizeof(*t->entry_texts));
	if (!t->item_texts || !t->entry_texts)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->n && r == 0; i++)
		r = add_comparable(&t->item_texts[i], item_text(t->items[i]));
	for (size_t j = 0; j < t->m && r == 0; j++)
		r = add_comparable(&t->entry_texts[j], entry_text(&t->history[j]));
	return r;
}

static void table_release(struct table *t)
{
	for (uint32_t i = 0; t->item_texts && i < t->n; i++)
		buf_release(&t->item_texts[i]);
	for (size_t j = 0; t->entry_texts && j < t->m; j++)
		buf_release(&t->entry_texts[j]);
	free(t->item_texts);
	free(t->entry_texts);
	free(t->best);
}

static bool holds(struct bytes a, struct bytes b)
{
	return b.len && a.len >= b.len && memmem(a.ptr, a.len, b.ptr, b.len);
}

static struct bytes last_word(struct bytes b)
{
	const char *space = b.len ? memrchr(b.ptr, ' ', b.len) : NULL;

	return space ? bytes_skip(b, (size_t)(space - b.ptr) + 1) : b;
}

static bool copies(const struct dockerfile_instruction *i)
{
	return bytes_equal(i->keyword, BYTES("COPY")) || bytes_equal(i->keyword, BYTES("ADD"));
}

static int32_t text_score(const struct table *t, uint32_t i, size_t j)
{
	struct bytes a = buf_bytes(&t->item_texts[i]), b = buf_bytes(&t->entry_texts[j]);

	if (bytes_equal(a, b))
		return SAME;
	if (holds(b, a) || holds(a, b))
		return HOLDS;
	if (copies(t->items[i]) && bytes_equal(last_word(a), last_word(b)))
		return HOLDS;
	return bytes_find(a, '$') < a.len ? EXPANDED : KEYWORD;
}

static int32_t match_score(const struct table *t, uint32_t i, size_t j)
{
	const struct fact_entry *e = &t->history[j];

	if (!bytes_equal(t->items[i]->keyword, bytes_from_str(e->in.keyword)))
		return NO_MATCH;
	/* What can make no layer has made none. */
	if (dockerfile_makes_layer(t->items[i]) == DOCKERFILE_LAYER_NO && !e->empty &&
	    e->buildkit)
		return NO_MATCH;
	return text_score(t, i, j);
}

static int32_t item_gap(const struct table *t, uint32_t i)
{
	return dockerfile_makes_layer(t->items[i]) == DOCKERFILE_LAYER_YES ? GAP_LAYER
									   : GAP_METADATA;
}

static int32_t entry_gap(const struct table *t, size_t j)
{
	return t->history[j].empty ? GAP_METADATA : GAP_LAYER;
}

static int32_t *cell(const struct table *t, uint32_t i, size_t j)
{
	return &t->best[i * (t->m + 1) + j];
}

static void fill(struct table *t)
{
	for (uint32_t i = 1; i <= t->n; i++) {
		*cell(t, i, 0) = *cell(t, i - 1, 0) - item_gap(t, i - 1);
		for (size_t j = 1; j <= t->m; j++) {
			int32_t both = *cell(t, i - 1, j - 1) + match_score(t, i - 1, j - 1);
			int32_t item = *cell(t, i - 1, j) - item_gap(t, i - 1);
			int32_t entry = *cell(t, i, j - 1) - entry_gap(t, j - 1);

			*cell(t, i, j) = MAX(both, MAX(item, entry));
		}
	}
}

static void trace(const struct table *t, struct align_match *matches)
{
	uint32_t i = t->n;
	size_t j = t->m;

	while (i > 0) {
		int32_t here = *cell(t, i, j);

		if (j > 0 && here == *cell(t, i - 1, j - 1) + match_score(t, i - 1, j - 1)) {
			matches[i - 1] = (struct align_match){
			    (uint32_t)(j - 1), (uint32_t)match_score(t, i - 1, j - 1)};
			i--;
			j--;
		} else if (here == *cell(t, i - 1, j) - item_gap(t, i - 1)) {
			i--;
		} else {
			j--;
		}
	}
}

/* Layers that no instruction explains: none behind the last match, and between the matches at
 * most 3 for 10 that are explained (ONBUILD triggers). */
static bool few_strangers(const struct table *t, const struct alignment *a, uint64_t explained)
{
	uint64_t between = 0;
	size_t next = t->m;

	for (uint32_t i = t->n; i-- > 0;) {
		uint32_t at = a->matches[i].entry;

		if (at == ALIGN_NONE)
			continue;
		for (size_t j = at + 1; j < next; j++) {
			if (next == t->m && t->history[j].position)
				return false;
			between += t->history[j].position != 0;
		}
		next = at;
	}
	return between * 10 <= explained * 3;
}

/* Over the instructions that make layers; where there are none, over all. */
static void judge(const struct table *t, struct alignment *a)
{
	uint64_t sum[2] = {0}, count[2] = {0};
	bool layers;

	for (uint32_t i = 0; i < t->n; i++) {
		bool layer = dockerfile_makes_layer(t->items[i]) == DOCKERFILE_LAYER_YES;

		sum[layer] += a->matches[i].score;
		count[layer]++;
	}
	layers = count[true] > 0;
	a->score = count[layers] ? (uint32_t)(sum[layers] / count[layers]) : SAME;
	a->accepted = a->score >= ACCEPT && few_strangers(t, a, count[true]);
}

int align_history(const struct dockerfile_instruction *const *instructions, uint32_t n,
		  const struct fact_entry *history, size_t n_history, struct alignment *ret)
{
	_cleanup_(table_release) struct table t = {
	    .items = instructions, .n = n, .history = history, .m = n_history};
	size_t cells;

	*ret = (struct alignment){.matches = calloc(n + 1, sizeof(*ret->matches))};
	if (!ret->matches)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		ret->matches[i].entry = ALIGN_NONE;
	if (mul_overflows((size_t)n + 1, n_history + 1, &cells) || cells > CELLS_MAX)
		return 0;
	t.best = calloc(cells, sizeof(*t.best));
	if (!t.best || make_texts(&t) < 0) {
		alignment_release(ret);
		return -ENOMEM;
	}
	fill(&t);
	trace(&t, ret->matches);
	judge(&t, ret);
	return 0;
}

void alignment_release(struct alignment *a)
{
	free(a->matches);
	*a = (struct alignment){0};
}
