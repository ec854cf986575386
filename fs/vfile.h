/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct vfile_cache: rendered files, each version an inode of its own.
 *
 * A file is rendered when somebody looks it up, and its exact size is known from then on. When
 * the index has grown, the next lookup renders anew; only if the bytes differ does a new
 * version with a new inode come of it. A reader that still has the old inode reads the old
 * bytes.
 *
 * Lookup counts: vfile_find() and vfile_store() count one lookup for the kernel, to be taken
 * back by vfile_forget(), as FUSE prescribes. A version goes when it is neither current nor
 * remembered by the kernel.
 *
 * The cap bounds the bytes: over it the least recently used versions lose theirs, those that
 * the kernel remembers last. Reading such a version gives -EAGAIN: render the file again and
 * offer the bytes with vfile_restore(), which takes them only if they are what they were.
 *
 * Knows nothing of how a file is rendered. Threads: safe from any thread.
 */
#include "fs/layout.h"

#include <time.h>

struct vfile_cache;

struct vfile {
	uint64_t ino;
	uint64_t size;
	struct timespec mtime;
};

int vfile_cache_new(size_t max_bytes, struct vfile_cache **ret) _must_check_;
void vfile_cache_free(struct vfile_cache *c);
DEFINE_CLEANUP(struct vfile_cache *, vfile_cache_free)

/* 1 and a counted lookup: the current version, rendered from this index generation or known to
 * be the same; 0: to be rendered. */
int vfile_find(struct vfile_cache *c, const struct layout_file *file, int64_t generation,
	       struct vfile *ret);
/*
 * Takes the bytes rendered from that generation and counts a lookup. The current version, if
 * the bytes are its own; else a new one, with this mtime. -ENOSPC: too many versions.
 */
int vfile_store(struct vfile_cache *c, const struct layout_file *file, int64_t generation,
		struct timespec mtime, struct buf *bytes, struct vfile *ret) _must_check_;
void vfile_forget(struct vfile_cache *c, uint64_t ino, uint64_t lookups);

/* -ESTALE if there is no such version any more. */
int vfile_get(struct vfile_cache *c, uint64_t ino, struct vfile *ret) _must_check_;
/* Up to n bytes from off. -ESTALE, or -EAGAIN with what has to be rendered again. */
int vfile_read(struct vfile_cache *c, uint64_t ino, uint64_t off, void *to, size_t n,
	       size_t *ret_n, struct layout_file *ret_file) _must_check_;
/* -ESTALE unless the bytes are this version's. Takes them in any case. */
int vfile_restore(struct vfile_cache *c, uint64_t ino, struct buf *bytes) _must_check_;

/* Versions kept, and their bytes in memory. */
size_t vfile_cache_count(struct vfile_cache *c, size_t *ret_bytes);
