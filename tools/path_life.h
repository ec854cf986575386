/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The life of one path of an image or a stage, for log and why.
 */
#include "image_tree.h"
#include "model/pathlog.h"
#include "mountpath.h"

struct path_life {
	struct tree *tree;
	struct versions *versions;
	struct pathlog_vec rows;
	struct buf path; /* in the tree, without leading slash; symlinks on the way followed */
};

/*
 * The path of `command IMAGE PATH`, or of a path inside a mount alone; lives as long as argv
 * and mount. -EINVAL with a message: it is neither.
 */
int path_life_argument(const char *command, int argc, char **argv, struct mountpath *mount,
		       const char **ret, struct err *err) _must_check_;
/* -ENOENT with a message if no layer ever had anything at path. */
int path_life_open(struct session *s, const struct image_chain *c, const char *path,
		   struct path_life *ret, struct err *err) _must_check_;
void path_life_release(struct path_life *l);
