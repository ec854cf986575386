/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * One layer: decoded, hashed, walked, checked against what the archive declares, and told to
 * the writer. Nothing is told before both digests are right, so the writer's transaction is
 * as short as its rows.
 *
 * Three threads: decoder, DiffID, and the caller who walks the tar and hashes the files.
 */
#include "ingest/plan.h"
#include "ingest/progress.h"

struct layer_job {
	const struct plan_layer *layer;
	const struct limits *limits;
	int spill_fd; /* as for layer_builder_new() */
	bool bare;    /* --layer: an empty input is no layer */
};

/* Messages have no layer name in front: the caller knows it. */
int layer_job_run(const struct layer_job *job, struct progress *progress,
		  struct err *err) _must_check_;
