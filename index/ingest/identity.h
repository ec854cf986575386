/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct identity: which file it was that was read, as the archive table keeps it.
 */
#include "util/macro.h"

#include <sys/stat.h>

struct identity {
	uint64_t dev, ino, size;
	int64_t mtime_ns, ctime_ns;
};

static inline struct identity identity_of(const struct stat *st)
{
	return (struct identity){
	    .dev = st->st_dev,
	    .ino = st->st_ino,
	    .size = (uint64_t)st->st_size,
	    .mtime_ns = st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec,
	    .ctime_ns = st->st_ctim.tv_sec * INT64_C(1000000000) + st->st_ctim.tv_nsec,
	};
}

/* The same file with the same bytes, as far as stat can tell; a changed ctime alone (chmod,
 * a new link) is no change of bytes. */
static inline bool identity_equal(const struct identity *a, const struct identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns;
}
