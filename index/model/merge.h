/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Merging layers into a tree: the one place with whiteout, opaque and hard-link rules. The
 * rule table is at the top of merge.c.
 *
 * Source: OCI image-spec layer.md "Applying Changesets", "Whiteouts", "Opaque Whiteout".
 */
#include "model/tree.h"

/* What merging found that runtimes treat differently; may be NULL. */
typedef void (*merge_finding_fn)(void *arg, enum finding f, int64_t layer, struct bytes path);

/* layers: lowest first, NULL for absent ones; references are taken. */
int merge_layers(struct layer *const *layers, uint32_t n, merge_finding_fn finding, void *arg,
		 struct tree **ret, struct err *err) _must_check_;

/*
 * What becomes of the names of the tree, layer upon layer: for whoever wants to know who hid
 * what (model/versions.h). A name is told by a number of its own; one that was hidden and is
 * there again has another number. Of one layer all that it hides by whiteouts comes first.
 */
enum merge_how {
	MERGE_SHOWN, /* the name stands for an entry of this layer, or one that it links to */
	MERGE_WHITEOUT, /* gone: a whiteout names it, or a directory above it */
	MERGE_OPAQUE,   /* gone: below an opaque directory */
	MERGE_REPLACED, /* gone: something else stands where a directory above it was */
};
struct merge_event {
	enum merge_how how;
	uint32_t position; /* of the layer, from 0 */
	uint32_t by;       /* its node: the entry, the whiteout, the marker, the replacement */
	uint32_t name, parent; /* numbers; the root is 0 and in itself */
	struct bytes text;     /* the name's last component, in memory of some layer */
	/* SHOWN: the entry; of a link to a lower layer the one it leads to. */
	uint32_t source_position, source_node;
};
/* 0 or -errno, which ends the merging. */
typedef int (*merge_event_fn)(void *arg, const struct merge_event *e);

/* Merges without keeping a tree. */
int merge_watch(struct layer *const *layers, uint32_t n, merge_event_fn event, void *arg,
		struct err *err) _must_check_;
