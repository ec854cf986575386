/* SPDX-License-Identifier: MIT */
#include "store/migrate.h"

#include "schema.h"

#include <stdio.h>

/*
 * One step per schema version after 1. A test opens real files of every old version and
 * compares the upgraded schema with a fresh one.
 */
struct migration {
	int to;
	const char *sql;
};

static const struct migration steps[] = {
    {SCHEMA_VERSION, schema_sql}, /* from nothing */
};

static int pragma_int(struct db *db, const char *name, int64_t *ret, struct err *err)
{
	char sql[64];
	sqlite3_stmt *s;
	int code;

	snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	code = sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL);
	if (code != SQLITE_OK)
		return db_error(db, code, err);
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return code == SQLITE_ROW ? 0 : db_error(db, code, err);
}

static int is_empty(struct db *db, bool *ret, struct err *err)
{
	sqlite3_stmt *s;
	int code =
	    sqlite3_prepare_v2(db->sql, "SELECT count(*) FROM sqlite_schema", -1, &s, NULL);

	if (code != SQLITE_OK)
		return db_error(db, code, err);
	code = sqlite3_step(s);
	*ret = code == SQLITE_ROW && sqlite3_column_int64(s, 0) == 0;
	sqlite3_finalize(s);
	return code == SQLITE_ROW ? 0 : db_error(db, code, err);
}

static int apply(struct db *db, int64_t from, struct err *err)
{
	char stamp[96];
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		if (steps[i].to > from)
			r = db_exec(db, steps[i].sql, err);
	if (r < 0)
		return r;
	snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 DB_APPLICATION_ID, SCHEMA_VERSION);
	r = db_exec(db, stamp, err);
	if (r == 0 && from == 0)
		r = db_exec(db,
			    "INSERT OR IGNORE INTO meta VALUES (1, 0, 'stagefs " STAGEFS_VERSION
			    "')",
			    err);
	return r;
}

/* Another process may have been first: look again under the lock. */
static int upgrade(struct db *db, struct err *err)
{
	int64_t version;
	int r = db_exec(db, "BEGIN EXCLUSIVE", err);

	if (r < 0)
		return r;
	r = pragma_int(db, "user_version", &version, err);
	if (r == 0 && version < SCHEMA_VERSION)
		r = apply(db, version, err);
	if (r == 0)
		r = db_exec(db, "COMMIT", err);
	db_rollback(db);
	return r;
}

int migrate(struct db *db, bool readonly, struct err *err)
{
	int64_t application, version;
	bool empty;
	int r = pragma_int(db, "application_id", &application, err);

	if (r == 0)
		r = pragma_int(db, "user_version", &version, err);
	if (r == 0)
		r = is_empty(db, &empty, err);
	if (r < 0)
		return r;
	if (!empty && application != DB_APPLICATION_ID)
		return err_set(err, EBADMSG,
			       "%s: not an index of stagefs (name another with --db)",
			       db->path);
	if (version > SCHEMA_VERSION)
		return err_set(err, ENOTSUP,
			       "%s: written by a newer stagefs (schema %lld; this one "
			       "knows %d)",
			       db->path, (long long)version, SCHEMA_VERSION);
	if (version == SCHEMA_VERSION)
		return 0;
	if (readonly)
		return err_set(err, ENOENT,
			       "%s: an empty index (make one: stagefs index ARCHIVE)",
			       db->path);
	return upgrade(db, err);
}
