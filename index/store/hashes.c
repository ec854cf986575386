/* SPDX-License-Identifier: MIT */
#include "store/hashes.h"

#include "store/layers.h"
#include "store/store_internal.h"

#define XXH128_BYTES 16
#define SHA256_BYTES 32

static int read_row(struct db *db, sqlite3_stmt *s, struct hash_row *ret, struct err *err)
{
	struct bytes xxh128 = col_blob(s, 3), sha256 = col_blob(s, 4);

	*ret = (struct hash_row){.entry = sqlite3_column_int64(s, 0),
				 .size = (uint64_t)sqlite3_column_int64(s, 1),
				 .mtime = sqlite3_column_int64(s, 2),
				 .xxh128 = (const unsigned char *)xxh128.ptr,
				 .sha256 = (const unsigned char *)sha256.ptr};
	if (xxh128.len != XXH128_BYTES || sha256.len != SHA256_BYTES)
		return db_damaged(db, "a hash of it has a wrong length", ret->entry, err);
	return 0;
}

int hashes_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct hash_row *row),
		void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_HASHES, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, ENTRY_ID(layer, 0));
	bind_int(s, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct hash_row row;

		r = read_row(db, s, &row, err);
		if (r == 0)
			r = cb(arg, &row);
	}
	return r;
}
