/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Whose bytes are they: visible and wasted bytes of every layer of an image (DESIGN 1.3).
 */
#include "model/tree.h"

struct layer_bytes {
	uint64_t content, visible, wasted; /* wasted = content - visible */
	uint64_t files;                    /* visible regular files, hard links once */
};

/*
 * ret[i] for each layer position of the tree. An equal layer at two positions: its bytes count
 * at the highest position that shows them; content counts at each position's own row but only
 * the first copy is stored (see the report's note).
 */
int attribute_layers(const struct tree *t, struct layer_bytes *ret,
		     struct err *err) _must_check_;

struct tree_totals {
	uint64_t files, dirs, symlinks, others;
	uint64_t bytes;         /* regular-file sizes, hard links once */
	uint64_t symlink_bytes; /* lengths of symlink targets */
	uint64_t blocks;        /* 512-byte blocks as the mount shows them */
};
void attribute_totals(const struct tree *t, struct tree_totals *ret);
