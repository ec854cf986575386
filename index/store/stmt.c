/* SPDX-License-Identifier: MIT */
#include "store/layers.h"
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
	if (sqlite3_stmt_busy(*kept))
		return err_set(err, EDEADLK, "%s: the statement \"%.60s\" is in use", db->path,
			       texts[which]);
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

int stmt_run_id(struct db *db, enum stmt which, int64_t id, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, which, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, id);
	return stmt_run(db, s, err);
}

int stmt_run_layer(struct db *db, enum stmt which, int64_t layer, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, which, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, ENTRY_ID(layer, 0));
	bind_int(s, 2, ENTRY_ID(layer, ENTRY_SEQ_MAX));
	return stmt_run(db, s, err);
}

void stmt_done(sqlite3_stmt **s)
{
	if (*s) {
		sqlite3_reset(*s);
		sqlite3_clear_bindings(*s);
	}
}
