/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct db: a connection to the layer index. SQLite is used in index/store only.
 *
 * Opening: application_id and user_version are checked; a newer file is refused by name, an
 * older one migrated in one exclusive transaction, a foreign one refused. Settings: WAL,
 * DEFENSIVE, no trusted schema, cell_size_check, mmap off, busy timeout 30 s, foreign keys.
 * Write transactions are BEGIN IMMEDIATE.
 *
 * Threads: one connection belongs to one thread at a time; callers lock.
 * Errors: SQLite codes become errno here: BUSY -> EBUSY, CORRUPT/NOTADB -> EBADMSG, FULL ->
 * ENOSPC, IOERR -> EIO; the message names the database file.
 */
#include "util/bytes.h"
#include "util/err.h"

struct db;

#define DB_APPLICATION_ID 0x73746766 /* "stgf" */

enum db_mode { DB_READ, DB_WRITE /* creates the file and its directory */ };

int db_open(const char *path, enum db_mode mode, struct db **ret, struct err *err) _must_check_;
void db_free(struct db *db);
DEFINE_CLEANUP(struct db *, db_free)
const char *db_path(const struct db *db);

int db_begin(struct db *db, struct err *err) _must_check_;
int db_commit(struct db *db, struct err *err) _must_check_;
/* Safe when there is no transaction. */
void db_rollback(struct db *db);
/* meta.generation + 1; inside a transaction. */
int db_bump_generation(struct db *db, struct err *err) _must_check_;
int db_generation(struct db *db, int64_t *ret, struct err *err) _must_check_;
/* PRAGMA data_version: changes when another connection has committed. Cheap. */
int db_data_version(struct db *db, int64_t *ret, struct err *err) _must_check_;
/* PRAGMA integrity_check and foreign_key_check: 0, or -EBADMSG with the first complaint. */
int db_check(struct db *db, struct err *err) _must_check_;
/* Bytes of the database file (page_count * page_size) and of its free pages. */
int db_size(struct db *db, int64_t *ret_bytes, int64_t *ret_free, struct err *err) _must_check_;
int db_vacuum(struct db *db, struct err *err) _must_check_;
