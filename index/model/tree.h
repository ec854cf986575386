/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct tree: a merged tree: what a container would see after the first k layers of an image.
 *
 * Immutable once built, reference counted, safe to share between threads. nodes[0] is the
 * root; numbering is breadth first and depends on content only, so that an evicted tree
 * reloads to the same numbers (fs makes directory inodes of them).
 * Memory: sizeof(struct node), 64 bytes, a node; names stay in the layers, which the tree keeps
 * alive. One without an id is the tree's own, for names that no stored layer has
 * (model/composite.h, model/dup_tree.c).
 */
#include "model/layer.h"
#include "model/node.h"

struct tree {
	struct node *nodes;
	uint32_t n;
	struct layer **layers; /* lowest first; NULL for an absent layer */
	uint32_t n_layers;
	uint32_t refs; /* atomic */
};

/* A tree of n empty nodes that holds references to these layers (NULL: an absent one), with
 * room for one more at the end. NULL: no memory. */
struct tree *tree_new(uint32_t n, struct layer *const *layers, uint32_t n_layers) _must_check_;
struct nametree;
struct name_slot;
/* Folder-private, for those who put names together: node becomes what `shown` is, under the
 * name and at the place of a slot. */
void tree_place(struct node *node, const struct node *shown, const struct nametree *names,
		const struct name_slot *slot);
void tree_unref(struct tree *t);
struct tree *tree_ref(struct tree *t);
DEFINE_CLEANUP(struct tree *, tree_unref)
size_t tree_memory(const struct tree *t);

/* Calls cb for every node but the root, parents first, with the full path (borrowed). */
int tree_walk(const struct node *nodes, uint32_t n,
	      int (*cb)(void *arg, uint32_t index, struct bytes path), void *arg) _must_check_;
