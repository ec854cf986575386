/* SPDX-License-Identifier: MIT */
#include "store/migrate.h"

#include "schema.h"
#include "util/escape.h"

#include <limits.h>
#include <stdio.h>

/*
 * A fresh file takes the first step, an older one every later step that it lacks. A test opens
 * files of every old version and compares the upgraded schema with a fresh one.
 */
struct migration {
	int to;
	bool fresh;
	const char *sql;
	int (*fn)(struct db *db, struct err *err); /* after sql; what SQL cannot say */
};

static int stamp_new(struct db *db, struct err *err)
{
	return db_exec(db, "INSERT INTO meta VALUES (1, 0, 'stagefs " STAGEFS_VERSION "')",
		       err);
}

/* schema.sql is in sections by version: a fresh file gets all, an older one those it lacks. */
static int add_version_2(struct db *db, struct err *err)
{
	const char *section = strstr(schema_sql, "-- Since version 2:");

	return section ? db_exec(db, section, err)
		       : err_set(err, EBADMSG, "schema.sql has no section of version 2");
}

static const struct migration steps[] = {
    {SCHEMA_VERSION, true, schema_sql, stamp_new},
    {2, false, NULL, add_version_2},
};

static int foreign(struct db *db, struct err *err)
{
	return err_set(err, EBADMSG, "%s: not an index of stagefs (name another with --db)",
		       db->path);
}

int migrate_check(struct db *db, struct err *err)
{
	int64_t application, version, objects;
	int r = db_int(db, "PRAGMA application_id", &application, err);

	if (r == 0)
		r = db_int(db, "PRAGMA user_version", &version, err);
	if (r == 0)
		r = db_int(db, "SELECT count(*) FROM sqlite_schema", &objects, err);
	if (r < 0)
		return r;
	if (!application && !version && !objects)
		return 0;
	if (application != DB_APPLICATION_ID || version < 1 || !objects)
		return foreign(db, err);
	if (version > SCHEMA_VERSION)
		return err_set(err, ENOTSUP,
			       "%s: written by a newer stagefs (schema %lld, this one knows "
			       "%d)",
			       db->path, (long long)version, SCHEMA_VERSION);
	return (int)version;
}

static int apply(struct db *db, int from, struct err *err)
{
	char stamp[96];
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++) {
		if (steps[i].to <= from || steps[i].fresh != (from == 0))
			continue;
		if (steps[i].sql)
			r = db_exec(db, steps[i].sql, err);
		if (r == 0 && steps[i].fn)
			r = steps[i].fn(db, err);
	}
	snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 DB_APPLICATION_ID, SCHEMA_VERSION);
	return r < 0 ? r : db_exec(db, stamp, err);
}

int migrate(struct db *db, struct err *err)
{
	int r = migrate_check(db, err);

	if (r < 0 || r == SCHEMA_VERSION)
		return MIN(r, 0);
	r = db_exec(db, "BEGIN EXCLUSIVE", err);
	if (r < 0)
		return r;
	/* Another process may have been first: look again under the lock. */
	r = migrate_check(db, err);
	if (r >= 0 && r < SCHEMA_VERSION)
		r = apply(db, r, err);
	if (r >= 0)
		r = db_exec(db, "COMMIT", err);
	db_rollback(db);
	return r;
}

/* ---- the schema as it is, against the schema as it should be ---- */

static const char objects_sql[] =
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

static int different(struct db *db, const char *name, struct err *err)
{
	char shown[64];

	return err_set(err, EBADMSG,
		       "%s: not as stagefs made it: '%s' differs (delete it and index again)",
		       db->path, escape_short(bytes_from_str(name), shown, sizeof(shown)));
}

/* Is each row of `want` in db, and no index or trigger besides? */
static int compare(struct db *db, sqlite3_stmt *want, sqlite3_stmt *have, struct err *err)
{
	int code;

	while ((code = sqlite3_step(have)) == SQLITE_ROW) {
		const char *type = col_str(have, 0);
		bool found = strcmp(type, "table") == 0 || strcmp(type, "view") == 0;

		sqlite3_reset(want);
		while (sqlite3_step(want) == SQLITE_ROW) {
			if (sqlite3_stricmp(col_str(want, 1), col_str(have, 1)) != 0)
				continue;
			found = true;
			for (int i = 0; i < 4; i++)
				found &= strcmp(col_str(want, i), col_str(have, i)) == 0;
			break;
		}
		if (!found)
			return different(db, col_str(have, 1), err);
	}
	return code == SQLITE_DONE ? 0 : db_error(db, code, err);
}

static int missing(struct db *db, sqlite3_stmt *want, struct err *err)
{
	static const char sql[] = "SELECT count(*) FROM sqlite_schema WHERE name = ?";
	sqlite3_stmt *s;
	int code = sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL), r = 0;

	if (code != SQLITE_OK)
		return db_error(db, code, err);
	sqlite3_reset(want);
	while (r == 0 && sqlite3_step(want) == SQLITE_ROW) {
		sqlite3_reset(s);
		bind_text(s, 1, col_str(want, 1));
		if (sqlite3_step(s) != SQLITE_ROW || sqlite3_column_int(s, 0) == 0)
			r = different(db, col_str(want, 1), err);
	}
	sqlite3_finalize(s);
	return r;
}

int schema_check(struct db *db, struct err *err)
{
	sqlite3 *fresh = NULL;
	sqlite3_stmt *want = NULL, *have = NULL;
	int r = 0;

	if (sqlite3_open_v2(":memory:", &fresh, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK ||
	    sqlite3_exec(fresh, schema_sql, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(fresh, objects_sql, -1, &want, NULL) != SQLITE_OK)
		r = err_oom(err);
	else if (sqlite3_prepare_v2(db->sql, objects_sql, -1, &have, NULL) != SQLITE_OK)
		r = db_error(db, sqlite3_errcode(db->sql), err);
	if (r == 0)
		r = compare(db, want, have, err);
	if (r == 0)
		r = missing(db, want, err);
	sqlite3_finalize(want);
	sqlite3_finalize(have);
	sqlite3_close(fresh);
	return r;
}
