/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a walked layer has beside its rows until they can be sent: xattrs by the handle of the
 * entry, and findings in order. Bounded: a layer is untrusted.
 */
#include "ingest/message.h"
#include "tar/walk.h"
#include "util/arena.h"
#include "util/limits.h"
#include "util/vec.h"

/* No real layer comes near: 2 million SELinux labels are 100 MB. */
#define SIDE_XATTR_BYTES   MIB(192)
#define SIDE_FINDING_BYTES MIB(32)

struct side_xattr {
	uint32_t handle;
	struct bytes name, value; /* in the arena */
};
DEFINE_VEC(side_xattr_vec, struct side_xattr)
DEFINE_VEC(side_finding_vec, struct msg_finding)

struct side {
	struct arena xattr_bytes, finding_bytes;
	struct side_xattr_vec xattrs; /* grouped by handle; ascending after side_sort */
	struct side_finding_vec findings;
	uint64_t n_findings; /* made, also those not kept */
	uint64_t max_findings;
};

void side_init(struct side *s, const struct limits *limits);
void side_release(struct side *s);
/* The xattrs of one entry. Of two with one name the last counts. */
int side_add_xattrs(struct side *s, uint32_t handle, const struct tar_xattr *x, size_t n,
		    struct err *err) _must_check_;
int side_add_finding(struct side *s, enum finding f, struct bytes path, const char *detail,
		     struct err *err) _must_check_;
/* When the tar is through: makes side_find_xattrs possible. */
void side_sort(struct side *s);
/* The xattrs of an entry: how many, *ret the first. */
size_t side_find_xattrs(const struct side *s, uint32_t handle, const struct side_xattr **ret);
