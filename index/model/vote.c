/* SPDX-License-Identifier: MIT */
#include "model/vote.h"

#include "util/macro.h"

#define NONE         UINT32_MAX
#define ACCEPT_TENTH 10 /* at most a tenth may be missing */

struct candidate {
	uint32_t image, common; /* common: layers shared with the voting image */
	uint64_t bytes, same_mtime;
};

struct ballot {
	const struct facts *f;
	struct layer_contents_cache *cache;
	struct db *db;
	struct bytes instruction;   /* that made the layer; empty unknown */
	struct layer_contents *own; /* of the layer */
	/* Which candidate an element of own counted for last, so that it counts once for each
	 * whatever number of its layers have it: its content, in the first element of that
	 * content; its content with its mtime. */
	uint32_t *counted, *same_counted;
	uint64_t total, min_file;
	struct err *err;
};

static void ballot_release(struct ballot *b)
{
	layer_contents_unref(b->own);
	free(b->counted);
	free(b->same_counted);
}

static struct bytes instruction_at(const struct fact_image *i, uint32_t position)
{
	vec_foreach (e, &i->history)
		if (e->position == position)
			return buf_bytes(&e->in.text);
	return BYTES_NULL;
}

static uint32_t common_layers(const struct facts *f, const struct fact_image *a,
			      const struct fact_image *b)
{
	uint32_t depth = (uint32_t)MIN(a->layers.n, b->layers.n);

	while (chains_prefix(&f->chains, a->tip, depth) !=
	       chains_prefix(&f->chains, b->tip, depth))
		depth--;
	return depth;
}

/* Own elements from `at` on that are one content: the first behind them, their files. */
static size_t run_end(const struct content_vec *own, size_t at, uint64_t *ret_files)
{
	size_t end = at;

	*ret_files = 0;
	while (end < own->n && content_cmp(&own->v[at], &own->v[end]) == 0)
		*ret_files += own->v[end++].files;
	return end;
}

/* Both runs are one content: which mtimes stand in both? */
static void count_mtimes(const struct ballot *b, struct candidate *c, uint32_t who, size_t at,
			 size_t end, const struct layer_contents *other, size_t from)
{
	const struct content *own = b->own->by.v;

	for (size_t i = at; i < end; i++) {
		while (from < other->by.n && content_cmp(&other->by.v[from], &own[i]) == 0 &&
		       other->by.v[from].mtime < own[i].mtime)
			from++;
		if (from == other->by.n || content_cmp(&other->by.v[from], &own[i]) != 0)
			return;
		if (other->by.v[from].mtime != own[i].mtime || b->same_counted[i] == who)
			continue;
		b->same_counted[i] = who;
		c->same_mtime += own[i].files;
	}
}

static void count_layer(const struct ballot *b, struct candidate *c, uint32_t who,
			const struct layer_contents *other)
{
	const struct content_vec *own = &b->own->by;
	size_t there = 0;
	uint64_t files;

	for (size_t i = 0, end; i < own->n && there < other->by.n; i = end) {
		end = run_end(own, i, &files);
		if (own->v[i].size < b->min_file)
			continue;
		there = layer_contents_seek(other, there, &own->v[i]);
		if (there == other->by.n || content_cmp(&other->by.v[there], &own->v[i]) != 0)
			continue;
		if (b->counted[i] != who)
			c->bytes += own->v[i].size * files;
		b->counted[i] = who;
		count_mtimes(b, c, who, i, end, other, there);
	}
}

/* What the candidate stores as content of its own; who: a number that no other one has. */
static int count_candidate(const struct ballot *b, struct candidate *c, uint32_t who)
{
	const struct fact_image *i = &b->f->images.v[c->image];

	for (uint32_t k = c->common; k < i->layers.n; k++) {
		_cleanup_(layer_contents_unrefp) struct layer_contents *other = NULL;
		int r;

		if (!i->layers.v[k].layer ||
		    (b->instruction.len &&
		     bytes_equal(instruction_at(i, k + 1), b->instruction)))
			continue;
		r = layer_contents_get(b->cache, b->db, i->layers.v[k].layer, &other, b->err);
		if (r < 0)
			return r;
		count_layer(b, c, who, other);
	}
	return 0;
}

static bool better(const struct facts *f, const struct candidate *a, const struct candidate *b)
{
	uint32_t x = f->images.v[a->image].tip, y = f->images.v[b->image].tip;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes;
	if (a->same_mtime != b->same_mtime)
		return a->same_mtime > b->same_mtime;
	if (x != y && chains_is_prefix(&f->chains, x, y))
		return true;
	if (x != y && chains_is_prefix(&f->chains, y, x))
		return false;
	if (a->common != b->common)
		return a->common > b->common;
	return a->image > b->image;
}

static void decide(const struct ballot *b, const struct candidate *best, struct vote *ret)
{
	ret->total = b->total;
	if (!best->bytes || best->bytes < b->total - b->total / ACCEPT_TENTH)
		return;
	ret->image = best->image;
	ret->bytes = best->bytes;
}

/* Files that are too small to be told apart vote only where there are no others. */
static void count_own(struct ballot *b)
{
	static const uint64_t least[] = {VOTE_MIN_FILE, 1};

	for (size_t k = 0; k < ARRAY_SIZE(least) && !b->total; k++) {
		b->min_file = least[k];
		vec_foreach (c, &b->own->by)
			if (c->size >= b->min_file)
				b->total += c->size * c->files;
	}
}

static int ballot_open(struct ballot *b, int64_t layer)
{
	int r = layer_contents_get(b->cache, b->db, layer, &b->own, b->err);

	if (r < 0)
		return r;
	b->counted = calloc(b->own->by.n + 1, sizeof(*b->counted));
	b->same_counted = calloc(b->own->by.n + 1, sizeof(*b->same_counted));
	if (!b->counted || !b->same_counted)
		return err_oom(b->err);
	count_own(b);
	return 0;
}

int vote_layer(struct layer_contents_cache *cache, struct db *db, const struct facts *f,
	       uint32_t image, uint32_t position, const uint32_t *candidates, size_t n,
	       struct vote *ret, struct err *err)
{
	const struct fact_image *voter = &f->images.v[image];
	int64_t layer = voter->layers.v[position - 1].layer;
	_cleanup_(ballot_release) struct ballot b = {.f = f,
						     .cache = cache,
						     .db = db,
						     .instruction =
							 instruction_at(voter, position),
						     .err = err};
	struct candidate best = {.image = NONE};
	int r = 0;

	*ret = (struct vote){.image = NONE};
	if (!layer || !n)
		return 0;
	r = ballot_open(&b, layer);
	for (uint32_t k = 0; r == 0 && b.total && k < n; k++) {
		struct candidate c = {.image = candidates[k]};

		if (c.image == image)
			continue;
		c.common = common_layers(f, voter, &f->images.v[c.image]);
		r = count_candidate(&b, &c, k + 1);
		if (r == 0 && (best.image == NONE || better(f, &c, &best)))
			best = c;
	}
	if (r == 0)
		decide(&b, &best, ret);
	return r;
}
