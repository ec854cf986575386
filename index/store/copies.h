/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Content hashes of stored files, and where else the same content is stored. Of hard links only
 * the first name counts; empty files have no content. The same content: equal size, XXH3 and
 * SHA-256.
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

/* A content of this layer that another layer stores too, with one mtime it has there. */
struct copy_row {
	uint64_t content;                 /* from 1, rises with each content */
	uint64_t moment;                  /* from 1, rises with each (content, mtime) */
	int64_t layer;                    /* the other one */
	uint64_t size, files, same_mtime; /* files: how many in this layer have the content, and
					   * how many of them this mtime as well */
};

/*
 * By content, mtime and layer. Not the pairs of files, which a hostile author can make too many
 * of: time grows with the files of one hash here plus those elsewhere, not with the product.
 */
int copies_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct copy_row *row),
		void *arg, struct err *err) _must_check_;

/* How many stored files of the whole index have this hash and size; 1 for what only one has. */
int copies_count(struct db *db, const unsigned char xxh128[16], uint64_t size, uint64_t *ret,
		 struct err *err) _must_check_;
