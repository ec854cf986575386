/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Random layers as text (tree_text.h), for what must hold for any of them. The seed is printed;
 * SEED=<it> runs the same again.
 */
#include "util/buf.h"

struct random_layers {
	uint64_t state;
};

void random_layers_init(struct random_layers *r);
/* Members in any order, some of which an extractor would leave out. size: of files, 1 to it. */
void random_layers_text(struct random_layers *r, unsigned max_members, unsigned max_size,
			struct buf *ret);
