/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct opened: one layer with its bytes at hand: the archive open, the stored bytes and the
 * uncompressed tar as sources. Folder-private; content.c keeps a few of them.
 *
 * Ownership: reference counted, because a read may go on while the layer is dropped.
 * Threads: nothing in it changes once it is in content's slots; a touched archive gets a new
 * one (choice_renew), with a new serial, so that nothing read before is mistaken for proven.
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
/* The same place through the same descriptor, with nothing read yet: as opened_at gives it. */
int opened_again(const struct opener *o, const struct opened *old, struct opened **ret,
		 struct err *err) _must_check_;
/*
 * Has the archive changed since? 0; -ESTALE with a message; -EAGAIN if its ctime alone moved:
 * what was read may be wrong, even if the bytes are right again by now.
 */
int opened_check(const struct opener *opener, const struct opened *o,
		 struct err *err) _must_check_;
/* -ESTALE with its message; the log is told, once. */
int opened_changed(const struct opener *opener, const struct opened *o, struct err *err);
/* Nothing at all changed, not even ctime. */
bool opened_is_same(const struct opened *o);
/* What was found out about its bytes, for as long as its file stays as it is now. */
bool opened_note(const struct opener *opener, const struct opened *o,
		 const struct archive_row *now, enum verdict verdict);
struct opened *opened_ref(struct opened *o);
void opened_unref(struct opened *o);
DEFINE_CLEANUP(struct opened *, opened_unref)
