/* SPDX-License-Identifier: MIT */
#include "model/layer_contents.h"

#include "store/hashes.h"

int content_cmp(const struct content *a, const struct content *b)
{
	int c = memcmp(a->key, b->key, sizeof(a->key));

	return c ? c : (a->size > b->size) - (a->size < b->size);
}

static int compare(const void *pa, const void *pb)
{
	const struct content *a = pa, *b = pb;
	int c = content_cmp(a, b);

	return c ? c : (a->mtime > b->mtime) - (a->mtime < b->mtime);
}

/* Doubling steps, then halving: a short list against a long one costs little more than a long
 * one against a short one. */
size_t layer_contents_seek(const struct layer_contents *in, size_t from,
			   const struct content *c)
{
	const struct content_vec *v = &in->by;
	size_t step = 1, end = from;

	while (end < v->n && content_cmp(&v->v[end], c) < 0) {
		from = end + 1;
		end += step;
		step *= 2;
	}
	end = MIN(end, v->n);
	while (from < end) {
		size_t middle = from + (end - from) / 2;

		if (content_cmp(&v->v[middle], c) < 0)
			from = middle + 1;
		else
			end = middle;
	}
	return from;
}

/* ---- a layer ---- */

static int take(void *arg, const struct hash_row *row)
{
	struct content c = {.size = row->size, .mtime = row->mtime, .files = 1};

	memcpy(c.key, row->sha256, sizeof(c.key));
	return content_vec_push(arg, c);
}

static void combine(struct content_vec *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		if (n && compare(&v->v[n - 1], &v->v[i]) == 0)
			v->v[n - 1].files += v->v[i].files;
		else
			v->v[n++] = v->v[i];
	v->n = n;
}

static int load(struct db *db, int64_t layer, struct layer_contents **ret, struct err *err)
{
	_cleanup_(layer_contents_unrefp) struct layer_contents *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_oom(err);
	c->refs = 1;
	r = hashes_each(db, layer, take, &c->by, err);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	if (c->by.n)
		qsort(c->by.v, c->by.n, sizeof(*c->by.v), compare);
	combine(&c->by);
	*ret = steal_ptr(&c);
	return 0;
}

void layer_contents_unref(struct layer_contents *c)
{
	if (!c || --c->refs)
		return;
	content_vec_release(&c->by);
	free(c);
}

/* ---- the cache ---- */

static size_t cost(const struct layer_contents *c)
{
	return sizeof(*c) + c->by.cap * sizeof(*c->by.v);
}

static void drop(struct layer_contents_cache *c, size_t at)
{
	c->bytes -= cost(c->layers.v[at].contents);
	layer_contents_unref(c->layers.v[at].contents);
	memmove(c->layers.v + at, c->layers.v + at + 1,
		(--c->layers.n - at) * sizeof(*c->layers.v));
}

static void make_room(struct layer_contents_cache *c, size_t bytes)
{
	while (c->layers.n && c->bytes + bytes > LAYER_CONTENTS_CACHE_BYTES) {
		size_t oldest = 0;

		for (size_t i = 1; i < c->layers.n; i++)
			if (c->layers.v[i].used < c->layers.v[oldest].used)
				oldest = i;
		drop(c, oldest);
	}
}

static size_t find(const struct layer_contents_cache *c, int64_t layer)
{
	size_t from = 0, end = c->layers.n;

	while (from < end) {
		size_t middle = from + (end - from) / 2;

		if (c->layers.v[middle].layer < layer)
			from = middle + 1;
		else
			end = middle;
	}
	return from;
}

static int keep(struct layer_contents_cache *c, int64_t layer, struct layer_contents *contents)
{
	struct cached_contents fresh = {layer, c->clock, contents};
	size_t at;

	make_room(c, cost(contents));
	if (cached_contents_vec_reserve(&c->layers, c->layers.n + 1) < 0)
		return -ENOMEM;
	at = find(c, layer);
	memmove(c->layers.v + at + 1, c->layers.v + at,
		(c->layers.n++ - at) * sizeof(*c->layers.v));
	c->layers.v[at] = fresh;
	c->bytes += cost(contents);
	contents->refs++;
	return 0;
}

int layer_contents_get(struct layer_contents_cache *c, struct db *db, int64_t layer,
		       struct layer_contents **ret, struct err *err)
{
	size_t at = find(c, layer);
	int r;

	c->clock++;
	if (at < c->layers.n && c->layers.v[at].layer == layer) {
		c->layers.v[at].used = c->clock;
		*ret = c->layers.v[at].contents;
		(*ret)->refs++;
		return 0;
	}
	r = load(db, layer, ret, err);
	if (r == 0 && keep(c, layer, *ret) < 0) {
		layer_contents_unref(*ret);
		r = err_oom(err);
	}
	return r;
}

void layer_contents_cache_release(struct layer_contents_cache *c)
{
	while (c->layers.n)
		drop(c, c->layers.n - 1);
	cached_contents_vec_release(&c->layers);
}
