/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A part of a tree as a tree of its own: some of its nodes, and the directories that lead
 * there. Stored files keep their identity, so what is in both is one file to whoever looks.
 */
#include "model/tree.h"

/* keep: one flag a node of t; the root is always kept. */
int subtree_make(struct tree *t, const bool *keep, struct tree **ret,
		 struct err *err) _must_check_;
