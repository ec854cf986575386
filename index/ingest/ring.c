/* SPDX-License-Identifier: MIT */
#include "ingest/ring.h"

#include <pthread.h>

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t slots, chunk_bytes;
	unsigned consumers;
	char *memory;                      /* slots * chunk_bytes */
	size_t *lengths;                   /* of the filled chunks */
	uint64_t head;                     /* chunks committed so far */
	uint64_t tail[RING_CONSUMERS_MAX]; /* chunks released so far, each */
	bool finished, cancelled;
	int code; /* the producer's, once finished */
	struct err why;
};

int ring_new(size_t slots, size_t chunk_bytes, unsigned consumers, struct ring **ret)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	r->slots = slots;
	r->chunk_bytes = chunk_bytes;
	r->consumers = MIN(consumers, (unsigned)RING_CONSUMERS_MAX);
	r->memory = malloc(slots * chunk_bytes);
	r->lengths = calloc(slots, sizeof(*r->lengths));
	if (!r->memory || !r->lengths) {
		ring_free(r);
		return -ENOMEM;
	}
	*ret = r;
	return 0;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r->memory);
	free(r->lengths);
	free(r);
}

size_t ring_chunk_bytes(const struct ring *r)
{
	return r->chunk_bytes;
}

static uint64_t slowest(const struct ring *r)
{
	uint64_t least = r->tail[0];

	for (unsigned i = 1; i < r->consumers; i++)
		least = MIN(least, r->tail[i]);
	return least;
}

static char *chunk(const struct ring *r, uint64_t i)
{
	return r->memory + (i % r->slots) * r->chunk_bytes;
}

int ring_produce(struct ring *r, void **ret)
{
	bool cancelled;

	pthread_mutex_lock(&r->lock);
	while (!r->cancelled && r->head - slowest(r) >= r->slots)
		pthread_cond_wait(&r->changed, &r->lock);
	cancelled = r->cancelled;
	pthread_mutex_unlock(&r->lock);
	*ret = chunk(r, r->head);
	return cancelled ? -ECANCELED : 0;
}

void ring_commit(struct ring *r, size_t n)
{
	pthread_mutex_lock(&r->lock);
	r->lengths[r->head % r->slots] = n;
	r->head++;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

void ring_finish(struct ring *r, int code, const struct err *why)
{
	pthread_mutex_lock(&r->lock);
	r->finished = true;
	r->code = code;
	if (why)
		r->why = *why;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

int ring_consume(struct ring *r, unsigned consumer, struct bytes *ret, struct err *err)
{
	int code = 0;

	*ret = BYTES_NULL;
	pthread_mutex_lock(&r->lock);
	while (!r->cancelled && !r->finished && r->tail[consumer] == r->head)
		pthread_cond_wait(&r->changed, &r->lock);
	if (r->cancelled) {
		code = -ECANCELED;
	} else if (r->tail[consumer] < r->head) {
		uint64_t i = r->tail[consumer];

		*ret = bytes_make(chunk(r, i), r->lengths[i % r->slots]);
	} else if (r->code < 0) {
		code = r->code;
		if (err)
			*err = r->why;
	}
	pthread_mutex_unlock(&r->lock);
	return code;
}

void ring_release(struct ring *r, unsigned consumer)
{
	pthread_mutex_lock(&r->lock);
	r->tail[consumer]++;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

void ring_cancel(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->cancelled = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}
