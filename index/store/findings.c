/* SPDX-License-Identifier: MIT */
#include "store/layers.h"
#include "store/store_internal.h"

int findings_insert(struct db *db, int64_t layer, uint64_t ord, const char *code,
		    struct bytes path, const char *detail, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_FINDING_INSERT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, layer);
	bind_int(s, 2, (int64_t)ord);
	bind_text(s, 3, code);
	bind_bytes(s, 4, path);
	bind_text(s, 5, detail);
	return stmt_run(db, s, err);
}

int findings_each(struct db *db, int64_t layer,
		  int (*cb)(void *arg, const char *code, struct bytes path, const char *detail),
		  void *arg, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_FINDING_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, layer);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0)
		r = cb(arg, col_str(s, 0), col_blob(s, 1), col_text(s, 2));
	return r;
}
