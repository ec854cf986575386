/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct ring: a stream of chunks from one producer to a few consumers that each see all of it.
 *
 * Bounded: the producer waits for the slowest consumer. A chunk is reused when every consumer
 * has released it. Threads: one producer, one thread per consumer; cancel from any.
 */
#include "util/bytes.h"
#include "util/err.h"

#define RING_CONSUMERS_MAX 2

struct ring;

int ring_new(size_t slots, size_t chunk_bytes, unsigned consumers,
	     struct ring **ret) _must_check_;
/* When no other thread uses it any more. */
void ring_free(struct ring *r);
DEFINE_CLEANUP(struct ring *, ring_free)
size_t ring_chunk_bytes(const struct ring *r);

/* The chunk to fill next; waits for one. -ECANCELED. */
int ring_produce(struct ring *r, void **ret) _must_check_;
/* Hands the filled chunk (n > 0 bytes) over. */
void ring_commit(struct ring *r, size_t n);
/* No more chunks. code 0, or the negative code and message that consumers shall see. */
void ring_finish(struct ring *r, int code, const struct err *why);

/* The next chunk, borrowed until ring_release: waits for it. Length 0: the end. The producer's
 * failure comes after the chunks before it. -ECANCELED. */
int ring_consume(struct ring *r, unsigned consumer, struct bytes *ret,
		 struct err *err) _must_check_;
void ring_release(struct ring *r, unsigned consumer);

/* Everybody stops: waiting and later calls answer -ECANCELED. */
void ring_cancel(struct ring *r);
