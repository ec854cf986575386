/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct opened: one layer with its bytes at hand: the archive open, the uncompressed tar as a
 * source. Folder-private; content.c keeps a few of them.
 *
 * Ownership: reference counted, because a read may go on while the layer is dropped.
 */
#include "content/cachedir.h"
#include "io/spancache.h"
#include "store/layers.h"
#include "store/locations.h"

#include <pthread.h>

struct opened {
	int64_t layer;
	struct archive_row archive;
	struct location_row location;
	struct source *file; /* the archive, as it is on disk */
	struct source *tar;  /* the uncompressed layer */
	bool fast;           /* tar reads the file without decoding */
	char diff_id[160];
	bool changed;         /* the archive is not what was indexed: for good */
	pthread_mutex_t lock; /* of changed and the archive's identity */
	unsigned refs;
	uint64_t used; /* when, for the least recently used */
};

struct opener {
	struct db *db;
	struct cachedir *cache;
	struct spancache *spans;
};

/*
 * Opens the best location of a layer, falling back from one to the next. Unverified or touched
 * locations are hashed whole first. -ENOENT: no archive holds the layer any more, -ESTALE: all
 * that are left have changed.
 */
int opened_new(const struct opener *o, int64_t layer, struct opened **ret,
	       struct err *err) _must_check_;
/* One location only, without hashing: for verify. */
int opened_at(const struct opener *o, const struct layer_row *layer,
	      const struct location_row *location, struct opened **ret,
	      struct err *err) _must_check_;
/* The SHA-256 of all stored bytes, decoded: 0 equal, -EBADMSG. */
int opened_hash(struct opened *o, const char *diff_id, struct err *err) _must_check_;
/*
 * Has the archive changed since? 0, or -ESTALE with a message; the log is told once. If its
 * ctime alone moved, the layer is hashed again here: equal bytes adopt the new identity.
 */
int opened_check(struct opened *o, struct err *err) _must_check_;
/* Nothing at all changed, not even ctime: opened_check will not hash. */
bool opened_is_same(struct opened *o);
void opened_unref(struct opened *o);
DEFINE_CLEANUP(struct opened *, opened_unref)
