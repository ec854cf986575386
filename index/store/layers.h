/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Layers, their entries, xattrs and findings: the tables layer, entry, xattr, finding.
 * Row structs borrow their bytes until the next step of the same iterator.
 */
#include "store/db.h"

#define ENTRY_SEQ_BITS       24
#define ENTRY_SEQ_MAX        ((1u << ENTRY_SEQ_BITS) - 1)
#define ENTRY_ID(layer, seq) ((int64_t)(layer) << ENTRY_SEQ_BITS | (seq))
#define ENTRY_LAYER(id)      ((int64_t)(id) >> ENTRY_SEQ_BITS)
#define ENTRY_SEQ(id)        ((uint32_t)((id)&ENTRY_SEQ_MAX))

struct layer_row {
	int64_t id;
	char diff_id[160];
	bool published;
	uint64_t tar_bytes, content_bytes, entries, findings;
	int64_t indexed;
};

enum entry_kind {
	ENTRY_PLAIN = 0,
	ENTRY_IMPLIED = 1,
	ENTRY_WHITEOUT = 2,
	ENTRY_OPAQUE = 3,
	ENTRY_META = 4,
	ENTRY_LINK_LOWER = 5,
};

struct entry_row {
	int64_t id;      /* ENTRY_ID(layer, seq) */
	uint32_t parent; /* sequence */
	struct bytes name;
	enum entry_kind kind;
	int64_t inode;
	uint32_t mode, uid, gid;
	int64_t mtime;
	uint32_t mtime_nsec;
	uint32_t nlink;
	uint64_t size, stored;
	int64_t data; /* -1: none */
	uint32_t rdev_major, rdev_minor;
	struct bytes link, xxh128, sha256, sparse; /* {NULL, 0} where NULL */
	bool xattrs;
	int64_t twin; /* 0: none (it is its own) */
};

/* 1 found, 0 absent. */
int layers_find(struct db *db, const char *diff_id, struct layer_row *ret,
		struct err *err) _must_check_;
int layers_get(struct db *db, int64_t id, struct layer_row *ret, struct err *err) _must_check_;
/* cb's nonzero answer ends the loop and is returned. Published layers by id. */
int layers_each(struct db *db, int (*cb)(void *arg, const struct layer_row *row), void *arg,
		struct err *err) _must_check_;
/* A staged layer; *ret_id is its id. tar_bytes etc. are set by layers_finish. */
int layers_stage(struct db *db, const char *diff_id, const char *run, int64_t *ret_id,
		 struct err *err) _must_check_;
int layers_finish(struct db *db, const struct layer_row *row, struct err *err) _must_check_;
/* published = 1. */
int layers_publish(struct db *db, int64_t id, struct err *err) _must_check_;
/* Deletes the layer with its entries, xattrs, findings, locations; repoints twins. */
int layers_delete(struct db *db, int64_t id, struct err *err) _must_check_;
/* Staged layers of one run (run NULL: of any run): ids into a callback. */
int layers_each_staged(struct db *db, const char *run, int (*cb)(void *arg, int64_t id),
		       void *arg, struct err *err) _must_check_;

/* Rows of a layer come in sequence order. */
int entries_insert(struct db *db, const struct entry_row *row, struct err *err) _must_check_;
int xattrs_insert(struct db *db, int64_t entry, struct bytes name, struct bytes value,
		  struct err *err) _must_check_;
/* Sets twin for every regular file of the layer, after its last row. */
int entries_find_twins(struct db *db, int64_t layer, struct err *err) _must_check_;
/* Entries of other layers that equal this one in all that a reader can see, the first of each
 * layer, by id; none if the entry is gone. cb nonzero ends and is returned. */
int twins_each(struct db *db, int64_t entry, int (*cb)(void *arg, int64_t twin), void *arg,
	       struct err *err) _must_check_;
/* All rows of a layer in sequence order; cb nonzero ends and is returned. */
int entries_each(struct db *db, int64_t layer,
		 int (*cb)(void *arg, const struct entry_row *row), void *arg,
		 struct err *err) _must_check_;
/* One row; 1 found, 0 absent. The bytes of *ret live until the next call on this db. */
int entries_find(struct db *db, int64_t id, struct entry_row *ret,
		 struct err *err) _must_check_;
int xattrs_each(struct db *db, int64_t entry,
		int (*cb)(void *arg, struct bytes name, struct bytes value), void *arg,
		struct err *err) _must_check_;
/* How many stored entries have this content (xxh128 and sha256 equal). */
int entries_count_copies(struct db *db, const struct entry_row *row, uint64_t *ret,
			 struct err *err) _must_check_;

int findings_insert(struct db *db, int64_t layer, uint64_t ord, const char *code,
		    struct bytes path, const char *detail, struct err *err) _must_check_;
int findings_each(struct db *db, int64_t layer,
		  int (*cb)(void *arg, const char *code, struct bytes path, const char *detail),
		  void *arg, struct err *err) _must_check_;
