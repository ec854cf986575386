/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Stored contents by hash, over all layers: what duplicates are found from. Read from the index
 * on XXH3, so that nothing has to be in memory at once.
 *
 * A stored file is the first name of a hard-link group; empty files have no content. Times,
 * owners and modes do not matter here; which of equal files are equal in those, too, is the
 * business of twins (store/layers.h).
 */
#include "store/db.h"
#include "util/buf.h"

/*
 * Every entry with a hash, further names of hard links among them, by hash and then by entry.
 * Touches no rows: for two million entries that is a second. A nonzero answer of cb ends the
 * loop and is returned.
 */
int contents_each(struct db *db,
		  int (*cb)(void *arg, const unsigned char *xxh128, int64_t entry), void *arg,
		  struct err *err) _must_check_;
/* Stored files with this hash, by entry. */
int contents_find(struct db *db, const unsigned char xxh128[16],
		  int (*cb)(void *arg, int64_t entry, uint64_t size), void *arg,
		  struct err *err) _must_check_;
/* Directories whose paths were asked for lately: most files stand beside another. Paths do not
 * change, so it is good for as long as the layers are. Half a megabyte; free() it. */
struct content_dirs;
struct content_dirs *content_dirs_new(void);
/* The path of an entry in its layer, without a leading slash; replaces what ret holds. dirs may
 * be NULL. -ESTALE if the row is gone. */
int contents_path(struct db *db, struct content_dirs *dirs, int64_t entry, struct buf *ret,
		  struct err *err) _must_check_;

/* The stored files of a layer, by entry; copies: stored files of the whole index with the hash
 * and size of this one, itself among them. A nonzero answer of cb as above. */
int contents_count(struct db *db, int64_t layer,
		   int (*cb)(void *arg, int64_t entry, uint64_t copies), void *arg,
		   struct err *err) _must_check_;
