/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct source: bytes that can be read at any offset: a file, a range of another source, a
 * piece of memory, a gzip stream with seek points, a whole decoded copy in the cache.
 *
 * A layer's content is always read through the source of its *uncompressed* tar, whatever the
 * archive stores; only index/io knows codecs.
 *
 * Invariants: size is fixed at opening. pread never gives bytes behind size and never a short
 * read before it: a shorter file is an error (-ESTALE for files: it was cut after opening).
 * Ownership: reference counted; source_ref/source_unref. A range holds its parent.
 * Threads: pread may be called from several threads at once on every source.
 */
#include "util/bytes.h"
#include "util/err.h"

struct source;

struct source_ops {
	/* Reads exactly n bytes; the caller has checked off + n <= size. 0 or -errno. */
	int (*pread)(struct source *s, void *buf, size_t n, uint64_t off, struct err *err);
	void (*free)(struct source *s);
};

/* Embedded first in every implementation. */
struct source {
	const struct source_ops *ops;
	uint64_t size;
	int refs; /* atomic */
	int fd;   /* the file behind it, or -1: for identity checks and readahead */
};

/* Takes ownership of fd. -EINVAL for what is not a regular file. */
int source_open_fd(int fd, struct source **ret, struct err *err) _must_check_;
/* O_RDONLY|O_CLOEXEC|O_NOFOLLOW below dirfd (AT_FDCWD allowed). */
int source_open_path(int dirfd, const char *path, struct source **ret,
		     struct err *err) _must_check_;
/* Copies the bytes. */
int source_open_memory(struct bytes b, struct source **ret, struct err *err) _must_check_;
/* Takes its own reference on parent. -ERANGE if off + len is behind its end. */
int source_open_range(struct source *parent, uint64_t off, uint64_t len, struct source **ret,
		      struct err *err) _must_check_;

struct source *source_ref(struct source *s);
void source_unref(struct source *s); /* NULL is fine */
DEFINE_CLEANUP(struct source *, source_unref)

/* Reads up to n bytes at off; *ret_n is short only at the end. 0 or -errno. */
int source_pread(struct source *s, void *buf, size_t n, uint64_t off, size_t *ret_n,
		 struct err *err) _must_check_;
