/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What stagefs adds around the trees of images: which directories, links and files exist, what
 * each name in them means, and what they are called. One table in layout.c says it all.
 *
 * Pure: functions of the catalog and the report registry. No SQL, no FUSE, no trees: where an
 * image's tree begins, the answer is "that view". The sets of names in a listing and of names
 * that a lookup finds differ only by the unlisted ones, which the table marks.
 */
#include "fs/inode.h"
#include "model/catalog.h"
#include "report/report.h"

/* Stored in inode numbers: append only. */
enum layout_kind {
	LAYOUT_ROOT = 0,
	LAYOUT_README = 1,
	LAYOUT_IMAGES = 2,
	LAYOUT_LAYERS = 3,
	LAYOUT_REPORTS_LINK = 4,
	LAYOUT_STEPS_LINK = 5,
	LAYOUT_DERIVED = 6, /* .stagefs */
	LAYOUT_STEPS = 7,
	LAYOUT_REPORTS = 8,
	LAYOUT_REPORTS_IMAGES = 9,
	LAYOUT_IMAGE = 10, /* tag from here on: the image's id */
	LAYOUT_IMAGE_LAYERS = 11,
	LAYOUT_STEPS_IMAGE = 12,
	LAYOUT_REPORTS_IMAGE = 13,
	LAYOUT_IMAGE_REPORT_LINK = 14, /* tag: hash of id and name: the target holds the name */
	LAYOUT_IMAGE_STEPS_LINK = 15,
	LAYOUT_IMAGE_LINK = 16,   /* tag: alias.h */
	LAYOUT_IMAGE_PREFIX = 17, /* tag: alias.h */
	LAYOUT_LAYER_LINK = 18,   /* tag: the layer's id */
	LAYOUT_STAGES = 19,
	LAYOUT_BUILD = 20, /* tag: the build's id; so for all that is of a build */
	LAYOUT_STAGE = 21, /* tag: the stage's id; so for all that is of a stage */
	LAYOUT_STAGE_LAYERS = 22,
	LAYOUT_STAGE_BASE_LINK =
	    23, /* tag of links: hash of the id and what the target names */
	LAYOUT_STAGE_REPORT_LINK = 24,
	LAYOUT_STAGE_FROM_LINK = 25,
	LAYOUT_STAGE_LEFT_LINK = 26,
	LAYOUT_BUILD_REPORT_LINK = 27,
	LAYOUT_IMAGE_STAGES_LINK = 28,
	LAYOUT_IMAGE_FROM_LINK = 29,
	LAYOUT_FROM = 30,
	LAYOUT_FROM_IMAGE = 31,
	LAYOUT_FROM_STAGES = 32,
	LAYOUT_FROM_BUILD = 33,
	LAYOUT_FROM_STAGE = 34,
	LAYOUT_LEFT = 35,
	LAYOUT_LEFT_BUILD = 36,
	LAYOUT_REPORTS_STAGES = 37,
	LAYOUT_REPORTS_BUILD = 38,
	LAYOUT_REPORTS_STAGE = 39,
	LAYOUT_WASTED = 40,
	LAYOUT_VERSIONS = 41,
	LAYOUT_VERSIONS_LINK = 42,
	LAYOUT_IMAGE_WASTED_LINK = 43,
	LAYOUT_IMAGE_VERSIONS_LINK = 44,
	LAYOUT_DELETED = 45, /* the empty file that stands for a deletion; tag 0 */
	LAYOUT_DUPLICATES_LINK = 50,
	LAYOUT_KINDS
};

/* A file that is rendered when it is looked at. */
enum layout_file_kind {
	LAYOUT_FILE_CONFIG,
	LAYOUT_FILE_MANIFEST,
	LAYOUT_FILE_REPORT,
	LAYOUT_FILE_DOCKERFILE,
	LAYOUT_FILE_MISSING /* the commands that would supply a stage's layers */
};

struct layout_file {
	enum layout_file_kind kind;
	enum report_format format;   /* REPORT */
	const struct report *report; /* REPORT */
	int64_t image;               /* 0: of no image */
	int64_t build, stage;        /* 0: of none; all three 0: of the whole index */
};

static inline bool layout_file_equal(const struct layout_file *a, const struct layout_file *b)
{
	return a->kind == b->kind && a->format == b->format && a->report == b->report &&
	       a->image == b->image && a->build == b->build && a->stage == b->stage;
}

/* What a name stands for. */
struct layout_ref {
	enum { LAYOUT_REF_FIXED, LAYOUT_REF_VIEW, LAYOUT_REF_FILE } what;
	uint64_t ino;            /* FIXED, VIEW (the view's root directory) */
	uint32_t type;           /* S_IFDIR, S_IFLNK, S_IFREG */
	struct layout_file file; /* FILE */
};

struct layout_item {
	uint64_t key; /* where a listing goes on; the same in every catalog that has the item */
	struct bytes name;
	struct layout_ref ref;
};
DEFINE_VEC(layout_item_vec, struct layout_item)

struct layout_list {
	struct layout_item_vec items; /* by key, keys from 3 on ("." is 1, ".." is 2) */
	struct arena names;
};

void layout_list_release(struct layout_list *l);

/* dir is an INODE_FIXED of a directory everywhere below. -ESTALE: its image is gone. */
int layout_list(const struct catalog *c, const struct inode *dir,
		struct layout_list *ret) _must_check_;
/* 1 found, 0 no such name, -ESTALE. */
int layout_find(const struct catalog *c, const struct inode *dir, struct bytes name,
		struct layout_ref *ret) _must_check_;
/* 0, or -ESTALE if what the number stood for is gone. i: any INODE_FIXED. */
int layout_check(const struct catalog *c, const struct inode *i) _must_check_;
/* Inode number of the directory that a fixed inode, or the root of a view, stands in. */
uint64_t layout_parent(const struct catalog *c, const struct inode *i);
/* The target of a link. */
int layout_target(const struct catalog *c, const struct inode *i, struct buf *ret) _must_check_;

/* S_IFDIR, S_IFLNK or S_IFREG; 0 if there is no such kind. */
uint32_t layout_type(unsigned kind);
/* May the directory's names change while it is mounted? */
bool layout_grows(unsigned kind);
/* Does a name in this directory, or the thing itself, have to be asked for again? */
bool layout_changes(unsigned kind);
/* The image a fixed inode belongs to, NULL if none. */
const struct catalog_image *layout_image(const struct catalog *c, const struct inode *i);
/* The text of README. */
struct bytes layout_readme(void);
/* What a fixed file holds: README its text, others nothing. */
static inline struct bytes layout_text(unsigned kind)
{
	return kind == LAYOUT_README ? layout_readme() : BYTES_NULL;
}
