/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Content hashes of stored files. Of hard links only the first name counts; empty files have no
 * content.
 */
#include "store/db.h"

struct hash_row {
	int64_t entry;
	uint64_t size;
	int64_t mtime;
	const unsigned char *xxh128; /* 16 bytes, borrowed during the callback; so is sha256 */
	const unsigned char *sha256; /* 32 bytes */
};

/* Regular files of a layer, by entry. */
int hashes_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct hash_row *row),
		void *arg, struct err *err) _must_check_;
