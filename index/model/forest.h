/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct forest: loaded layers, what else is known of their files, and merged trees, on demand,
 * under a cap.
 *
 * Layers are loaded once and shared by all trees. What nobody holds is dropped, least recently
 * used first, when the memory of all exceeds the cap.
 * Threads: safe from any thread; two that want the same tree wait for one loading. The db is
 * used under the forest's own lock: give it a connection of its own.
 */
#include "model/catalog.h"
#include "model/layer_copies.h"
#include "model/layer_hashes.h"
#include "model/merge.h"

struct forest;

/* db is borrowed. */
int forest_new(struct db *db, size_t max_bytes, struct forest **ret) _must_check_;
void forest_free(struct forest *f);
DEFINE_CLEANUP(struct forest *, forest_free)

/* A reference to the layer; -ESTALE if it is gone from the index. */
int forest_layer(struct forest *f, int64_t layer, struct layer **ret,
		 struct err *err) _must_check_;
/* References to the hashes of its files, and to their counts in this generation of the index.
 * Read with the caller's db, so that nobody who wants a tree waits for it; NULL: the forest's.
 */
int forest_hashes(struct forest *f, struct db *db, int64_t layer, struct layer_hashes **ret,
		  struct err *err) _must_check_;
int forest_copies(struct forest *f, struct db *db, int64_t layer, int64_t generation,
		  struct layer_copies **ret, struct err *err) _must_check_;
/* The merged tree of the first `upto` layers of an image (upto = n_layers: the rootfs);
 * -ESTALE if the image is gone from the index. */
int forest_tree(struct forest *f, int64_t image, uint32_t upto, struct tree **ret,
		struct err *err) _must_check_;
/* The merged tree of the first `upto` layers of a stage; -ESTALE if the stage is gone, or no
 * input holds its layers. */
int forest_stage_tree(struct forest *f, int64_t stage, uint32_t upto, struct tree **ret,
		      struct err *err) _must_check_;
/*
 * A tree made from others and kept like them, e.g. a part of a stage's tree. what and sub name
 * it among those of one id; version: an older one is another tree. make is called without a
 * lock.
 */
struct forest_derived {
	uint32_t what, sub, version;
	int64_t id;
	int (*make)(void *arg, struct tree **ret, struct err *err);
	void *arg;
};
int forest_derived(struct forest *f, const struct forest_derived *d, struct tree **ret,
		   struct err *err) _must_check_;
/* Calls fn with the forest's connection, under its lock. */
int forest_with_db(struct forest *f, int (*fn)(struct db *db, void *arg, struct err *err),
		   void *arg, struct err *err) _must_check_;
/* Drops what is not held, e.g. after the index generation changed. */
void forest_trim(struct forest *f, size_t to_bytes);
size_t forest_memory(struct forest *f);
