/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Inode numbers: what a number means and which number a thing has. The essay is in inode.c.
 *
 * Pure arithmetic: nothing is remembered, so nothing has to be released. Encoders answer 0,
 * which is no inode, for ids that do not fit; callers then report -EOVERFLOW.
 */
#include "util/macro.h"

#define INODE_ROOT 1 /* FUSE_ROOT_ID */

enum inode_class {
	INODE_NONE,     /* a number that was never handed out */
	INODE_STORED,   /* a non-directory of an image */
	INODE_DIR,      /* a directory of an image, in one view */
	INODE_FIXED,    /* a directory, link or file that stagefs itself adds */
	INODE_RENDERED, /* one version of a rendered file */
};

/* A view is one place in the mount where a tree of an image shows. */
enum view_kind {
	VIEW_ROOTFS = 1,       /* images/<id>/rootfs; pos: layers merged, all of them */
	VIEW_STEP = 2,         /* .stagefs/steps/<id>/<pos>-... */
	VIEW_IMAGE_LAYER = 3,  /* images/<id>/layers/<pos>-... */
	VIEW_LAYER = 4,        /* layers/<id>; pos 0 */
	VIEW_STAGE_ROOTFS = 5, /* stages/<build>/<id>/rootfs; pos: layers merged, all of them */
	VIEW_STAGE_LAYER = 6,  /* stages/<build>/<id>/layers/<pos>-... */
	VIEW_STAGE_DIFF = 7,   /* stages/<build>/<id>/diff; pos 0 */
	VIEW_FROM = 8, /* .stagefs/from/stages/<build>/<id>/...; pos: code of the origin */
	VIEW_LEFT = 9, /* .stagefs/left-behind/<build>/<id>; pos 0 */
	VIEW_IMAGE_FROM = 10, /* .stagefs/from/<id>/...; pos: code of the origin */
	VIEW_WASTED = 11,     /* .stagefs/wasted/<id>; pos 0 */
	VIEW_VERSIONS = 12,   /* .stagefs/versions/<id>; pos 0 */
	VIEW_DUPLICATES =
	    13, /* .stagefs/duplicates as of one generation; pos 0; symlinks too */
};

struct view_id {
	enum view_kind kind;
	int64_t id; /* of the image or the stage; VIEW_LAYER: of the layer; VIEW_DUPLICATES:
		     * the index's generation, from 1 */
	uint32_t pos;
};

struct inode {
	enum inode_class class;
	int64_t entry;       /* STORED: id of the row */
	struct view_id view; /* DIR */
	uint32_t index;      /* DIR: of the node in that view's tree */
	unsigned kind;       /* FIXED: enum layout_kind */
	uint64_t tag;        /* FIXED: which one of its kind */
	uint32_t slot;       /* RENDERED */
	uint64_t generation; /* RENDERED */
};

#define INODE_TAG_BITS        54
#define INODE_SLOT_BITS       20
#define INODE_GENERATION_BITS 40

struct inode inode_decode(uint64_t ino);

uint64_t inode_stored(int64_t entry);
uint64_t inode_dir(const struct view_id *view, uint32_t index);
uint64_t inode_fixed(unsigned kind, uint64_t tag);
uint64_t inode_rendered(uint32_t slot, uint64_t generation);
