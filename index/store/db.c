/* SPDX-License-Identifier: MIT */
#include "store/db.h"

#include "store/migrate.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define BUSY_TIMEOUT_MS 30000

static const struct {
	int sqlite, code;
} codes[] = {
    {SQLITE_BUSY, EBUSY},        {SQLITE_LOCKED, EBUSY},   {SQLITE_CORRUPT, EBADMSG},
    {SQLITE_NOTADB, EBADMSG},    {SQLITE_FULL, ENOSPC},    {SQLITE_IOERR, EIO},
    {SQLITE_NOMEM, ENOMEM},      {SQLITE_READONLY, EROFS}, {SQLITE_CANTOPEN, ENOENT},
    {SQLITE_CONSTRAINT, EEXIST}, {SQLITE_TOOBIG, EFBIG},   {SQLITE_PERM, EACCES},
};

int db_error(struct db *db, int code, struct err *err)
{
	int e = EIO;

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].sqlite == (code & 0xff))
			e = codes[i].code;
	return err_set(err, e, "%s: %s", db->path,
		       db->sql ? sqlite3_errmsg(db->sql) : sqlite3_errstr(code));
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
	int code = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : db_error(db, code, err);
}

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
static void harden(sqlite3 *sql)
{
	sqlite3_db_config(sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(sql, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(sql, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(sql, SQLITE_LIMIT_LENGTH, 64 << 20);
	sqlite3_limit(sql, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_busy_timeout(sql, BUSY_TIMEOUT_MS);
}

static int open_file(struct db *db, enum db_mode mode, struct err *err)
{
	int flags = mode == DB_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
				     : SQLITE_OPEN_READONLY;
	int code = sqlite3_open_v2(db->path, &db->sql, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (code != SQLITE_OK)
		return db_error(db, code, err);
	harden(db->sql);
	return db_exec(db,
		       "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
		       "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384",
		       err);
}

/*
 * WAL needs to write beside the file even to read it. Where that cannot be, a file without a
 * WAL is complete in itself and is read as immutable.
 */
static int reopen_immutable(struct db *db, struct err *err)
{
	char uri[PATH_MAX * 3 + 32], *p = uri + sprintf(uri, "file:");
	int code;

	for (const char *s = db->path; *s && p < uri + PATH_MAX * 3; s++)
		p += sprintf(p, strchr("%?# ", *s) ? "%%%02x" : "%c", (unsigned char)*s);
	sprintf(p, "?immutable=1");
	sqlite3_close(db->sql);
	db->sql = NULL;
	code = sqlite3_open_v2(
	    uri, &db->sql, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return db_error(db, code, err);
	harden(db->sql);
	return db_exec(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", err);
}

static int set_up(struct db *db, enum db_mode mode, struct err *err)
{
	int r;

	if (mode == DB_WRITE) {
		r = db_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", err);
		return r < 0 ? r : migrate(db, false, err);
	}
	r = migrate(db, true, err);
	if (r == -ENOENT || r == -EROFS || r == -EACCES) {
		struct err second = ERR_INIT;

		if (access(db->path, R_OK) == 0 && reopen_immutable(db, &second) == 0)
			r = migrate(db, true, err);
	}
	return r;
}

int db_open(const char *path, enum db_mode mode, struct db **ret, struct err *err)
{
	_cleanup_(db_freep) struct db *db = calloc(1, sizeof(*db));
	bool memory = strcmp(path, ":memory:") == 0;
	int r;

	if (!db || !(db->path = strdup(path)))
		return err_oom(err);
	if (mode == DB_WRITE && !memory) {
		r = make_parents(path, err);
		if (r < 0)
			return r;
	}
	r = open_file(db, mode, err);
	if (r == 0)
		r = set_up(db, mode, err);
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
	return r < 0 ? r : r == 0 ? err_set(err, EBADMSG, "%s: is damaged", db->path) : 0;
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
static int check_pragma(struct db *db, const char *sql, struct err *err)
{
	sqlite3_stmt *s;
	int code = sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL), r = 0;

	if (code != SQLITE_OK)
		return db_error(db, code, err);
	code = sqlite3_step(s);
	if (code == SQLITE_ROW && strcmp(col_text(s, 0) ? col_text(s, 0) : "", "ok") != 0)
		r = err_set(err, EBADMSG, "%s: the index is damaged: %s", db->path,
			    col_text(s, 0) ? col_text(s, 0) : "?");
	else if (code != SQLITE_ROW && code != SQLITE_DONE)
		r = db_error(db, code, err);
	sqlite3_finalize(s);
	return r;
}

int db_check(struct db *db, struct err *err)
{
	int r = check_pragma(db, "PRAGMA integrity_check(1)", err);

	return r < 0 ? r : check_pragma(db, "PRAGMA foreign_key_check", err);
}

static int pragma(struct db *db, const char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *s;
	int code = sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		return db_error(db, code, err);
	code = sqlite3_step(s);
	*ret = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return code == SQLITE_ROW ? 0 : db_error(db, code, err);
}

int db_size(struct db *db, int64_t *ret_bytes, int64_t *ret_free, struct err *err)
{
	int64_t pages, unused, size;
	int r = pragma(db, "PRAGMA page_count", &pages, err);

	if (r == 0)
		r = pragma(db, "PRAGMA freelist_count", &unused, err);
	if (r == 0)
		r = pragma(db, "PRAGMA page_size", &size, err);
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
