/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the extended headers (pax x, GNU L and K) before a member say about it.
 * Folder-private.
 *
 * A later header overrides an earlier one, a later record an earlier one. A record with an
 * empty value takes the key back (POSIX), except an xattr, which may well be empty. Keys that
 * nobody needs are passed over.
 */
#include "tar/field.h"
#include "tar/sparse.h"
#include "tar/xattrs.h"
#include "util/buf.h"

/* A text of a header: there or not. */
struct ext_text {
	struct buf text;
	bool set;
};

struct ext_number {
	int64_t v;
	uint32_t nsec; /* of mtime */
	enum number_state state;
	bool set;
};

enum ext_number_key {
	EXT_SIZE,
	EXT_UID,
	EXT_GID,
	EXT_MTIME,
	EXT_DEVMAJOR,
	EXT_DEVMINOR,
	EXT_SPARSE_MAJOR,
	EXT_SPARSE_MINOR,
	EXT_SPARSE_REAL, /* GNU.sparse.realsize and GNU.sparse.size */
	EXT_SPARSE_BLOCKS,
	EXT_NUMBERS
};

struct ext {
	struct ext_text path, link, sparse_name; /* pax */
	struct ext_text long_name, long_link;    /* GNU */
	struct ext_number num[EXT_NUMBERS];
	struct sparse_map map; /* pax 0.0 and 0.1 */
	struct xattr_set xattrs;
	bool sparse;   /* some GNU.sparse.* key was there */
	bool odd;      /* readers differ: several headers of one kind */
	bool odd_key;  /* a key with NUL */
	bool pax_seen; /* one pax header was there */
	unsigned headers;
};

void ext_release(struct ext *x);
void ext_clear(struct ext *x);

/* The content of one pax header. 0, -ENOMEM, -EBADMSG with *ret_why. */
int ext_add_pax(struct ext *x, struct bytes content, const struct limits *limits,
		const char **ret_why) _must_check_;
/* The content of an 'L' or 'K' header: text up to the first NUL. */
int ext_add_gnu(struct ext *x, char type, struct bytes content) _must_check_;
/*
 * The content of a global header, of which nothing is taken: docker, containerd, podman and
 * libarchive ignore it, and so must a view of what they would unpack.
 * 1 if it sets what members are (name, size, owner, time, xattrs), 2 if it is empty, else 0;
 * -EBADMSG.
 */
int ext_judge_global(struct bytes content, const char **ret_why) _must_check_;
