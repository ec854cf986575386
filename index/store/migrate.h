/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * From whatever a file is to the schema this version knows. Folder-private.
 */
#include "store/store_internal.h"

#define SCHEMA_VERSION 1

/*
 * Checks application_id and user_version; an empty file gets the schema, an older one its steps
 * in one exclusive transaction; a newer one, a foreign one and (readonly) an older one are
 * refused by name.
 */
int migrate(struct db *db, bool readonly, struct err *err) _must_check_;
