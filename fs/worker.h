/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct worker_pool: threads that do what would hold up a FUSE thread: reads that have to
 * decode, reports that have to be rendered. Work is done in the order of submission, by one
 * thread each. The queue has no bound of its own: the kernel bounds what is under way.
 *
 * The threads take no signals. Ownership: work belongs to the pool from worker_submit() until
 * exactly one of its two functions is called, which disposes of it.
 */
#include "util/err.h"

struct work {
	void (*run)(struct work *w);
	void (*cancel)(struct work *w); /* the pool ends before its turn */
	struct work *next;              /* the pool's */
};

struct worker_pool;

int worker_pool_new(unsigned threads, struct worker_pool **ret, struct err *err) _must_check_;
/* After worker_pool_stop() work is cancelled at once. */
void worker_submit(struct worker_pool *p, struct work *w);
/*
 * Cancels what waits, gives what runs so many milliseconds. 0, or -ETIMEDOUT: some thread is
 * still at it; the pool and what its work uses must then be left alone.
 */
int worker_pool_stop(struct worker_pool *p, unsigned milliseconds) _must_check_;
/* Of a stopped pool, or one that may take its time to stop. */
void worker_pool_free(struct worker_pool *p);
DEFINE_CLEANUP(struct worker_pool *, worker_pool_free)
