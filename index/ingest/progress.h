/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct progress: the parser's running account of what it reads, sent at most ten times a
 * second.
 */
#include "ingest/wire.h"

#include <time.h>

struct progress {
	struct wire_out *out;
	uint32_t layer; /* being read, from 1 */
	uint64_t done;  /* stored bytes of the layers before it */
	struct timespec last;
};

/* `bytes` of the present layer are read. */
int progress_tick(struct progress *p, uint64_t bytes, struct err *err) _must_check_;
/* The next layer begins, after one of `bytes`. */
void progress_next(struct progress *p, uint64_t bytes);
