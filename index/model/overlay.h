/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct overlay: the merged tree while merge.c works on it. Folder-private.
 *
 * What it is: a nametree whose nodes say which node of which layer they show, the following
 * of symlinks inside that tree, and the freezing into a struct tree.
 * What it is not: it knows no whiteouts and decides nothing.
 */
#include "model/nametree.h"
#include "model/tree.h"

/* A node of a layer: layers[layer]->nodes[node]. */
struct overlay_source {
	uint32_t node, layer;
};

struct overlay {
	struct nametree names; /* item, aux: overlay_source */
	struct layer *const *layers;
	uint32_t n_layers;
	struct node bare; /* what the root shows until a layer has one */
};

/* layers are borrowed; NULL for absent ones. */
int overlay_init(struct overlay *o, struct layer *const *layers, uint32_t n,
		 struct err *err) _must_check_;
void overlay_release(struct overlay *o);

/* What a node shows. */
const struct node *overlay_at(const struct overlay *o, uint32_t node);
struct overlay_source overlay_source(const struct overlay *o, uint32_t node);
void overlay_show(struct overlay *o, uint32_t node, struct overlay_source s);
/* The root shows nothing of any layer yet. */
bool overlay_root_is_bare(const struct overlay *o);

/*
 * Follows path from directory `from` as a process inside the tree would: symlinks on the way,
 * absolute targets from the tree's root, ".." never above it, 40 hops. follow_last: also a
 * symlink at the end. 1 and *ret, 0 if that leads nowhere, -ENOMEM.
 */
int overlay_resolve(const struct overlay *o, uint32_t from, struct bytes path, bool follow_last,
		    uint32_t *ret, struct err *err) _must_check_;

/* The tree as it is now; takes references to the layers. */
int overlay_freeze(const struct overlay *o, struct tree **ret, struct err *err) _must_check_;
