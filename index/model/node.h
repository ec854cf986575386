/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct node: one entry of a tree in memory: of a single layer or of a merged tree.
 *
 * Both kinds of tree are arrays of nodes in which the children of a directory are contiguous
 * and sorted by name bytes: readdir is a slice, lookup a binary search, nothing is allocated
 * after the tree is built. Names and link targets point into the arena of the *layer* they
 * come from; a merged tree keeps its layers alive.
 */
#include "store/layers.h"
#include "util/buf.h"

#include <sys/stat.h>

struct node {
	const char *name; /* name_len bytes */
	union {           /* by type and kind */
		struct {
			uint32_t first; /* directories: index of the first child */
			uint32_t count; /* and how many there are */
		};
		struct {
			uint32_t rdev_major, rdev_minor; /* devices */
		};
		const char *link; /* symlinks: size bytes; link-lower: to the NUL */
		uint64_t stored;  /* other regular files: data bytes in the tar */
	};
	int64_t inode; /* stored entry: layer << 24 | seq; 0 for an implied directory */
	uint64_t size; /* regular: bytes; symlink: target length */
	int64_t mtime;
	uint32_t mtime_nsec;
	uint32_t uid, gid;
	uint32_t parent; /* index */
	uint32_t nlink;  /* names in its own layer (non-directories) */
	uint16_t mode;   /* type and permission bits */
	uint8_t name_len;
	uint8_t kind : 3; /* enum entry_kind */
	uint8_t xattrs : 1;
};
/* A tree of two million entries stands in memory twice: as a layer and merged. */
_Static_assert(sizeof(struct node) == 64, "a node is a cache line");

static inline bool node_is_dir(const struct node *n)
{
	return S_ISDIR(n->mode);
}

static inline bool node_is_device(const struct node *n)
{
	return S_ISCHR(n->mode) || S_ISBLK(n->mode);
}

/* What du counts: units of 512 bytes that the tar has of it. */
static inline uint64_t node_blocks(const struct node *n)
{
	if (!S_ISREG(n->mode) || n->kind == ENTRY_LINK_LOWER)
		return 0;
	return n->stored / 512 + (n->stored % 512 != 0);
}

static inline struct bytes node_name(const struct node *n)
{
	return bytes_make(n->name, n->name_len);
}

/* The path of a node, "" for the root; replaces what ret holds. -ENOMEM. */
int node_path(const struct node *nodes, uint32_t index, struct buf *ret) _must_check_;

/* Index of the child called name, or 0 (no child is the root) if there is none. */
uint32_t node_child(const struct node *nodes, uint32_t dir, struct bytes name);
/* Index of the node at path ("" is the root) without following symlinks; UINT32_MAX if none. */
uint32_t node_lookup(const struct node *nodes, struct bytes path);
