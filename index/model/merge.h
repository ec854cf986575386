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
