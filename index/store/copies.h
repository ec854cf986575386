/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Content hashes of stored files, and where else the same content is stored. Of hard links only
 * the first name counts; empty files have no content.
 */
#include "store/db.h"

struct hash_row {
	int64_t entry;
	uint64_t size;
	const unsigned char *xxh128; /* 16 bytes, borrowed during the callback */
};

/* Regular files of a layer, by entry. */
int hashes_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct hash_row *row),
		void *arg, struct err *err) _must_check_;

struct copy_row {
	int64_t entry, other; /* other: not of the same layer */
	int64_t mtime, other_mtime;
	uint64_t size;
};

/* Every pair of a file of this layer and a file of another that has its content; by entry. */
int copies_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct copy_row *row),
		void *arg, struct err *err) _must_check_;
