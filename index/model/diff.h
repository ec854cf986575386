/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What differs between two trees: entries that are in one only, and entries of both that are
 * not the same. A directory that is in one only counts with all that is in it, entry by entry.
 *
 * Two entries are the same if type, mode, owner, device numbers, link target and content (size
 * and XXH3-128) are equal. Times are not compared: no rebuild keeps them. Directories differ by
 * mode and owner only; what differs in them is told by itself.
 */
#include "model/hashes.h"

enum diff_kind { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED };

struct diff_entry {
	enum diff_kind kind;
	struct bytes path;        /* without leading slash; borrowed during the callback */
	const struct node *a, *b; /* NULL: not in that tree */
};

/* In path order. cb's nonzero answer ends it and is returned. */
int diff_trees(const struct tree *a, const struct tree *b, struct hashes *hashes,
	       int (*cb)(void *arg, const struct diff_entry *e), void *arg,
	       struct err *err) _must_check_;
