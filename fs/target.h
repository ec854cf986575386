/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct target: what the inode number of a request leads to, held for that request.
 *
 * This is the common beginning of every operation: a number comes in, target_open() says what
 * it is and keeps the catalog, tree or layer it stands in; attributes and children are asked of
 * it; target_release() lets go. Numbers of removed images and layers end here with -ESTALE.
 *
 * Rendered files have no target: their content is in the vfile cache.
 */
#include "fs/attr.h"
#include "fs/context.h"
#include "fs/growth.h"
#include "fs/view.h"

struct target {
	uint64_t ino;
	struct inode i; /* FIXED, DIR or STORED */
	struct catalog *catalog;
	struct timespec grown;   /* mtime of what grows */
	struct view view;        /* DIR */
	struct layer *layer;     /* STORED */
	const struct node *node; /* DIR, STORED */
};

/* What target_stat and target_find answer. */
struct target_attr {
	struct stat st;
	double timeout; /* for which the attributes hold */
};

/* -ESTALE; -EINVAL for numbers of rendered files. Looks for growth where that may matter. */
int target_open(struct fs_ctx *ctx, uint64_t ino, struct target *ret) _must_check_;
void target_release(struct target *t);

bool target_is_dir(const struct target *t);
/* Does the directory have to be asked again for the names in it? */
double target_entry_timeout(const struct target *t);
int target_stat(struct fs_ctx *ctx, const struct target *t,
		struct target_attr *ret) _must_check_;
/* Attributes of node `index` of an opened view: the way to every child of a DIR. */
int target_node_stat(struct fs_ctx *ctx, const struct view *v, uint32_t index,
		     struct stat *ret) _must_check_;
/* Inode number of "..". */
uint64_t target_parent(const struct target *t);
