/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * From whatever a file is to the schema this version knows. Folder-private.
 */
#include "store/store_internal.h"

#define SCHEMA_VERSION 2

/*
 * The schema version of the file, 0 for an empty one. A newer file (-ENOTSUP) and one that is
 * not ours (-EBADMSG) are refused by name. Writes nothing.
 */
int migrate_check(struct db *db, struct err *err) _must_check_;
/*
 * An empty file gets the schema, an older one its steps, in one exclusive transaction; whatever
 * it was, schema_check() has passed before anything is committed.
 */
int migrate(struct db *db, struct err *err) _must_check_;
/*
 * Do the tables, indexes and views say what schema.sql says, comments aside? A file from
 * elsewhere may have others of the same names, with expressions that run when we query. Tables
 * and views that users added are let be, indexes and triggers are not. -EBADMSG.
 */
int schema_check(struct db *db, struct err *err) _must_check_;
