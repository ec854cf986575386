/* SPDX-License-Identifier: MIT */
#include "store/layers.h"
#include "store/store_internal.h"

int xattrs_insert(struct db *db, int64_t entry, struct bytes name, struct bytes value,
		  struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_XATTR_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, entry);
	bind_blob(s, 2, name);
	bind_bytes(s, 3, value);
	return stmt_run(db, s, err);
}

int xattrs_each(struct db *db, int64_t entry,
		int (*cb)(void *arg, struct bytes name, struct bytes value), void *arg,
		struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_XATTR_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, entry);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0)
		r = cb(arg, col_blob(s, 0), col_blob(s, 1));
	return r;
}
