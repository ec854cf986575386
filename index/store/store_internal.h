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
 * and stmt_done resets it on every path.
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
	/* Bytes of the last row that entries_find and images_get gave: copies, because a row left
	 * open would hold a read transaction, and with it an old snapshot of the index. */
	struct arena entry_bytes, image_bytes;
};

int stmt_get(struct db *db, enum stmt which, sqlite3_stmt **ret, struct err *err) _must_check_;
int stmt_row(struct db *db, sqlite3_stmt *s, struct err *err) _must_check_;
/* A statement that gives no row: 0 or -errno. */
int stmt_run(struct db *db, sqlite3_stmt *s, struct err *err) _must_check_;
void stmt_done(sqlite3_stmt **s);
/* The code and message of the last SQLite failure on this connection. */
int db_error(struct db *db, int code, struct err *err);
int db_exec(struct db *db, const char *sql, struct err *err) _must_check_;

/* Bound bytes must live until stmt_done. */
static inline void bind_int(sqlite3_stmt *s, int at, int64_t v)
{
	sqlite3_bind_int64(s, at, v);
}
static inline void bind_text(sqlite3_stmt *s, int at, const char *v)
{
	sqlite3_bind_text(s, at, v, -1, SQLITE_STATIC); /* NULL binds NULL */
}
/* {NULL, 0} binds NULL; an empty string with a pointer binds an empty BLOB. */
static inline void bind_blob(sqlite3_stmt *s, int at, struct bytes v)
{
	if (v.ptr)
		sqlite3_bind_blob64(s, at, v.ptr, v.len, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
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
static inline struct bytes col_blob(sqlite3_stmt *s, int at)
{
	const void *p = sqlite3_column_blob(s, at);
	size_t n = (size_t)sqlite3_column_bytes(s, at);

	if (sqlite3_column_type(s, at) == SQLITE_NULL)
		return BYTES_NULL;
	return bytes_make(p ? p : "", n);
}
