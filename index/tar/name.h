/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Names of tar members: normalising and whiteout classes. Pure functions.
 *
 * Source: OCI image-spec layer.md "Whiteouts", "Opaque Whiteout"; AUFS names as docker's
 * archive/whiteouts.go lists them.
 */
#include "util/buf.h"

enum name_class {
	NAME_PLAIN,
	NAME_WHITEOUT,         /* .wh.<name> */
	NAME_OPAQUE,           /* .wh..wh..opq */
	NAME_AUFS,             /* other .wh..wh.*: AUFS metadata */
	NAME_WHITEOUT_INVALID, /* .wh. , .wh.. , .wh... : of nothing, "." or ".." */
};

/*
 * Normalises a member name into out: no leading "/", no "." and empty components, ".." resolved
 * lexically and clamped at the root. The root is the empty path.
 * Returns 0, or 1 if it climbed above the root (finding PATH_ESCAPE), or -ENOMEM.
 */
int name_normalise(struct bytes raw, struct buf *out) _must_check_;

/* Of one component. */
enum name_class name_classify(struct bytes component);
/* What a NAME_WHITEOUT hides. */
struct bytes name_whiteout_target(struct bytes component);
