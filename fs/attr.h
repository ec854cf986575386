/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The only place that fills struct stat and struct fuse_entry_param.
 *
 * What the attributes promise (DESIGN 1.1): st_blocks is what the archive stores, so `du` adds
 * up to layer contents and sparse holes cost nothing; directories and virtual files have no
 * blocks, so they add nothing; st_nlink of a stored file is one more than its names in its own
 * layer, hence never 1, hence du and diff remember its number and count it once over all views.
 */
#define FUSE_USE_VERSION 35
#include "fs/layout.h"
#include "model/node.h"

#include <fuse_lowlevel.h>
#include <sys/stat.h>
#include <time.h>

/* Seconds. What cannot change is cached for ever; what follows the index, for one second. */
#define ATTR_FOREVER 1e9
#define ATTR_GROWING 1.0

/* What owns the things that stagefs adds, and since when. */
struct attr_owner {
	uid_t uid;
	gid_t gid;
	struct timespec time;
};

/* A node of an image: ino is its inode number in that view. */
void attr_node(const struct node *n, uint64_t ino, struct stat *ret);
/* A directory, link or file of the layout: type is S_IFDIR, S_IFLNK or S_IFREG. */
void attr_fixed(uint32_t type, uint64_t ino, uint64_t size, const struct attr_owner *o,
		struct stat *ret);
/* A directory entry. nodeid 0 with readdirplus means: look it up when you want it. */
void attr_entry(const struct stat *st, double entry_timeout, double attr_timeout,
		struct fuse_entry_param *ret);
/* "There is no such name", remembered for so long. */
void attr_negative(double timeout, struct fuse_entry_param *ret);
