/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct content, for content.c and verify.c. Folder-private.
 */
#include "content/content.h"
#include "content/opened.h"

#include <pthread.h>

#define OPEN_MAX_LAYERS 64
#define FILES           4096 /* a power of two */

/* Where one stored file stands in its layer's tar: a direct-mapped cache of index rows. */
struct file {
	int64_t inode; /* 0: unused */
	uint64_t size, stored, data;
	unsigned char sha256[32];
	bool hashed;   /* sha256 is there */
	bool verified; /* compared, with verify_always */
	char *sparse;  /* owned copy, or NULL */
	size_t sparse_len;
};

struct content {
	pthread_mutex_t lock; /* everything below, and the db */
	struct opener opener;
	struct spancache *spans;
	struct cachedir *cache;
	bool verify_always;
	struct opened *open[OPEN_MAX_LAYERS];
	uint64_t clock;
	struct file *files;
};
