/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Paths in a tree as a process inside the container would follow them: symlinks on the way,
 * absolute targets from the tree's own root, ".." never above it. Nothing of the host is looked
 * at. Pure.
 */
#include "model/node.h"
#include "util/err.h"

#define RESOLVE_MAX_HOPS 40 /* the kernel's own limit for symlinks in one path */

/*
 * The node at path. follow_last: also a symlink at the end is followed. 0 and *ret, -ENOENT,
 * -ENOTDIR, -ELOOP with a message that shows the path.
 */
int resolve_path(const struct node *nodes, struct bytes path, bool follow_last, uint32_t *ret,
		 struct err *err) _must_check_;
