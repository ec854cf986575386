/* SPDX-License-Identifier: MIT */
#include "io/spancache.h"

#include <pthread.h>

#define BUCKETS 1024

struct span {
	uint64_t key, start;
	unsigned pins;
	enum { SPAN_FILLING, SPAN_READY, SPAN_FAILED } state;
	int error; /* of SPAN_FAILED */
	struct span *bucket_next;
	struct span *newer, *older; /* in the LRU list, all spans */
	size_t len;
	char data[];
};

struct spancache {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	uint64_t used, max;
	struct span *buckets[BUCKETS];
	struct span *newest, *oldest;
};

int spancache_new(uint64_t max_bytes, struct spancache **ret)
{
	struct spancache *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->filled, NULL);
	c->max = max_bytes;
	*ret = c;
	return 0;
}

static size_t bucket_of(uint64_t key, uint64_t start)
{
	uint64_t h = (key ^ start * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;

	return (size_t)(h >> 40) % BUCKETS;
}

static void lru_unlink(struct spancache *c, struct span *s)
{
	*(s->newer ? &s->newer->older : &c->newest) = s->older;
	*(s->older ? &s->older->newer : &c->oldest) = s->newer;
	s->newer = s->older = NULL;
}

static void lru_push(struct spancache *c, struct span *s)
{
	s->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = s;
	c->newest = s;
}

static void drop(struct spancache *c, struct span *s)
{
	struct span **p = &c->buckets[bucket_of(s->key, s->start)];

	while (*p != s)
		p = &(*p)->bucket_next;
	*p = s->bucket_next;
	lru_unlink(c, s);
	c->used -= s->len;
	free(s);
}

static void shrink(struct spancache *c)
{
	struct span *s = c->oldest;

	while (s && c->used > c->max) {
		struct span *newer = s->newer;

		if (s->pins == 0)
			drop(c, s);
		s = newer;
	}
}

void spancache_free(struct spancache *c)
{
	if (!c)
		return;
	while (c->oldest)
		drop(c, c->oldest);
	pthread_cond_destroy(&c->filled);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct span *find(struct spancache *c, uint64_t key, uint64_t start)
{
	struct span *s = c->buckets[bucket_of(key, start)];

	while (s && (s->key != key || s->start != start || s->state == SPAN_FAILED))
		s = s->bucket_next;
	return s;
}

static struct span *insert(struct spancache *c, uint64_t key, uint64_t start, size_t len)
{
	struct span *s = malloc(sizeof(*s) + len);
	size_t b = bucket_of(key, start);

	if (!s)
		return NULL;
	*s = (struct span){.key = key, .start = start, .pins = 1, .len = len};
	s->bucket_next = c->buckets[b];
	c->buckets[b] = s;
	lru_push(c, s);
	c->used += len;
	shrink(c);
	return s;
}

/* Filled by somebody else, or still being filled: waits. Called with the lock held. */
static int join(struct spancache *c, struct span *s)
{
	s->pins++;
	lru_unlink(c, s);
	lru_push(c, s);
	while (s->state == SPAN_FILLING)
		pthread_cond_wait(&c->filled, &c->lock);
	return s->state == SPAN_READY ? 0 : s->error;
}

static void unpin(struct spancache *c, struct span *s)
{
	if (--s->pins == 0 && s->state == SPAN_FAILED)
		drop(c, s);
	else
		shrink(c);
}

int spancache_get(struct spancache *c, uint64_t key, uint64_t start, size_t len, span_fill fill,
		  void *arg, struct span **ret, struct err *err)
{
	struct span *s;
	int r = 0;

	pthread_mutex_lock(&c->lock);
	s = find(c, key, start);
	if (s) {
		r = join(c, s);
		if (r < 0)
			err_set(err, -r, "the same data could not be decoded a moment ago");
	} else if (!(s = insert(c, key, start, len))) {
		r = err_oom(err);
	} else {
		pthread_mutex_unlock(&c->lock);
		r = fill(arg, s->data, len, err);
		pthread_mutex_lock(&c->lock);
		s->error = r;
		s->state = r < 0 ? SPAN_FAILED : SPAN_READY;
		pthread_cond_broadcast(&c->filled);
	}
	if (r < 0 && s)
		unpin(c, s);
	pthread_mutex_unlock(&c->lock);
	if (r == 0)
		*ret = s;
	return r;
}

struct bytes span_bytes(const struct span *s)
{
	return bytes_make(s->data, s->len);
}

void spancache_put(struct spancache *c, struct span *s)
{
	pthread_mutex_lock(&c->lock);
	unpin(c, s);
	pthread_mutex_unlock(&c->lock);
}
