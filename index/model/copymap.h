/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where in its source a copied file was: the rules of COPY, backwards.
 *
 * A directory's contents go to the destination; a file goes to the destination, or below it
 * where that ends in '/', is a directory, or takes several sources. The last component of a
 * source is followed if it is a symlink; its components may be patterns (Go's filepath.Match,
 * here fnmatch(3) within a component). Source: Dockerfile reference "COPY", BuildKit
 * solver/llbsolver/file/backend.go docopy(). Pure.
 */
#include "model/node.h"
#include "store/builds.h"

#define COPYMAP_NONE UINT32_MAX

/*
 * The node of the source tree that became `path` (no leading slash) through this edge, if it is
 * there; COPYMAP_NONE if the path is not below the destination or the source has no such node.
 */
uint32_t copymap_find(const struct node *source, const struct build_edge *e, struct bytes path);
/* One component against a pattern. */
bool copymap_component_matches(struct bytes pattern, struct bytes name);
/* Is path the destination of the edge, or below it? */
bool copymap_covers(const struct build_edge *e, struct bytes path);
