/* SPDX-License-Identifier: MIT */
#include "store/copies.h"

#include "store/layers.h"
#include "store/store_internal.h"

#define XXH128_BYTES 16

static int layer_statement(struct db *db, enum stmt which, int64_t layer, sqlite3_stmt **ret,
			   struct err *err)
{
	int r = stmt_get(db, which, ret, err);

	if (r < 0)
		return r;
	bind_int(*ret, 1, ENTRY_ID(layer, 0));
	bind_int(*ret, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	return 0;
}

int hashes_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct hash_row *row),
		void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = layer_statement(db, STMT_HASHES, layer, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct bytes hash = col_blob(s, 2);
		struct hash_row row = {sqlite3_column_int64(s, 0),
				       (uint64_t)sqlite3_column_int64(s, 1),
				       (const unsigned char *)hash.ptr};

		r = hash.len == XXH128_BYTES ? cb(arg, &row) : 0;
	}
	return r;
}

int copies_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct copy_row *row),
		void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = layer_statement(db, STMT_COPIES, layer, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct copy_row row = {.entry = sqlite3_column_int64(s, 0),
				       .other = sqlite3_column_int64(s, 1),
				       .mtime = sqlite3_column_int64(s, 2),
				       .other_mtime = sqlite3_column_int64(s, 3),
				       .size = (uint64_t)sqlite3_column_int64(s, 4)};

		r = cb(arg, &row);
	}
	return r;
}
