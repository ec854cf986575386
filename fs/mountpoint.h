/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What is at a path that is, or is to be, a mount point: found out without hanging on a dead
 * mount, and changed.
 */
#include "util/err.h"

enum mountpoint_state {
	MOUNTPOINT_MISSING, /* nothing there */
	MOUNTPOINT_FREE,    /* a directory that stagefs is not mounted on */
	MOUNTPOINT_OTHER,   /* something, but no directory */
	MOUNTPOINT_OURS,    /* a live mount of stagefs */
	MOUNTPOINT_DEAD,    /* a mount of stagefs whose process was killed */
};

/* The absolute path, also of a dead mount or of a directory that is yet to be made: only its
 * parent must exist. Caller frees. */
int mountpoint_resolve(const char *path, char **ret, struct err *err) _must_check_;
/* path: from mountpoint_resolve, as everywhere below. */
int mountpoint_state(const char *path, enum mountpoint_state *ret,
		     struct err *err) _must_check_;
/* Clears a dead mount. 0 if one could mount here, *ret_missing: after making the directory. */
int mountpoint_check(const char *path, bool *ret_missing, struct err *err) _must_check_;
/* As mountpoint_check; makes the directory: *ret_created. */
int mountpoint_prepare(const char *path, bool *ret_created, struct err *err) _must_check_;
/* umount(2), or fusermount3 for those who may not. lazy: also when in use. */
int mountpoint_unmount(const char *path, bool lazy, struct err *err) _must_check_;
