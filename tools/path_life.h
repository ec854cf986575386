/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The life of one path of an image or a stage, for log and why.
 */
#include "image_tree.h"
#include "model/pathlog.h"

struct path_life {
	struct tree *tree;
	struct versions *versions;
	struct pathlog_vec rows;
	struct buf path; /* in the tree, without leading slash; symlinks on the way followed */
};

/* -ENOENT with a message if no layer ever had anything at path. */
int path_life_open(struct session *s, const struct image_chain *c, const char *path,
		   struct path_life *ret, struct err *err) _must_check_;
void path_life_release(struct path_life *l);
