/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Duplicates: content that is stored more than once (DESIGN 1.3).
 *
 * A group is all stored files of equal size and XXH3-128 in the layers of a scope. Never
 * counted: empty files, further names of hard links, and what a stage or an image inherits,
 * because a layer is stored once however many stand on it.
 *
 * What one copy would save is split so that the parts add up to reclaimable:
 *   shipped        copies that a shipped image holds beside another one
 *   across_images  of what is left, copies that stand in different shipped images
 *   build_only     copies that stand in no shipped image
 *
 * Memory: bounded by `max_groups`, the copies of one content and, for a scope that is not the
 * whole index, the hashes of its layers (the forest's, held meanwhile) and 32 bytes a file that
 * is not alone; at most DUPS_SORTED files, above which the whole index is read in the order of
 * its hashes instead.
 */
#include "model/forest.h"
#include "model/uses.h"
#include "store/db.h"

#define DUPS_SORTED (1u << 20)

struct dup_sums {
	uint64_t groups, copies; /* copies: all, also the one to keep */
	uint64_t reclaimable, shipped, across_images, build_only; /* bytes */
};

struct dup_group {
	unsigned char xxh128[16];
	uint64_t size, copies;
	uint64_t reclaimable, shipped, across_images, build_only;
	uint64_t places; /* a copy counts once for each chain its layer stands in */
};
DEFINE_VEC(dup_group_vec, struct dup_group)

struct dups {
	struct dup_group_vec groups; /* by shipped, reclaimable, hash, size; largest first */
	struct dup_sums all;         /* of every group, also those that are not in `groups` */
	struct content_dirs *dirs;   /* for dups_copies */
};

/* Which layers: ascending indexes of uses->layers; layers NULL: all of them. */
struct dup_scope {
	const struct uses *uses;
	const uint32_t *layers;
	size_t n;
	uint64_t files; /* about how many they hold; 0 unknown */
};

struct dup_limits {
	uint64_t min_size;
	size_t max_groups;
	enum { DUPS_BY_SHIPPED, DUPS_BY_RECLAIMABLE } order;
};

/* forest may be NULL if the scope is the whole index. */
int dups_find(struct db *db, struct forest *forest, const struct dup_scope *scope,
	      const struct dup_limits *limits, struct dups *ret, struct err *err) _must_check_;
void dups_release(struct dups *d);

/* One copy of a group. */
struct dup_copy {
	int64_t entry;
	uint32_t layer;    /* index of uses->layers */
	struct bytes path; /* without a leading slash */
};
DEFINE_VEC(dup_copy_vec, struct dup_copy)

/* The copies of d->groups.v[group], by entry; paths are kept in `paths`. */
int dups_copies(struct db *db, const struct dup_scope *scope, const struct dups *d,
		size_t group, struct dup_copy_vec *ret, struct arena *paths,
		struct err *err) _must_check_;

/* The scope of an image, a stage, or all stages of a build; layers is the caller's to free. */
int dups_scope_of_chain(const struct uses *u, const struct catalog_layer *layers, uint32_t n,
			uint32_t **ret_layers, struct dup_scope *ret) _must_check_;
int dups_scope_of_build(const struct uses *u, const struct catalog_build *b,
			uint32_t **ret_layers, struct dup_scope *ret) _must_check_;
