/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct layer_hashes: the content hashes of one layer's files, by sequence. Nodes do not carry
 * them: most questions need none. Empty files and further names of hard links have none.
 *
 * Immutable, reference counted, safe to share between threads. The forest keeps them under its
 * cap (forest_hashes()); struct hashes (model/hashes.h) answers for whole trees.
 * Memory: 24 bytes an entry up to the last one that has a hash.
 */
#include "store/db.h"

struct layer_hash {
	unsigned char xxh128[16];
	uint64_t size; /* of the content; 0: no hash */
};

struct layer_hashes {
	int64_t layer;
	uint32_t n, cap;
	struct layer_hash *v; /* by sequence, below n */
	uint32_t refs;        /* atomic */
};

/* From the index; none at all if the layer is gone. */
int layer_hashes_load(struct db *db, int64_t layer, struct layer_hashes **ret,
		      struct err *err) _must_check_;
struct layer_hashes *layer_hashes_ref(struct layer_hashes *l);
void layer_hashes_unref(struct layer_hashes *l);
DEFINE_CLEANUP(struct layer_hashes *, layer_hashes_unref)
size_t layer_hashes_memory(const struct layer_hashes *l);

/* XXH3-128 of the content; NULL: none. */
const unsigned char *layer_hashes_at(const struct layer_hashes *l, uint32_t seq);
