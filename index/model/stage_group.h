/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Which images are one build, where no Dockerfile says it.
 *
 * Images of one repository and platform belong together if one begins the other beyond its
 * base, or if a COPY layer of one holds what the other made (DESIGN 2). The final image is the
 * one that takes from others and that nobody takes from; without such, the newest that nobody
 * stands on. Several finals (versions) each get the stages they really use: a stage image can
 * be in several builds.
 */
#include "model/facts.h"
#include "model/layer_contents.h"
#include "model/stage_draft.h"

struct group {
	uint32_t *images; /* the final one last, each behind those it stands on */
	uint32_t n;
};
DEFINE_VEC(group_vec, struct group)

/* Groups of all images i with !used[i]; an image alone is a group of one. */
int groups_find(struct layer_contents_cache *contents, struct db *db, const struct facts *f,
		const bool *used, struct group_vec *ret, struct err *err) _must_check_;
void groups_release(struct group_vec *g);
