/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct content, for content.c, stand_in.c, verify.c and compare.c. Folder-private.
 *
 * Locks: `lock` is held for moments only, never over SQL, file reads or decoding, so that
 * content_is_fast() can be asked from a thread that must not wait. db_lock orders SQL. Neither
 * is waited for while the other is held.
 */
#include "content/choice.h"
#include "content/content.h"
#include "content/filecache.h"

#define OPEN_MAX_LAYERS 64
#define STAND_INS       1024 /* a power of two */

/* A place for an open layer. */
struct slot {
	int64_t layer;    /* 0: free */
	struct opened *o; /* NULL while one thread opens (or renews) it, others wait */
	uint64_t used;
};

/* A file that could not be read, and an equal one that could. */
struct stand_in {
	int64_t inode, twin; /* 0: none */
};

struct content {
	pthread_mutex_t lock; /* of slots, clock, files and stand_ins */
	pthread_cond_t opened;
	pthread_mutex_t db_lock;
	struct opener opener;
	uint64_t serials;
	struct cachedir *fresh; /* keeps nothing on disk: for verify */
	bool verify_always, from_twins;
	struct stand_in stand_ins[STAND_INS]; /* by a hash of the inode */
	struct slot slots[OPEN_MAX_LAYERS];
	uint64_t clock;
	struct filecache *files;
};

/* What is asked of one file; got: bytes read. */
struct piece {
	void *buf;
	size_t n;
	uint64_t off;
	size_t got;
};

/* content_pread from the file's own layer only. */
int content_pread_own(struct content *c, int64_t inode, struct piece *p,
		      struct err *err) _must_check_;

/* ---- stand_in.c ---- */

/* Reads an equal file that was read before in place of this one: 0; -ENOENT if there is none,
 * or not any more. */
int stand_in_read_again(struct content *c, int64_t inode, struct piece *p) _must_check_;
/* Reads any equal file, and remembers which. Else -ENOENT. */
int stand_in_read(struct content *c, int64_t inode, struct piece *p) _must_check_;
