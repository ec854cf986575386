/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct filecache: where the stored files read lately stand in their layers' tars, so that a
 * read needs no SQL. Direct-mapped. Folder-private; the caller locks.
 */
#include "store/layers.h"

struct file {
	int64_t inode; /* 0: none */
	uint64_t size, stored, data;
	unsigned char sha256[32];
	bool hashed;            /* sha256 is there */
	uint64_t verified_by;   /* serial of the opened layer whose bytes had that hash, or 0 */
	struct region *regions; /* owned; of a file with holes, else NULL */
	size_t n_regions;
};

/* Data of a file with holes; where they are stored follows from those before. */
struct region {
	uint64_t off, len, at;
};

struct filecache;

int filecache_new(struct filecache **ret) _must_check_;
void filecache_free(struct filecache *c);
DEFINE_CLEANUP(struct filecache *, filecache_free)
/* A copy into *ret (file_release): 1, 0 if it is not there, -ENOMEM. */
int filecache_get(const struct filecache *c, int64_t inode, struct file *ret) _must_check_;
/* Keeps a copy, if there is memory. */
void filecache_put(struct filecache *c, const struct file *f);
bool filecache_has(const struct filecache *c, int64_t inode);

void file_release(struct file *f);
/* From the index row. -EINVAL for what is no regular file, -EBADMSG for a damaged map. */
int file_from_row(const struct entry_row *row, struct file *ret, struct err *err) _must_check_;
