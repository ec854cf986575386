/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The tree that ls, cat, export, log and why work on: the merged tree of an image or a stage,
 * or one layer of it.
 */
#include "cmd.h"
#include "model/resolve.h"

/* An image, or a stage that is no image. Borrowed from the session's catalog. */
struct image_chain {
	const struct catalog_image *image; /* or NULL */
	const struct catalog_stage
	    *stage; /* what was asked for, or what the image is; or NULL */
	const char *name;
	const struct catalog_layer *layers;
	uint32_t n_layers;
};

/* IMAGE, IMAGE#STAGE or a path inside a mount. -ENOENT for a stage whose layers are not here.
 */
int image_chain_find(struct session *s, const char *text, struct image_chain *ret,
		     struct err *err) _must_check_;
/* Its merged tree. */
int image_chain_tree(struct session *s, const struct image_chain *c, struct tree **ret,
		     struct err *err) _must_check_;

struct image_tree {
	struct tree *tree;
	struct layer *layer;
	const struct node *nodes;
	uint32_t n;
};

void image_tree_release(struct image_tree *t);

/* text: as image_chain_find. layer: NN, "N" or "NN-slug" of it; NULL for the merged tree. */
int image_tree_open(struct session *s, const char *text, const char *layer,
		    struct image_tree *ret, struct err *err) _must_check_;
/* The same with the image found already. position 0: merged. */
int image_tree_open_at(struct session *s, const struct image_chain *c, uint32_t position,
		       struct image_tree *ret, struct err *err) _must_check_;
