/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Aligning the instructions of a Dockerfile with the history of an image: which entry each one
 * became, and where the base ends.
 *
 * The instructions are those of a whole FROM chain of stages, in order; the history's end is
 * theirs, its beginning is the base image's. Needleman-Wunsch with free gaps at the history's
 * beginning (reference formats-and-stages.md section 5, "Aligning"). Every builder writes one
 * entry an instruction, except for those it leaves out (ONBUILD; kaniko's metadata; labels
 * added on the command line make none): hence gaps, cheap for what makes no layer.
 * Pure.
 */
#include "model/dockerfile.h"
#include "model/facts.h"

#define ALIGN_NONE UINT32_MAX

struct align_match {
	uint32_t entry; /* index into the history; ALIGN_NONE: no entry */
	uint32_t
	    score; /* 1000: the same text; 800: one holds the other; 300: the keyword only */
};

struct alignment {
	struct align_match *matches; /* one an instruction */
	bool accepted;  /* at least 7 of 10 layer-making instructions fit, nothing made
			 * a layer behind them, and little between them */
	uint32_t score; /* 0 to 1000, over those; to compare alternatives */
};

/* Every match is ALIGN_NONE where the history is too long to compare. -ENOMEM. */
int align_history(const struct dockerfile_instruction *const *instructions, uint32_t n,
		  const struct fact_entry *history, size_t n_history,
		  struct alignment *ret) _must_check_;
void alignment_release(struct alignment *a);
