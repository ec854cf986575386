/* SPDX-License-Identifier: MIT */
#include "model/vote.h"

#include "model/boundary.h"
#include "model/copyword.h"
#include "store/contents.h"
#include "store/hashes.h"
#include "store/layers.h"
#include "util/macro.h"

#define NONE         UINT32_MAX
#define ACCEPT_TENTH 10 /* at most a tenth may be missing */

struct candidate {
	uint32_t image, common; /* common: layers shared with the voting image */
	uint64_t bytes, same_mtime;
	uint32_t base; /* its own layers are above these */
	bool at_path;  /* has the largest file where the history says */
	bool made;     /* has some of it from elsewhere than COPY or ADD of its own */
};

DEFINE_VEC(entry_vec, int64_t)

/* The largest file of the voting layer, and where else its content is stored. */
struct largest {
	bool known;
	uint64_t size;
	unsigned char xxh128[16];
	struct buf path;
	struct entry_vec copies; /* entries, ascending, so by layer */
};

struct ballot {
	const struct facts *f;
	struct layer_contents_cache *cache;
	struct db *db;
	enum vote_rule rule;
	struct bytes instruction; /* that made the layer; empty unknown */
	struct copywords words;   /* of it */
	struct largest largest;
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
	copywords_release(&b->words);
	buf_release(&b->largest.path);
	entry_vec_release(&b->largest.copies);
	free(b->counted);
	free(b->same_counted);
}

static const struct instruction *instruction_at(const struct fact_image *i, uint32_t position)
{
	vec_foreach (e, &i->history)
		if (e->position == position)
			return &e->in;
	return NULL;
}

static bool brings(const struct instruction *in)
{
	return in && (strcmp(in->keyword, "COPY") == 0 || strcmp(in->keyword, "ADD") == 0);
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

/* Returns whether the layer has any of it. */
static bool count_layer(const struct ballot *b, struct candidate *c, uint32_t who,
			const struct layer_contents *other)
{
	const struct content_vec *own = &b->own->by;
	size_t there = 0;
	uint64_t files;
	bool any = false;

	for (size_t i = 0, end; i < own->n && there < other->by.n; i = end) {
		end = run_end(own, i, &files);
		if (own->v[i].size < b->min_file)
			continue;
		there = layer_contents_seek(other, there, &own->v[i]);
		if (there == other->by.n || content_cmp(&other->by.v[there], &own->v[i]) != 0)
			continue;
		if (b->counted[i] != who)
			c->bytes += own->v[i].size * files;
		any = true;
		b->counted[i] = who;
		count_mtimes(b, c, who, i, end, other, there);
	}
	return any;
}

/* The instruction of a candidate's layer k (from 0); *same: it is that of the voting layer. */
static const struct instruction *step_of(const struct ballot *b, const struct candidate *c,
					 uint32_t k, bool *same)
{
	const struct instruction *in = instruction_at(&b->f->images.v[c->image], k + 1);

	*same = in && b->instruction.len && bytes_equal(buf_bytes(&in->text), b->instruction);
	return in;
}

/* What the candidate stores as content of its own. */
static int count_candidate(const struct ballot *b, struct candidate *c, uint32_t who)
{
	const struct fact_image *i = &b->f->images.v[c->image];

	for (uint32_t k = c->common; k < i->layers.n; k++) {
		_cleanup_(layer_contents_unrefp) struct layer_contents *other = NULL;
		bool same;
		const struct instruction *in = step_of(b, c, k, &same);
		int r;

		if (!i->layers.v[k].layer || same)
			continue;
		r = layer_contents_get(b->cache, b->db, i->layers.v[k].layer, &other, b->err);
		if (r < 0)
			return r;
		if (count_layer(b, c, who, other))
			c->made |= k < c->base || !brings(in);
	}
	return 0;
}

/* ---- where the largest file stands ---- */

static int find_largest(void *arg, const struct hash_row *row)
{
	struct ballot *b = arg;
	struct largest *l = &b->largest;

	if (row->size <= l->size)
		return 0;
	l->size = row->size;
	memcpy(l->xxh128, row->xxh128, sizeof(l->xxh128));
	return contents_path(b->db, NULL, row->entry, &l->path, b->err);
}

static int add_copy(void *arg, int64_t entry, uint64_t size)
{
	struct ballot *b = arg;

	if (size != b->largest.size)
		return 0;
	return entry_vec_push(&b->largest.copies, entry) < 0 ? err_oom(b->err) : 0;
}

static int know_largest(struct ballot *b, int64_t layer)
{
	int r;

	if (b->largest.known)
		return 0;
	b->largest.known = true;
	r = hashes_each(b->db, layer, find_largest, b, b->err);
	if (r == 0 && b->largest.size)
		r = contents_find(b->db, b->largest.xxh128, add_copy, b, b->err);
	return r;
}

static bool owns(const struct ballot *b, const struct candidate *c, int64_t layer)
{
	const struct fact_image *i = &b->f->images.v[c->image];

	for (uint32_t k = c->common; k < i->layers.n; k++) {
		bool same;

		if (i->layers.v[k].layer != layer)
			continue;
		step_of(b, c, k, &same);
		return !same;
	}
	return false;
}

static bool enough(const struct ballot *b, const struct candidate *c)
{
	return c->bytes && c->bytes >= b->total - b->total / ACCEPT_TENTH;
}

static int find_place(struct ballot *b, struct candidate *c, int64_t layer)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	int r;

	if (!b->words.sources.n || !enough(b, c))
		return 0;
	r = know_largest(b, layer);
	for (size_t k = 0; r == 0 && !c->at_path && k < b->largest.copies.n; k++) {
		int64_t entry = b->largest.copies.v[k];

		if (!owns(b, c, ENTRY_LAYER(entry)))
			continue;
		r = contents_path(b->db, NULL, entry, &path, b->err);
		c->at_path = r == 0 && copywords_lead(&b->words, buf_bytes(&path),
						      buf_bytes(&b->largest.path));
	}
	return r;
}

/* ---- the decision ---- */

static bool better(const struct facts *f, const struct candidate *a, const struct candidate *b)
{
	uint32_t x = f->images.v[a->image].tip, y = f->images.v[b->image].tip;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes;
	if (a->at_path != b->at_path)
		return a->at_path;
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

/* Is it one who can have been copied from? */
static bool eligible(const struct ballot *b, const struct candidate *c)
{
	if (b->rule == VOTE_STAGE)
		return true;
	if (b->rule == VOTE_AT_PATH || b->words.relative)
		return c->at_path;
	return b->words.sources.n || c->made;
}

static void decide(const struct ballot *b, const struct candidate *best, struct vote *ret)
{
	ret->total = b->total;
	if (!enough(b, best) || !eligible(b, best))
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

/* One candidate after the other; who: a number that no other one has. */
static int hear(struct ballot *b, const struct fact_image *voter, int64_t layer, uint32_t image,
		uint32_t who, struct candidate *best)
{
	struct candidate c = {.image = image};
	int r;

	c.common = common_layers(b->f, voter, &b->f->images.v[image]);
	if (b->rule == VOTE_ANY && !b->words.sources.n)
		c.base = boundary_find(b->f, image, NULL, NULL).layers;
	r = count_candidate(b, &c, who);
	if (r == 0)
		r = find_place(b, &c, layer);
	if (r == 0 && (best->image == NONE || better(b->f, &c, best)))
		*best = c;
	return r;
}

int vote_layer(struct layer_contents_cache *cache, struct db *db, const struct facts *f,
	       uint32_t image, uint32_t position, const uint32_t *candidates, size_t n,
	       enum vote_rule rule, struct vote *ret, struct err *err)
{
	const struct fact_image *voter = &f->images.v[image];
	const struct instruction *in = instruction_at(voter, position);
	int64_t layer = voter->layers.v[position - 1].layer;
	_cleanup_(ballot_release) struct ballot b = {.f = f,
						     .cache = cache,
						     .db = db,
						     .rule = rule,
						     .instruction =
							 in ? buf_bytes(&in->text) : BYTES_NULL,
						     .err = err};
	struct candidate best = {.image = NONE};
	int r = 0;

	*ret = (struct vote){.image = NONE};
	if (!layer || !n)
		return 0;
	if (copywords_read(b.instruction, &b.words) < 0)
		return err_oom(err);
	r = ballot_open(&b, layer);
	for (uint32_t k = 0; r == 0 && b.total && k < n; k++)
		if (candidates[k] != image)
			r = hear(&b, voter, layer, candidates[k], k + 1, &best);
	if (r == 0)
		decide(&b, &best, ret);
	return r;
}
