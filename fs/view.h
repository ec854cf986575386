/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct view: a place of the mount, opened: the nodes that stand there.
 * Embedded; holds a reference to a tree or a layer until view_release().
 */
#include "fs/inode.h"
#include "model/catalog.h"
#include "model/forest.h"

struct view {
	struct view_id id;
	struct tree *tree;   /* merged views */
	struct layer *layer; /* raw views */
	const struct node *nodes;
	uint32_t n;
	bool raw;
	bool bottom; /* raw, with no layer below: links into lower layers are left out */
};

/* -ESTALE: the image, the layer or that position of it is gone. */
int view_open(struct forest *f, const struct catalog *c, const struct view_id *id,
	      struct view *ret) _must_check_;
void view_release(struct view *v);
/* Is the node one of the names here? */
bool view_shows(const struct view *v, const struct node *n);
/* Index of a child that shows, 0 if none. */
uint32_t view_child(const struct view *v, uint32_t dir, struct bytes name);
