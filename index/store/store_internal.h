/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct db and its prepared statements. Folder-private: the only header with SQLite in it.
 *
 * Every statement is an enumerator and a text in stmt.c's table, prepared on first use and kept
 * (PERSISTENT) for the life of the connection. A use is
 *
 *     _cleanup_(stmt_done) sqlite3_stmt *s = NULL;
 *     r = stmt_get(db, STMT_LAYER_FIND, &s, err);
 *     bind_text(s, 1, diff_id);
 *     r = stmt_row(db, s, err);      1 a row, 0 done, -errno
 *
 * and stmt_done resets it on every path. A statement has one user at a time: an iterator's
 * callback that starts the same iterator gets -EDEADLK.
 */
#include "store/db.h"
#include "util/arena.h"

#include <sqlite3.h>

enum stmt {
#define STMT(name, sql) name,
#include "store/statements.def"
#undef STMT
	STMT_COUNT
};

struct db {
	sqlite3 *sql;
	char *path;
	sqlite3_stmt *stmts[STMT_COUNT];
	/* Bytes of the last row that entries_find and images_get gave: copies, because a row
	 * left open would hold a read transaction, and with it an old snapshot of the index. */
	struct arena entry_bytes, image_bytes;
};

int stmt_get(struct db *db, enum stmt which, sqlite3_stmt **ret, struct err *err) _must_check_;
int stmt_row(struct db *db, sqlite3_stmt *s, struct err *err) _must_check_;
/* A statement that gives no row: 0 or -errno. */
int stmt_run(struct db *db, sqlite3_stmt *s, struct err *err) _must_check_;
/* stmt_get, bind ?1 = id, stmt_run. */
int stmt_run_id(struct db *db, enum stmt which, int64_t id, struct err *err) _must_check_;
void stmt_done(sqlite3_stmt **s);
/* The code and message of the last SQLite failure on this connection. */
int db_error(struct db *db, int code, struct err *err);
int db_exec(struct db *db, const char *sql, struct err *err) _must_check_;
/* The number a one-row query gives; for what is asked once per connection. */
int db_int(struct db *db, const char *sql, int64_t *ret, struct err *err) _must_check_;

/* A statement over the entries of a layer: their ids are between ?1 and ?2. */
int stmt_run_layer(struct db *db, enum stmt which, int64_t layer, struct err *err) _must_check_;

/* twins.c: entries whose representative is in this layer get another one. */
int twins_repoint(struct db *db, int64_t layer, struct err *err) _must_check_;

/* What a row of a damaged or foreign-made file cannot be: -EBADMSG. */
int db_damaged(struct db *db, const char *what, int64_t id, struct err *err);

/* Bound bytes must live until stmt_done. Binding a number cannot fail. A value over SQLite's
 * length limit would silently be NULL: it is made one that fails when the statement runs. */
static inline void bind_too_big(sqlite3_stmt *s, int at)
{
	sqlite3_bind_zeroblob(s, at, INT32_MAX);
}
static inline void bind_int(sqlite3_stmt *s, int at, int64_t v)
{
	sqlite3_bind_int64(s, at, v);
}
static inline void bind_text(sqlite3_stmt *s, int at, const char *v)
{
	/* NULL binds NULL */
	if (sqlite3_bind_text(s, at, v, -1, SQLITE_STATIC) != SQLITE_OK)
		bind_too_big(s, at);
}
/* {NULL, 0} binds NULL; an empty string with a pointer binds an empty BLOB. */
static inline void bind_blob(sqlite3_stmt *s, int at, struct bytes v)
{
	if (!v.ptr)
		sqlite3_bind_null(s, at);
	else if (sqlite3_bind_blob64(s, at, v.ptr, v.len, SQLITE_STATIC) != SQLITE_OK)
		bind_too_big(s, at);
}
/* For NOT NULL columns: {NULL, 0} binds an empty BLOB. */
static inline void bind_bytes(sqlite3_stmt *s, int at, struct bytes v)
{
	bind_blob(s, at, bytes_make(v.ptr ? v.ptr : "", v.len));
}
/* Paths and names of the host, kept as BLOBs. */
static inline void bind_path(sqlite3_stmt *s, int at, const char *v)
{
	bind_blob(s, at, bytes_from_str(v));
}
static inline const char *col_text(sqlite3_stmt *s, int at)
{
	return (const char *)sqlite3_column_text(s, at);
}
/* Of a NOT NULL column, which may be NULL in a file that somebody made. */
static inline const char *col_str(sqlite3_stmt *s, int at)
{
	const char *text = col_text(s, at);

	return text ? text : "";
}
static inline bool col_null(sqlite3_stmt *s, int at)
{
	return sqlite3_column_type(s, at) == SQLITE_NULL;
}
/* NULL is {NULL, 0}; an empty BLOB has a pointer. */
static inline struct bytes col_blob(sqlite3_stmt *s, int at)
{
	const void *p;

	if (col_null(s, at))
		return BYTES_NULL;
	p = sqlite3_column_blob(s, at);
	return bytes_make(p ? p : "", (size_t)sqlite3_column_bytes(s, at));
}
