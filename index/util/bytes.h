/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct bytes: a borrowed run of bytes, {ptr, len}.
 *
 * Names of files inside images, link targets and xattr names are bytes: they may hold
 * anything but NUL and '/', need not be UTF-8, and are never NUL-terminated text on faith.
 * The struct does not own its memory; whoever hands it out says how long it lives.
 */
#include "util/macro.h"

#include <string.h>

struct bytes {
	const char *ptr;
	size_t len;
};

#define BYTES_NULL                                                                             \
	(struct bytes)                                                                         \
	{                                                                                      \
		NULL, 0                                                                        \
	}
/* For literals only: the length is the literal's. */
#define BYTES(lit)                                                                             \
	(struct bytes)                                                                         \
	{                                                                                      \
		("" lit), sizeof(lit) - 1                                                      \
	}

static inline struct bytes bytes_make(const void *ptr, size_t len)
{
	return (struct bytes){ptr, len};
}

static inline struct bytes bytes_from_str(const char *s)
{
	return (struct bytes){s, s ? strlen(s) : 0};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Order of memcmp, the shorter first: the order of names in every listing. */
static inline int bytes_cmp(struct bytes a, struct bytes b)
{
	size_t n = MIN(a.len, b.len);
	int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return c ? c : (a.len > b.len) - (a.len < b.len);
}

static inline bool bytes_starts_with(struct bytes a, struct bytes prefix)
{
	return a.len >= prefix.len && bytes_equal(bytes_make(a.ptr, prefix.len), prefix);
}

static inline bool bytes_ends_with(struct bytes a, struct bytes suffix)
{
	return a.len >= suffix.len && (suffix.len == 0 || memcmp(a.ptr + a.len - suffix.len,
								 suffix.ptr, suffix.len) == 0);
}

/* Without the first n bytes; n <= a.len. Nothing is added to a NULL pointer. */
static inline struct bytes bytes_skip(struct bytes a, size_t n)
{
	return bytes_make(n ? a.ptr + n : a.ptr, a.len - n);
}

/* Position of c, or a.len. */
static inline size_t bytes_find(struct bytes a, char c)
{
	const char *p = a.len ? memchr(a.ptr, c, a.len) : NULL;

	return p ? (size_t)(p - a.ptr) : a.len;
}

/*
 * Takes the next component of a path off *path: empty components are passed over.
 * Returns false at the end. "." and ".." are components like any other.
 */
static inline bool bytes_next_component(struct bytes *path, struct bytes *ret)
{
	while (path->len && path->ptr[0] == '/')
		*path = bytes_skip(*path, 1);
	if (!path->len)
		return false;
	*ret = bytes_make(path->ptr, bytes_find(*path, '/'));
	*path = bytes_skip(*path, ret->len);
	return true;
}
