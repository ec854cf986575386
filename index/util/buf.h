/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct buf: bytes that grow. Used for rendered reports, paths and read blobs.
 *
 * Invariants: ptr[len] is NUL whenever ptr is not NULL, so a buf can be passed where a C
 * string of known content is wanted; len never counts that NUL.
 * Failure: appends answer -ENOMEM and also latch `failed`, so that a renderer may append
 * freely and ask once with buf_status().
 * Ownership: `_cleanup_(buf_release) struct buf b = BUF_INIT;`
 */
#include "util/bytes.h"

struct buf {
	char *ptr;
	size_t len, cap;
	bool failed;
};

#define BUF_INIT                                                                               \
	(struct buf)                                                                           \
	{                                                                                      \
		0                                                                              \
	}

void buf_release(struct buf *b);
/* Forgets the content, keeps the memory. */
void buf_clear(struct buf *b);
int buf_reserve(struct buf *b, size_t extra);
int buf_add(struct buf *b, const void *p, size_t n);
int buf_add_bytes(struct buf *b, struct bytes s);
int buf_add_str(struct buf *b, const char *s);
int buf_add_char(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) _printf_(2, 3);
/* 0, or -ENOMEM if any append since BUF_INIT or buf_clear failed. */
int buf_status(const struct buf *b) _must_check_;

static inline struct bytes buf_bytes(const struct buf *b)
{
	return bytes_make(b->ptr, b->len);
}

/* The content as a C string, never NULL. */
static inline const char *buf_str(const struct buf *b)
{
	return b->ptr ? b->ptr : "";
}

/* Hands the memory over; the buf is empty afterwards. NULL if nothing was added. */
char *buf_steal(struct buf *b);
