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
 * ret[i] for each layer position of the tree. Nodes know the layer they are from, not the
 * position; a layer that stands at two positions is stored once, and all its bytes count at the
 * higher one: so the sums are what is stored, and wasted is never negative.
 */
int attribute_layers(const struct tree *t, struct layer_bytes *ret,
		     struct err *err) _must_check_;

/* Every stored entry once, whatever number of names it has, as du counts. */
struct tree_totals {
	uint64_t files, dirs, symlinks, others; /* dirs: with the root */
	uint64_t bytes;                         /* regular-file sizes */
	uint64_t symlink_bytes;                 /* lengths of symlink targets */
	uint64_t blocks;                        /* 512-byte blocks as the mount shows them */
};
/* 0 or -ENOMEM. */
int attribute_totals(const struct tree *t, struct tree_totals *ret);
