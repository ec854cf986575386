/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct composite: a tree put together of entries from several layers, under directories and
 * names of its own. Stored files keep their identity, as in every tree.
 *
 * What it is not: it knows no layers' rules; model/merge.h makes the trees that containers see.
 * Nodes given to it are borrowed and must be of layers that `of` holds when it is frozen.
 */
#include "model/nametree.h"
#include "model/tree.h"

DEFINE_VEC(node_ref_vec, const struct node *)

struct composite {
	struct nametree names;     /* item: index into nodes */
	struct node_ref_vec nodes; /* what a name shows */
	struct layer *own; /* the tree's own: its arena is for names that no layer has */
};

int composite_init(struct composite *c, struct err *err) _must_check_;
void composite_release(struct composite *c);

/* Makes a name show a node, or a plain directory (NULL). A name that is there already shows it
 * from now on and keeps its children. name: borrowed from a layer, own among them. */
int composite_put(struct composite *c, uint32_t parent, struct bytes name,
		  const struct node *node, uint32_t *ret, struct err *err) _must_check_;
/* For nodes of its own making, e.g. an empty file that no layer stores. */
extern const struct node composite_empty_file;

/* The tree; it holds the layers of `of`, and after them its own. */
int composite_freeze(struct composite *c, const struct tree *of, struct tree **ret,
		     struct err *err) _must_check_;
