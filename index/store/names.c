/* SPDX-License-Identifier: MIT */
#include "store/images.h"
#include "store/store_internal.h"

int names_next_event(struct db *db, int64_t *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_NAME_NEXT, &s, err);

	if (r == 0)
		r = stmt_row(db, s, err);
	if (r > 0)
		*ret = sqlite3_column_int64(s, 0);
	return MIN(r, 0);
}

int names_put(struct db *db, const struct name_row *row, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_NAME_PUT, &s, err);

	if (r < 0)
		return r;
	bind_text(s, 1, row->reference);
	bind_int(s, 2, row->image);
	bind_int(s, 3, row->event);
	return stmt_run(db, s, err);
}

int names_each(struct db *db, int (*cb)(void *arg, const struct name_row *row), void *arg,
	       struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_NAME_EACH, &s, err);

	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct name_row row = {.reference = col_str(s, 0),
				       .image = sqlite3_column_int64(s, 1),
				       .event = sqlite3_column_int64(s, 2)};

		r = cb(arg, &row);
	}
	return r;
}
