/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Walking a tar stream: libarchive's tar reader, with our own verdict on the raw headers.
 *
 * What it is: stream in, one struct tar_entry per member out, data in pieces, findings on the
 * side. What it is not: it knows no layers, no whiteouts, no paths rules beyond "bytes as the
 * tar says" (tar/name.h normalises).
 *
 * libarchive is enabled for tar only, without filters (decompression is io/codec's). Its code
 * never decides alone: tar/check.h reads the raw header blocks of every member and its verdict
 * wins; RETRY, FAILED and FATAL refuse. See reference in tar/check.h.
 *
 * Entries with a skip verdict never reach the visitor; the finding does.
 */
#include "util/bytes.h"
#include "util/err.h"
#include "util/finding.h"
#include "util/limits.h"

enum tar_type {
	TAR_FILE,
	TAR_DIR,
	TAR_SYMLINK,
	TAR_HARDLINK,
	TAR_CHAR,
	TAR_BLOCK,
	TAR_FIFO,
};

struct tar_xattr {
	struct bytes name, value;
};

/* One data region of a sparse file: `len` stored bytes that belong at `off`. */
struct tar_region {
	uint64_t off, len;
};

/* Everything borrowed from the walker, good until the next entry. */
struct tar_entry {
	enum tar_type type;
	struct bytes path; /* as in the tar, not normalised */
	struct bytes link; /* symlink or hard link target, else empty */
	uint32_t mode;     /* permission bits, masked to 07777 */
	uint32_t uid, gid; /* 65534 when out of range, with a finding */
	uint32_t rdev_major, rdev_minor;
	int64_t mtime; /* seconds */
	uint32_t mtime_nsec;
	uint64_t size;   /* of the file, holes included */
	uint64_t stored; /* data bytes in the tar */
	uint64_t offset; /* of the first data byte in the (uncompressed) tar */
	uint64_t header; /* of the first header block, pax and GNU headers included */
	const struct tar_xattr *xattrs;
	size_t n_xattrs;
	const struct tar_region *regions; /* sparse files only, ascending */
	size_t n_regions;
};

struct tar_visitor {
	void *arg;
	/* > 0: skip this entry's data (data() and end() are not called for it); 0; -errno. */
	int (*entry)(void *arg, const struct tar_entry *e, struct err *err);
	/* Pieces of a regular file in order, at `off` of the file; holes are not passed. NULL:
	 * nobody wants data, the walker seeks over it where the stream can. */
	int (*data)(void *arg, const void *p, size_t n, uint64_t off, struct err *err);
	/* After the last piece of a regular file (also of an empty one). */
	int (*end)(void *arg, struct err *err);
	/* path may be empty (about the whole layer). detail: more words, may be NULL. */
	int (*finding)(void *arg, enum finding f, struct bytes path, const char *detail,
		       struct err *err);
};

struct tar_stream {
	void *arg;
	/* The next piece, borrowed until the next call; *ret_n 0 at the end. */
	int (*read)(void *arg, const void **ret_p, size_t *ret_n, struct err *err);
	/* May be NULL. Skips up to n bytes, *ret_n how many (0 is fine). */
	int (*skip)(void *arg, uint64_t n, uint64_t *ret_n, struct err *err);
};

struct tar_totals {
	uint64_t entries;
	/* Up to and with the two zero blocks that end it, or to the end of the stream: where
	 * the caller's look at the rest begins, which may be inside the last piece it gave. */
	uint64_t bytes;
};

/*
 * Walks until the end-of-archive marker. What is behind it is left to the caller to drain (the
 * digest covers it); all-zero padding is no finding, anything else is TRAILING_DATA, and the
 * caller reports it. An empty stream (0 bytes) is refused unless allow_empty.
 * -EBADMSG and a message "<path>: <what> at offset N" for refused tars.
 */
int tar_walk(const struct tar_stream *in, const struct limits *limits, bool allow_empty,
	     const struct tar_visitor *v, struct tar_totals *ret, struct err *err) _must_check_;
