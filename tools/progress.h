/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The progress bar: on standard error, when that is a terminal and work exceeds a second.
 */
#include "ingest/ingest.h"

#include <time.h>

struct progress {
	bool on; /* a terminal and not --quiet */
	bool drawn;
	struct timespec start;
};

void progress_init(struct progress *p, bool quiet);
/* As ingest_opts.progress; arg is the struct progress. */
void progress_event(void *arg, const struct ingest_progress *event);
/* Wipes the bar. */
void progress_end(struct progress *p);
