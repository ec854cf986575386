/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct nametree: a tree of names while it is being put together. Folder-private: the layer
 * builder and the merge work on one, then number it and throw it away.
 *
 * What it is: (parent, name) -> node in constant time, children of a node as a list, removal
 * of whole subtrees, and the final breadth-first numbering with sorted siblings.
 * What it is not: it knows no types, modes or whiteouts. `item`, `aux` and `tag` belong to
 * the owner.
 *
 * Invariants: node 0 is the root and never removed. A removed node's slot is not used again,
 * so an old index tells by `dead` that it is stale. Names are borrowed. Nothing recurses.
 * The hash is keyed at random: names come from strangers, who must not choose the collisions.
 */
#include "util/bytes.h"
#include "util/err.h"
#include "util/vec.h"

#define NAMETREE_NONE UINT32_MAX

struct name_node {
	const char *name; /* len bytes */
	uint32_t parent;
	uint32_t first, next, prev; /* children and siblings in no order; 0 ends */
	uint32_t chain;             /* next of the same hash bucket; 0 ends */
	uint32_t item, aux;         /* the owner's */
	uint8_t len;
	uint8_t tag; /* the owner's */
	bool dead;
};
DEFINE_VEC(name_node_vec, struct name_node)

struct nametree {
	struct name_node_vec nodes;
	uint32_t *buckets;
	uint32_t mask; /* buckets - 1 */
	uint32_t live;
	uint64_t key[2];
};

/* One node in the final order. */
struct name_slot {
	uint32_t node;         /* index in the nametree */
	uint32_t parent;       /* position */
	uint32_t first, count; /* positions of the children */
};
DEFINE_VEC(name_slot_vec, struct name_slot)

int nametree_init(struct nametree *t, struct err *err) _must_check_;
void nametree_release(struct nametree *t);

/* The child, or 0 (the root is nobody's child). */
uint32_t nametree_find(const struct nametree *t, uint32_t parent, struct bytes name);
/* Adds a child that is not there yet; name is 1 to 255 bytes and outlives the tree. */
int nametree_add(struct nametree *t, uint32_t parent, struct bytes name, uint32_t *ret,
		 struct err *err) _must_check_;
/* Removes everything below a node. */
void nametree_clear(struct nametree *t, uint32_t node);
/* Removes a node (not the root) and everything below it. */
void nametree_remove(struct nametree *t, uint32_t node);
/* The node after `at` below `top`, parents before their children; 0 at the end. at: top first.
 */
uint32_t nametree_next(const struct nametree *t, uint32_t top, uint32_t at);
/* Breadth first, siblings by bytes_cmp: depends on the names only, not on the order of adds. */
int nametree_number(const struct nametree *t, struct name_slot_vec *ret,
		    struct err *err) _must_check_;

static inline struct name_node *nametree_at(const struct nametree *t, uint32_t node)
{
	return &t->nodes.v[node];
}
