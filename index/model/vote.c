/* SPDX-License-Identifier: MIT */
#include "model/vote.h"

#include "store/copies.h"
#include "store/layers.h"

#define NONE         UINT32_MAX
#define ACCEPT_TENTH 10 /* at most a tenth may be missing */

struct candidate {
	uint32_t image, common; /* common: layers shared with the voting image */
	uint64_t bytes, same_mtime;
	uint64_t content, moment; /* that were counted last */
};

struct ballot {
	const struct facts *f;
	struct bytes instruction; /* that made the layer; empty unknown */
	uint64_t total, min_file;
	struct candidate *candidates;
	size_t n;
};

static struct bytes instruction_at(const struct fact_image *i, uint32_t position)
{
	vec_foreach (e, &i->history)
		if (e->position == position)
			return buf_bytes(&e->in.text);
	return BYTES_NULL;
}

static int count_file(void *arg, const struct hash_row *row)
{
	struct ballot *b = arg;

	if (row->size >= b->min_file)
		b->total += row->size;
	return 0;
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

/* Does the candidate store this layer as content of its own? */
static bool offers(const struct ballot *b, const struct candidate *c, int64_t layer)
{
	const struct fact_image *i = &b->f->images.v[c->image];

	for (uint32_t k = c->common; k < i->layers.n; k++)
		if (i->layers.v[k].layer == layer)
			return !b->instruction.len ||
			       !bytes_equal(instruction_at(i, k + 1), b->instruction);
	return false;
}

static int count_copy(void *arg, const struct copy_row *row)
{
	struct ballot *b = arg;

	if (row->size < b->min_file)
		return 0;
	for (size_t k = 0; k < b->n; k++) {
		struct candidate *c = &b->candidates[k];

		if (!offers(b, c, row->layer))
			continue;
		if (c->content != row->content)
			c->bytes += row->size * row->files;
		if (c->moment != row->moment)
			c->same_mtime += row->same_mtime;
		c->content = row->content;
		c->moment = row->moment;
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

static void decide(const struct ballot *b, struct vote *ret)
{
	const struct candidate *best = NULL;

	ret->total = b->total;
	for (size_t k = 0; k < b->n; k++)
		if (!best || better(b->f, &b->candidates[k], best))
			best = &b->candidates[k];
	if (!best || !best->bytes || best->bytes < b->total - b->total / ACCEPT_TENTH)
		return;
	ret->image = best->image;
	ret->bytes = best->bytes;
}

/* Files that are too small to be told apart vote only where there are no others. */
static int count_files(struct db *db, struct ballot *b, int64_t layer, struct err *err)
{
	int r;

	b->min_file = VOTE_MIN_FILE;
	r = hashes_each(db, layer, count_file, b, err);
	if (r < 0 || b->total)
		return r;
	b->min_file = 1;
	return hashes_each(db, layer, count_file, b, err);
}

int vote_layer(struct db *db, const struct facts *f, uint32_t image, uint32_t position,
	       const uint32_t *candidates, size_t n, struct vote *ret, struct err *err)
{
	const struct fact_image *voter = &f->images.v[image];
	_cleanup_free_ struct candidate *list = calloc(n + 1, sizeof(*list));
	int64_t layer = voter->layers.v[position - 1].layer;
	struct ballot b = {
	    .f = f, .instruction = instruction_at(voter, position), .candidates = list};
	int r;

	*ret = (struct vote){.image = NONE};
	if (!list)
		return err_oom(err);
	for (size_t k = 0; k < n; k++)
		if (candidates[k] != image)
			list[b.n++] = (struct candidate){
			    .image = candidates[k],
			    .common = common_layers(f, voter, &f->images.v[candidates[k]])};
	if (!layer || !b.n)
		return 0;
	r = count_files(db, &b, layer, err);
	if (r == 0 && b.total)
		r = copies_each(db, layer, count_copy, &b, err);
	if (r < 0)
		return r;
	decide(&b, ret);
	return 0;
}
