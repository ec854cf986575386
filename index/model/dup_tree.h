/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The largest duplicates of all that a catalog shows, as a tree of symlinks:
 *
 *     <size>-<8 hex of the hash>-<base name>/<n>-<base name>
 *
 * where <n> counts the copies of a group by entry, and its link leads, from
 * .stagefs/duplicates/<group>/, to the first place in the mount where that copy stands.
 *
 * Groups of at least DUP_TREE_MIN bytes, the DUP_TREE_GROUPS that could save most; at most
 * DUP_TREE_LINKS links in all and DUP_TREE_COPIES of one group, so that the tree stays below
 * some tens of megabytes. Copies whose target no symlink can hold are left out. Names are mount
 * components. Two groups whose names would be equal get all 32 digits.
 */
#include "model/forest.h"

#define DUP_TREE_MIN    4096
#define DUP_TREE_GROUPS 1000
#define DUP_TREE_COPIES 1000
#define DUP_TREE_LINKS  100000

/* Kept in the forest for as long as the catalog's generation is the newest. */
int dup_tree(struct forest *f, const struct catalog *c, struct tree **ret,
	     struct err *err) _must_check_;
