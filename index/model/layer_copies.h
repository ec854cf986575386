/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct layer_copies: how often the whole index stores what one layer's files hold, by
 * sequence. True for one generation of the index: another layer is another count.
 *
 * Immutable, reference counted, safe to share between threads; kept by the forest
 * (forest_copies()). Memory: 4 bytes an entry.
 */
#include "store/db.h"

struct layer_copies {
	uint32_t n, cap;
	uint32_t *copies; /* by sequence, below n; 0: not counted */
	uint32_t refs;    /* atomic */
};

int layer_copies_load(struct db *db, int64_t layer, struct layer_copies **ret,
		      struct err *err) _must_check_;
struct layer_copies *layer_copies_ref(struct layer_copies *l);
void layer_copies_unref(struct layer_copies *l);
DEFINE_CLEANUP(struct layer_copies *, layer_copies_unref)
size_t layer_copies_memory(const struct layer_copies *l);

/* Stored files of the whole index with the content of this one, itself among them; 0: it has no
 * content of its own (empty, no file, a further name of a hard link). */
uint32_t layer_copies_at(const struct layer_copies *l, uint32_t seq);
