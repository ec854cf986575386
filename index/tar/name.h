/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Names of tar members, normalised. A pure function; what a name means to the layers below is
 * model/whiteout.h's.
 */
#include "util/buf.h"

/*
 * Normalises a member name into out: no leading "/", no "." and empty components, ".." resolved
 * lexically and clamped at the root. The root is the empty path.
 * Returns 0, or 1 if it climbed above the root (finding PATH_ESCAPE), or -ENOMEM.
 */
int name_normalise(struct bytes raw, struct buf *out) _must_check_;
