/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct versions: the life of every path through the layers of a tree: what stood there, from
 * which layer on, and what ended it.
 *
 * What it is: the events of merging (model/merge.h) put in order by path. Paths are those of
 * the merged trees, also of what is gone: an entry that a layer stores at lib/x below a symlink
 * lib -> usr/lib is a version of usr/lib/x.
 * What it is not: it has no rules of its own and gives no reasons (model/waste.h).
 *
 * One layer ends a path's life at most once, and what it then puts there itself is the next
 * version, not an end. Directories have versions too: one for each layer that describes them.
 * Immutable once made. Memory: 28 bytes a version and 48 a path; the tree is held.
 */
#include "model/merge.h"
#include "model/nametree.h"

#define VERSION_NONE UINT32_MAX

struct version {
	uint32_t path;     /* node of paths */
	uint32_t next;     /* the same path's next version, VERSION_NONE */
	uint32_t position; /* of the layer that did it, from 0 */
	uint32_t by;       /* node of that layer: the entry, or what ended the path */
	uint32_t layer,
	    node;           /* MERGE_SHOWN: position and node of the entry that stands there */
	enum merge_how how; /* anything but MERGE_SHOWN: the end, for now */
	enum merge_how ended_by; /* MERGE_SHOWN: how the same layer ended the one before */
};
DEFINE_VEC(version_vec, struct version)

struct versions {
	struct tree *tree;     /* whose layers these are */
	struct nametree paths; /* item: first version, aux: last; VERSION_NONE */
	struct version_vec v;  /* the lowest layer's first */
};

/* A reference to the tree is taken; only its layers are looked at. */
int versions_make(struct tree *t, struct versions **ret, struct err *err) _must_check_;
void versions_free(struct versions *v);
DEFINE_CLEANUP(struct versions *, versions_free)

/* The entry of a MERGE_SHOWN. */
const struct node *version_node(const struct versions *v, const struct version *x);
/* Node of paths, or VERSION_NONE where nothing ever stood. Nothing is followed. */
uint32_t versions_find(const struct versions *v, struct bytes path);
/* "usr/lib/x", "" for the root; replaces what ret holds. -ENOMEM. */
int versions_path(const struct versions *v, uint32_t path, struct buf *ret) _must_check_;

static inline uint32_t versions_first(const struct versions *v, uint32_t path)
{
	return nametree_at(&v->paths, path)->item;
}
