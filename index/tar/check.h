/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Our own reading of the raw headers: where every member begins, what it is, where its data
 * lies, and whether it may be shown. Folder-private.
 *
 * libarchive is good at reading tars that are a little wrong, which is the trouble: it answers
 * OK to sizes that are no numbers, to sparse maps that overlap or end outside the file, and
 * reads on inside attacker data after a bad checksum. Readers that guess differently see
 * different files in one archive (CVE-2025-62518). So every header is judged here first:
 *
 *   refuse   the frame is in doubt: checksum, size, pax structure, sparse map, a body where
 *            none may be, a limit, a stream that ends early
 *   skip     one value is in doubt: type, mode, owner, time, name or target with NUL; the
 *            member and its body never reach libarchive, the finding reaches the visitor
 *   pass     the raw headers are handed to libarchive, which must find the same data offset
 *            and the same size (walk.c)
 *
 * Zero blocks: two end the archive (POSIX). A lone one is passed over with FRAME_ZERO, so
 * that no member is hidden behind it; one at the very end counts as the marker.
 * A regular file whose name ends in '/' is a directory, as old tars write them.
 * Where readers differ on names, the order is Go's (docker, podman, containerd): GNU sparse
 * name, GNU long name, pax path, header; global headers are ignored.
 *
 * Source: POSIX pax "ustar Interchange Format"; GNU tar manual "Basic Tar Format".
 */
#include "tar/ext.h"
#include "tar/feed.h"

#define CHECK_BLOCK     512
#define CHECK_FINDINGS  16
#define CHECK_EXT_CHAIN 16 /* extended headers before one member; real tars have 3 */

struct check_finding {
	enum finding what;
	const char *detail; /* static text or NULL */
	bool whole;         /* about the layer, not about the member */
};

/* One member as judged. Good until the next check_next(). */
struct checked {
	struct tar_entry entry;
	bool skip; /* show nothing; the body is already passed over */
	bool sparse;
	uint64_t body; /* bytes that follow the headers in the stream, without padding */
	uint64_t padding;
	struct check_finding findings[CHECK_FINDINGS];
	size_t n_findings;
};

struct check {
	struct feed feed;
	const struct limits *limits;
	struct buf head; /* raw headers of the member, for libarchive */
	struct buf scratch;
	struct buf path; /* prefix and name joined */
	struct ext ext;
	char main[CHECK_BLOCK]; /* the main header, kept for what points into it */
	struct sparse_map map;  /* of the main header or inline */
	struct checked m;
	uint64_t member_at; /* offset of the first header block of the member */
	uint64_t count;
	bool lone_zero;
};

void check_init(struct check *c, const struct tar_stream *in, const struct limits *limits);
void check_release(struct check *c);

/*
 * Reads up to the data of the next member. 1 with c->m filled, 0 at the end of the archive
 * (feed.pos is behind the marker), -EBADMSG for a tar to refuse, other -errno.
 */
int check_next(struct check *c, struct err *err) _must_check_;

/* -EBADMSG with "<path>: <what> at offset N" for the current member. */
int check_refuse(const struct check *c, struct err *err, const char *what) _must_check_;

/* ---- for body.c ---- */

/* The same for -EBADMSG with a reason; -ENOMEM gets its own message. */
int check_refuse_or_oom(const struct check *c, int r, const char *why,
			struct err *err) _must_check_;
/* A finding about the member; each is noted once. */
void check_note(struct check *c, enum finding what, const char *detail);
/* One more block of the member's headers; *ret points to it until the next one. */
int check_block(struct check *c, const char **ret, struct err *err) _must_check_;
