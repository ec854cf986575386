/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a stage made and nothing later took: the bytes that a multi-stage build saves.
 *
 * Of the files that the stage's own layers show in its tree, those are left behind that the
 * target does not show (standing on the stage is taking, if it lasts to the end) and that no
 * COPY --from of another stage matched (exact or moved; model/origin.h). What a RUN --mount
 * read is not known and not counted as taken. The target itself leaves nothing behind.
 */
#include "model/origin.h"

struct left_behind {
	struct tree *tree;     /* of the stage */
	bool *left;            /* one a node */
	uint64_t files, bytes; /* regular files, each stored one once */
	uint64_t made_bytes;   /* of all that its own layers show */
};

int left_behind_make(struct forest *f, const struct catalog *c,
		     const struct catalog_stage *stage, struct left_behind *ret,
		     struct err *err) _must_check_;
void left_behind_release(struct left_behind *l);
