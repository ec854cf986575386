/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where stagefs keeps its files: the index, spooled standard input, decoded copies.
 *
 *   index   --db, else $STAGEFS_DB, else $XDG_DATA_HOME/stagefs/index.db, else
 *           /var/lib/stagefs/index.db (root) or ~/.local/share/stagefs/index.db
 *   spool   spool/ beside the index
 *   cache   $XDG_CACHE_HOME/stagefs, else /var/cache/stagefs (root) or ~/.cache/stagefs
 */
#include "util/err.h"

struct paths {
	char *db, *spool, *cache; /* owned */
};

int paths_find(const char *db_option, struct paths *ret, struct err *err) _must_check_;
void paths_release(struct paths *p);
