/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct content, for content.c and verify.c. Folder-private.
 *
 * Locks: `lock` is held for moments only, never over SQL, file reads or decoding, so that
 * content_is_fast() can be asked from a thread that must not wait. db_lock orders SQL. Neither
 * is waited for while the other is held.
 */
#include "content/choice.h"
#include "content/content.h"
#include "content/filecache.h"

#define OPEN_MAX_LAYERS 64

/* A place for an open layer. */
struct slot {
	int64_t layer;    /* 0: free */
	struct opened *o; /* NULL while one thread opens (or renews) it, others wait */
	uint64_t used;
};

struct content {
	pthread_mutex_t lock; /* of slots, clock and files */
	pthread_cond_t opened;
	pthread_mutex_t db_lock;
	struct opener opener;
	uint64_t serials;
	struct cachedir *fresh; /* keeps nothing on disk: for verify */
	bool verify_always;
	struct slot slots[OPEN_MAX_LAYERS];
	uint64_t clock;
	struct filecache *files;
};
