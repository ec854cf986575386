/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct opened: one layer with its bytes at hand: the archive open, the stored bytes and the
 * uncompressed tar as sources. Folder-private; content.c keeps a few of them.
 *
 * Ownership: reference counted, because a read may go on while the layer is dropped.
 */
#include "content/cachedir.h"
#include "content/ledger.h"
#include "io/spancache.h"
#include "store/layers.h"
#include "store/locations.h"

#include <pthread.h>

struct opened {
	uint64_t serial; /* no two are ever the same */
	int64_t layer;
	struct archive_row archive;
	struct location_row location;
	struct source *file;   /* the archive, as it is on disk */
	struct source *stored; /* the layer, as the archive holds it: opened_stored */
	struct source *tar;    /* the uncompressed layer: opened_tar */
	bool fast;             /* tar reads the file without decoding */
	struct layer_row row;
	pthread_mutex_t lock; /* of the archive's identity */
	unsigned refs;
};

/* What opening needs; one for all layers. */
struct opener {
	struct db *db;
	pthread_mutex_t *db_lock; /* taken for every use of db, never while bytes are read */
	struct cachedir *cache;
	struct spancache *spans;
	struct ledger *ledger;
	uint64_t *serials; /* the last one given out; atomic */
};

/*
 * The archive of one location. -ENOENT: it is gone, -ESTALE: it is not what was indexed (the
 * log is told, once).
 */
int opened_at(const struct opener *o, const struct layer_row *layer,
	      const struct location_row *location, struct opened **ret,
	      struct err *err) _must_check_;
/* Makes o->stored; decodes the archive first, if it is compressed as a whole. */
int opened_stored(const struct opener *opener, struct opened *o, struct err *err) _must_check_;
/* Makes o->tar. points: of a gzip layer, moved; empty: those of the index. */
int opened_tar(const struct opener *opener, struct opened *o, struct seekpoints *points,
	       struct err *err) _must_check_;
/*
 * Has the archive changed since? 0, or -ESTALE with a message. If its ctime alone moved, the
 * layer is hashed again here: equal bytes adopt the new identity.
 */
int opened_check(const struct opener *opener, struct opened *o, struct err *err) _must_check_;
/* Nothing at all changed, not even ctime: opened_check will not hash. */
bool opened_is_same(struct opened *o);
struct opened *opened_ref(struct opened *o);
void opened_unref(struct opened *o);
DEFINE_CLEANUP(struct opened *, opened_unref)
