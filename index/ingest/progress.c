/* SPDX-License-Identifier: MIT */
#include "ingest/progress.h"

#include "ingest/message.h"

#define INTERVAL_MS 100

static int64_t elapsed_ms(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * INT64_C(1000) +
	       (to->tv_nsec - from->tv_nsec) / 1000000;
}

int progress_tick(struct progress *p, uint64_t bytes, struct err *err)
{
	struct msg_progress m = {.layer = p->layer, .bytes = p->done + bytes};
	struct timespec now;
	int r;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (elapsed_ms(&p->last, &now) < INTERVAL_MS)
		return 0;
	p->last = now;
	r = msg_put_progress(p->out, &m, err);
	return r < 0 ? r : wire_flush(p->out, err);
}

void progress_next(struct progress *p, uint64_t bytes)
{
	p->done += bytes;
	p->layer++;
}
