/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The tree that ls, cat and export work on: the merged tree of an image, or one layer of it.
 */
#include "cmd.h"
#include "model/resolve.h"

struct image_tree {
	struct tree *tree;
	struct layer *layer;
	const struct node *nodes;
	uint32_t n;
};

void image_tree_release(struct image_tree *t);

/* layer: NN, "N" or "NN-slug" of the image; NULL for the merged tree. */
int image_tree_open(struct session *s, const char *image, const char *layer,
		    struct image_tree *ret, struct err *err) _must_check_;
/* The same with the image found already. position 0: merged. */
int image_tree_open_at(struct session *s, const struct catalog_image *img, uint32_t position,
		       struct image_tree *ret, struct err *err) _must_check_;
