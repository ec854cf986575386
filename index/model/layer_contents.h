/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct layer_contents: what one layer stores, as contents instead of paths: sorted, so that
 * two layers are compared in one pass over both.
 *
 * A content is told by the first half of its SHA-256 and its size: the archive's author cannot
 * make two. Files of equal content and mtime are one element. Immutable, reference counted.
 *
 * struct layer_contents_cache keeps those used last, within LAYER_CONTENTS_CACHE_BYTES:
 * deriving builds compares every layer with its neighbours in time. One thread.
 */
#include "store/db.h"
#include "util/vec.h"

#define LAYER_CONTENTS_CACHE_BYTES ((size_t)64 << 20)
#define CONTENT_KEY                16

struct content {
	unsigned char key[CONTENT_KEY];
	uint64_t size;
	int64_t mtime;
	uint64_t files;
};
DEFINE_VEC(content_vec, struct content)

struct layer_contents {
	struct content_vec by; /* key, size, mtime */
	unsigned refs;
};

struct cached_contents {
	int64_t layer;
	uint64_t used; /* the cache's clock then */
	struct layer_contents *contents;
};
DEFINE_VEC(cached_contents_vec, struct cached_contents)

struct layer_contents_cache {
	struct cached_contents_vec layers; /* by layer */
	uint64_t clock;
	size_t bytes;
};

void layer_contents_cache_release(struct layer_contents_cache *c);
/* The caller unrefs *ret. 0 or -errno. */
int layer_contents_get(struct layer_contents_cache *c, struct db *db, int64_t layer,
		       struct layer_contents **ret, struct err *err) _must_check_;
void layer_contents_unref(struct layer_contents *c);
DEFINE_CLEANUP(struct layer_contents *, layer_contents_unref)

/* By key and size, without the mtime. */
int content_cmp(const struct content *a, const struct content *b);
/* The first element from `from` on that is not before `c` by content_cmp. */
size_t layer_contents_seek(const struct layer_contents *in, size_t from,
			   const struct content *c);
