/* SPDX-License-Identifier: MIT */
#include "store/store_internal.h"

static const char *const texts[STMT_COUNT] = {
#define STMT(name, sql) [name] = sql,
#include "store/statements.def"
#undef STMT
};

int stmt_get(struct db *db, enum stmt which, sqlite3_stmt **ret, struct err *err)
{
	sqlite3_stmt **kept = &db->stmts[which];

	if (!*kept) {
		int code = sqlite3_prepare_v3(db->sql, texts[which], -1,
					      SQLITE_PREPARE_PERSISTENT, kept, NULL);

		if (code != SQLITE_OK)
			return db_error(db, code, err);
	}
	*ret = *kept;
	return 0;
}

int stmt_row(struct db *db, sqlite3_stmt *s, struct err *err)
{
	int code = sqlite3_step(s);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : db_error(db, code, err);
}

int stmt_run(struct db *db, sqlite3_stmt *s, struct err *err)
{
	int r;

	do
		r = stmt_row(db, s, err);
	while (r > 0);
	return r;
}

void stmt_done(sqlite3_stmt **s)
{
	if (*s) {
		sqlite3_reset(*s);
		sqlite3_clear_bindings(*s);
	}
}
