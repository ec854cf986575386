/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Extended attributes of one member from its pax records. Folder-private.
 *
 * Source: star's SCHILY.xattr.<name> (binary value), libarchive's LIBARCHIVE.xattr.<name>
 * (name with %XX, value in base64). libarchive writes both for one attribute: the name decides,
 * the last one counts.
 */
#include "tar/walk.h"
#include "util/arena.h"
#include "util/vec.h"

DEFINE_VEC(xattr_vec, struct tar_xattr)

struct xattr_set {
	struct xattr_vec list;
	struct arena arena;
	uint64_t bytes;
	bool invalid; /* one or more were dropped */
	bool overlay; /* a trusted.overlay.* is there */
};

void xattrs_release(struct xattr_set *x);
void xattrs_clear(struct xattr_set *x);
/* 1 if the record was an xattr (kept or dropped), 0 if it is something else, -ENOMEM. */
int xattrs_take(struct xattr_set *x, struct bytes key, struct bytes value,
		const struct limits *limits) _must_check_;
/* Once, after the last record: ordered by name, each name once. 0, -ENOMEM. */
int xattrs_finish(struct xattr_set *x) _must_check_;
