/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The raw tar stream with its position: what check.c and the libarchive callbacks read from.
 * Folder-private. Bytes are given out once, in order; `pos` is the offset of the next one.
 */
#include "tar/walk.h"
#include "util/buf.h"

struct feed {
	const struct tar_stream *in;
	const char *p; /* rest of the current piece */
	size_t n;
	uint64_t pos;
	bool ended;
};

/* The next bytes without a copy, 1 to max of them; *ret_n 0 at the end of the stream. */
int feed_take(struct feed *f, size_t max, const char **ret, size_t *ret_n,
	      struct err *err) _must_check_;
/* Appends n bytes to out; 1 when the stream ends before that. */
int feed_append(struct feed *f, size_t n, struct buf *out, struct err *err) _must_check_;
/* Passes over up to n bytes, seeking where the stream can; *ret_n how many (0: ask take). */
int feed_seek(struct feed *f, uint64_t n, uint64_t *ret_n, struct err *err) _must_check_;
/* Passes over n bytes; 1 when the stream ends before that. */
int feed_skip(struct feed *f, uint64_t n, struct err *err) _must_check_;
