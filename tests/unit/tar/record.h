/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A walk over a tar in memory, written down as text, so that a test states in one string what
 * it expects:
 *
 *     "! size-conflict a\n"        a finding: code, path, (detail)
 *     "file a 0644 0:0 5 hello\n"  entry: type, path, mode, owner, size, data
 *     "link b -> a 0644 0:0 0\n"
 *
 * Names and data are escaped as in reports. Sparse data reads "@<offset>:<bytes>".
 */
#include "tar/walk.h"
#include "util/buf.h"

struct record {
	struct buf text;
	struct tar_totals totals;
	struct tar_entry last; /* numbers of the last entry; its pointers are dead */
	struct tar_xattr *xattrs;
	size_t n_xattrs; /* of all entries, copied */
	/* how the stream behaves */
	size_t piece;      /* bytes per read; 0: all at once */
	bool can_skip;     /* has a skip callback */
	bool no_data;      /* the visitor has no data callback */
	bool skip_entries; /* entry() answers 1 */
	int fail_entry;    /* entry() answers this */
	bool allow_empty;
	struct limits limits;
	/* the stream */
	struct bytes tar;
	size_t at, skipped;
};

void record_init(struct record *r);
void record_release(struct record *r);
/* tar_walk() over the tar; the text begins anew. */
int record_walk(struct record *r, struct bytes tar, struct err *err);
