/* SPDX-License-Identifier: MIT */
#include "store/db.h"

#include "store/migrate.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define BUSY_TIMEOUT_MS 30000

/* ---- errors ---- */

static const struct {
	int sqlite, code;
	const char *text; /* instead of SQLite's */
} codes[] = {
    {SQLITE_BUSY, EBUSY, "in use by another process (try again later)"},
    {SQLITE_LOCKED, EBUSY, NULL},
    {SQLITE_CORRUPT, EBADMSG, "the index is damaged (delete it and index again)"},
    {SQLITE_NOTADB, EBADMSG, "not an index of stagefs (name another with --db)"},
    {SQLITE_FULL, ENOSPC, "no space left for the index"},
    {SQLITE_IOERR, EIO, NULL},
    {SQLITE_NOMEM, ENOMEM, NULL},
    {SQLITE_READONLY, EROFS, NULL},
    {SQLITE_CANTOPEN, ENOENT, NULL},
    {SQLITE_CONSTRAINT, EEXIST, NULL},
    {SQLITE_TOOBIG, EFBIG, NULL},
    {SQLITE_PERM, EACCES, NULL},
};

int db_error(struct db *db, int code, struct err *err)
{
	int primary = code & 0xff, os = db->sql ? sqlite3_system_errno(db->sql) : 0;
	const char *text = db->sql ? sqlite3_errmsg(db->sql) : sqlite3_errstr(code);
	int e = EIO;

	if (primary == SQLITE_CANTOPEN && os)
		return err_sys(err, os, "%s", db->path);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].sqlite == primary) {
			e = codes[i].code;
			text = codes[i].text ? codes[i].text : text;
		}
	return err_set(err, e, "%s: %s", db->path, text);
}

int db_damaged(struct db *db, const char *what, int64_t id, struct err *err)
{
	return err_set(err, EBADMSG, "%s: the index is damaged: %s (%lld)", db->path, what,
		       (long long)id);
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
	int code = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : db_error(db, code, err);
}

int db_int(struct db *db, const char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *s;
	int code = sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		return db_error(db, code, err);
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return code == SQLITE_ROW ? 0 : db_error(db, code, err);
}

/* ---- opening ---- */

static int make_parents(const char *path, struct err *err)
{
	char dir[PATH_MAX];

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return err_set(err, ENAMETOOLONG, "%s: the path is too long", path);
	for (char *p = strchr(dir + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return err_sys(err, errno, "%s", dir);
		*p = '/';
	}
	return 0;
}

/* What a hostile file could do through SQLite, turned off. */
static int harden(struct db *db, struct err *err)
{
	static const struct {
		int option, value;
	} options[] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
	    {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		int code =
		    sqlite3_db_config(db->sql, options[i].option, options[i].value, NULL);

		if (code != SQLITE_OK)
			return db_error(db, code, err);
	}
	sqlite3_limit(db->sql, SQLITE_LIMIT_LENGTH, 64 << 20);
	sqlite3_limit(db->sql, SQLITE_LIMIT_SQL_LENGTH, 64 << 10);
	sqlite3_limit(db->sql, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db->sql, SQLITE_LIMIT_VDBE_OP, 1000000);
	sqlite3_busy_timeout(db->sql, BUSY_TIMEOUT_MS);
	return db_exec(db,
		       "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
		       "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384",
		       err);
}

static int open_file(struct db *db, const char *path, int flags, struct err *err)
{
	int code = sqlite3_open_v2(path, &db->sql, flags | SQLITE_OPEN_NOMUTEX, NULL);

	return code == SQLITE_OK ? harden(db, err) : db_error(db, code, err);
}

/*
 * WAL needs to write beside the file even to read it. Where that cannot be, a file without a
 * WAL is complete in itself and is read as immutable.
 */
static int reopen_immutable(struct db *db, struct err *err)
{
	char uri[PATH_MAX * 3 + 32], *p = uri + sprintf(uri, "file:");

	for (const char *s = db->path; *s && p < uri + PATH_MAX * 3; s++)
		p += sprintf(p, strchr("%?# ", *s) ? "%%%02x" : "%c", (unsigned char)*s);
	sprintf(p, "?immutable=1");
	sqlite3_close(db->sql);
	db->sql = NULL;
	return open_file(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
}

static bool has_wal(const struct db *db)
{
	char wal[PATH_MAX];
	struct stat st;

	snprintf(wal, sizeof(wal), "%s-wal", db->path);
	return stat(wal, &st) == 0 && st.st_size > 0;
}

static int open_read(struct db *db, struct err *err)
{
	int r = open_file(db, db->path, SQLITE_OPEN_READONLY, err);

	if (r < 0)
		return r;
	r = migrate_check(db, err);
	if ((r == -EROFS || r == -EACCES) && !has_wal(db)) {
		r = reopen_immutable(db, err);
		if (r == 0)
			r = migrate_check(db, err);
	}
	if (r < 0)
		return r;
	if (r != SCHEMA_VERSION)
		return err_set(err, ENOENT, "%s: %s", db->path,
			       r == 0 ? "an empty index (make one: stagefs index ARCHIVE)"
				      : "made by an older stagefs (any stagefs index or rm "
					"brings it up to date)");
	return schema_check(db, err);
}

/* Nothing is written, not even the journal mode, before it is known whose file it is. */
static int open_write(struct db *db, struct err *err)
{
	int r = open_file(db, db->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);

	if (r == 0)
		r = migrate_check(db, err);
	if (r < 0)
		return r;
	/* What it may not write SQLite opens for reading, and only the first write says so. */
	if (sqlite3_db_readonly(db->sql, "main"))
		return err_set(err, EROFS, "%s: the index cannot be written", db->path);
	r = migrate(db, err);
	/* FULL: a layer that was said to be indexed is still there after a power loss. */
	return r < 0 ? r
		     : db_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err);
}

int db_open(const char *path, enum db_mode mode, struct db **ret, struct err *err)
{
	_cleanup_(db_freep) struct db *db = calloc(1, sizeof(*db));
	int r = 0;

	if (!db || !(db->path = strdup(path)))
		return err_oom(err);
	if (mode == DB_WRITE && strcmp(path, ":memory:") != 0)
		r = make_parents(path, err);
	if (r == 0)
		r = mode == DB_WRITE ? open_write(db, err) : open_read(db, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&db);
	return 0;
}

void db_free(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(db->stmts[i]);
	sqlite3_close(db->sql);
	arena_release(&db->entry_bytes);
	arena_release(&db->image_bytes);
	free(db->path);
	free(db);
}

const char *db_path(const struct db *db)
{
	return db->path;
}

static int run_plain(struct db *db, enum stmt which, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, which, &s, err);

	return r < 0 ? r : stmt_run(db, s, err);
}

int db_begin(struct db *db, struct err *err)
{
	return run_plain(db, STMT_BEGIN, err);
}

int db_commit(struct db *db, struct err *err)
{
	return run_plain(db, STMT_COMMIT, err);
}

void db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->sql))
		sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
}

int db_bump_generation(struct db *db, struct err *err)
{
	return run_plain(db, STMT_BUMP, err);
}

static int get_int(struct db *db, enum stmt which, int64_t *ret, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, which, &s, err);

	if (r == 0)
		r = stmt_row(db, s, err);
	if (r > 0)
		*ret = sqlite3_column_int64(s, 0);
	return r < 0 ? r : r == 0 ? db_damaged(db, "no row of meta", 0, err) : 0;
}

int db_generation(struct db *db, int64_t *ret, struct err *err)
{
	return get_int(db, STMT_GENERATION, ret, err);
}

int db_data_version(struct db *db, int64_t *ret, struct err *err)
{
	return get_int(db, STMT_DATA_VERSION, ret, err);
}

/* A check pragma whose first row must be absent, or say "ok". */
static int check_pragma(struct db *db, const char *sql, const char *what, struct err *err)
{
	sqlite3_stmt *s;
	int code = sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL), r = 0;

	if (code != SQLITE_OK)
		return db_error(db, code, err);
	code = sqlite3_step(s);
	if (code == SQLITE_ROW && strcmp(col_str(s, 0), "ok") != 0)
		r = err_set(err, EBADMSG, "%s: the index is damaged: %s: %s", db->path, what,
			    col_str(s, 0));
	else if (code != SQLITE_ROW && code != SQLITE_DONE)
		r = db_error(db, code, err);
	sqlite3_finalize(s);
	return r;
}

int db_check(struct db *db, struct err *err)
{
	int r = check_pragma(db, "PRAGMA integrity_check(1)", "integrity", err);

	return r < 0 ? r
		     : check_pragma(db, "PRAGMA foreign_key_check",
				    "a reference to nothing in table", err);
}

int db_size(struct db *db, int64_t *ret_bytes, int64_t *ret_free, struct err *err)
{
	int64_t pages, unused, size;
	int r = db_int(db, "PRAGMA page_count", &pages, err);

	if (r == 0)
		r = db_int(db, "PRAGMA freelist_count", &unused, err);
	if (r == 0)
		r = db_int(db, "PRAGMA page_size", &size, err);
	if (r < 0)
		return r;
	*ret_bytes = pages * size;
	*ret_free = unused * size;
	return 0;
}

int db_vacuum(struct db *db, struct err *err)
{
	int r;

	/* VACUUM attaches a database of its own. */
	sqlite3_limit(db->sql, SQLITE_LIMIT_ATTACHED, 1);
	r = db_exec(db, "VACUUM", err);
	sqlite3_limit(db->sql, SQLITE_LIMIT_ATTACHED, 0);
	return r < 0 ? r : db_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", err);
}
