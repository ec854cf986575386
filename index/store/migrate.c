/* SPDX-License-Identifier: MIT */
#include "store/migrate.h"

#include "schema.h"
#include "util/escape.h"

#include <limits.h>
#include <stdio.h>

/*
 * schema.sql is in sections: the first version's, then one for each later version, headed by
 * "-- Since version N:". A fresh file gets all of it at once; an older one takes the steps it
 * lacks, in this order. A step that only adds is its section; one that changes what was there
 * needs a function of its own, that leaves the same text as a fresh file has. Tests open a file
 * of every old version, and schema_check() compares before anything is committed.
 */
struct migration {
	int to;
	int (*fn)(struct db *db, int to, struct err *err);
};

#define SECTION "-- Since version "

static int add_section(struct db *db, int to, struct err *err)
{
	char head[sizeof(SECTION) + 16];
	_cleanup_free_ char *section = NULL;
	const char *start, *end;

	snprintf(head, sizeof(head), SECTION "%d:", to);
	start = strstr(schema_sql, head);
	if (!start)
		return err_set(err, EBADMSG, "schema.sql has no section of version %d", to);
	end = strstr(start + strlen(head), SECTION);
	section = strndup(start, end ? (size_t)(end - start) : strlen(start));
	return section ? db_exec(db, section, err) : err_oom(err);
}

static const struct migration steps[] = {
    {2, add_section}, /* builds, their stages and what is known of them */
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

static int make_new(struct db *db, struct err *err)
{
	int r = db_exec(db, schema_sql, err);

	return r < 0 ? r
		     : db_exec(db,
			       "INSERT INTO meta VALUES (1, 0, 'stagefs " STAGEFS_VERSION "')",
			       err);
}

static int apply(struct db *db, int from, struct err *err)
{
	char stamp[96];
	int r = from == 0 ? make_new(db, err) : 0;

	for (size_t i = 0; from && r == 0 && i < ARRAY_SIZE(steps); i++)
		if (steps[i].to > from)
			r = steps[i].fn(db, steps[i].to, err);
	snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 DB_APPLICATION_ID, SCHEMA_VERSION);
	return r < 0 ? r : db_exec(db, stamp, err);
}

int migrate(struct db *db, struct err *err)
{
	int r = migrate_check(db, err);

	if (r < 0)
		return r;
	if (r == SCHEMA_VERSION)
		return schema_check(db, err);
	r = db_exec(db, "BEGIN EXCLUSIVE", err);
	if (r < 0)
		return r;
	/* Another process may have been first: look again under the lock. */
	r = migrate_check(db, err);
	if (r >= 0 && r < SCHEMA_VERSION)
		r = apply(db, r, err);
	if (r >= 0)
		r = schema_check(db, err);
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

static const char *skip_blank(const char *sql)
{
	for (;;) {
		sql += strspn(sql, " \t\r\n");
		if (sql[0] != '-' || sql[1] != '-')
			return sql;
		sql += strcspn(sql, "\n");
	}
}

/*
 * The same but for comments and how wide blanks are, so that a comment can be made better
 * without a new version. Whatever else could hide text from us, "[--]" say, is a character
 * that `want` does not have.
 */
static bool same_sql(const char *want, const char *have)
{
	char quote = 0;

	for (;; want++, have++) {
		if (!quote) {
			const char *w = skip_blank(want), *h = skip_blank(have);

			if ((w != want) != (h != have))
				return false;
			want = w;
			have = h;
		}
		if (*want != *have)
			return false;
		if (!*want)
			return true;
		if (quote)
			quote = *want == quote ? 0 : quote;
		else if (*want == '\'' || *want == '"')
			quote = *want;
	}
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
			found = same_sql(col_str(want, 3), col_str(have, 3));
			for (int i = 0; i < 3; i++)
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
