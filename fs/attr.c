/* SPDX-License-Identifier: MIT */
#include "fs/attr.h"

#include <sys/sysmacros.h>

#define BLOCK_SIZE 4096 /* what st_blksize recommends */

static void set_times(struct stat *st, struct timespec t)
{
	st->st_atim = t;
	st->st_mtim = t;
	st->st_ctim = t;
}

static void set_file(const struct node *n, struct stat *st)
{
	st->st_nlink = (nlink_t)n->nlink + 1;
	st->st_size = S_ISREG(n->mode) || S_ISLNK(n->mode) ? (off_t)n->size : 0;
	st->st_blocks = (blkcnt_t)node_blocks(n);
	if (node_is_device(n))
		st->st_rdev = makedev(n->rdev_major, n->rdev_minor);
}

/* In a raw view, a link into a lower layer: the name is there, the file is not. */
static void set_link_lower(struct stat *st)
{
	st->st_mode = S_IFREG;
	st->st_size = 0;
	st->st_blocks = 0;
	st->st_rdev = 0;
}

void attr_node(const struct node *n, uint64_t ino, struct stat *ret)
{
	*ret = (struct stat){
	    .st_ino = ino,
	    .st_mode = n->mode,
	    .st_nlink = 1,
	    .st_uid = n->uid,
	    .st_gid = n->gid,
	    .st_blksize = BLOCK_SIZE,
	};
	set_times(ret, (struct timespec){n->mtime, n->mtime_nsec});
	if (!node_is_dir(n))
		set_file(n, ret);
	if (n->kind == ENTRY_LINK_LOWER)
		set_link_lower(ret);
}

void attr_fixed(uint32_t type, uint64_t ino, uint64_t size, const struct attr_owner *o,
		struct stat *ret)
{
	mode_t mode = S_ISDIR(type) ? 0555 : S_ISLNK(type) ? 0777 : 0444;

	*ret = (struct stat){
	    .st_ino = ino,
	    .st_mode = type | mode,
	    .st_nlink = 1,
	    .st_uid = o->uid,
	    .st_gid = o->gid,
	    .st_size = (off_t)size,
	    .st_blksize = BLOCK_SIZE,
	};
	set_times(ret, o->time);
}

void attr_entry(const struct stat *st, double entry_timeout, double attr_timeout,
		struct fuse_entry_param *ret)
{
	*ret = (struct fuse_entry_param){
	    .ino = st->st_ino,
	    .attr = *st,
	    .entry_timeout = entry_timeout,
	    .attr_timeout = attr_timeout,
	};
}

void attr_negative(double timeout, struct fuse_entry_param *ret)
{
	*ret = (struct fuse_entry_param){.entry_timeout = timeout};
}
