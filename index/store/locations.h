/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where stored bytes are: the tables archive, location, seekpoint.
 */
#include "io/codec.h"
#include "io/seekpoint.h"
#include "store/db.h"

struct archive_row {
	int64_t id;
	char *path, *input; /* owned; archive_row_release */
	enum codec codec;
	bool spooled;
	uint64_t dev, ino;
	uint64_t size;
	int64_t mtime_ns, ctime_ns;
};

struct location_row {
	int64_t id, layer, archive;
	uint64_t offset, length;
	enum codec codec;
	char blob_digest[160]; /* "" if unknown */
	bool verified;
};

void archive_row_release(struct archive_row *row);

/*
 * Records an archive by path. If the path is known with the same identity (dev, ino, size,
 * mtime), its id is kept; with another identity its locations are deleted first (they described
 * other bytes). ret_changed (may be NULL) tells.
 */
int archives_put(struct db *db, const struct archive_row *row, int64_t *ret_id,
		 bool *ret_changed, struct err *err) _must_check_;
/* 1 found, 0 absent. */
int archives_get(struct db *db, int64_t id, struct archive_row *ret,
		 struct err *err) _must_check_;
int archives_find(struct db *db, const char *path, struct archive_row *ret,
		  struct err *err) _must_check_;
int archives_each(struct db *db, int (*cb)(void *arg, const struct archive_row *row), void *arg,
		  struct err *err) _must_check_;
/* New identity for unchanged bytes (ctime alone changed). */
int archives_set_identity(struct db *db, const struct archive_row *row,
			  struct err *err) _must_check_;
int archives_delete(struct db *db, int64_t id, struct err *err) _must_check_;
/* Archives that no location uses any more. */
int archives_delete_unused(struct db *db, struct err *err) _must_check_;

/* Inserts, or updates the row with the same (layer, archive, offset). */
int locations_put(struct db *db, const struct location_row *row, int64_t *ret_id,
		  struct err *err) _must_check_;
/* Of a layer, verified ones first, then the newest. */
int locations_each(struct db *db, int64_t layer,
		   int (*cb)(void *arg, const struct location_row *row), void *arg,
		   struct err *err) _must_check_;
int locations_set_verified(struct db *db, int64_t id, bool verified,
			   struct err *err) _must_check_;

int seekpoints_insert(struct db *db, int64_t location, const struct seekpoint *p,
		      struct err *err) _must_check_;
int seekpoints_load(struct db *db, int64_t location, struct seekpoints *ret,
		    struct err *err) _must_check_;
