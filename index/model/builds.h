/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Deriving builds: from everything the index holds to a struct build_set (store/builds.h).
 *
 * In short: images that a provenance or a Dockerfile is about become builds with its stages;
 * what is left is grouped by repository, chains and content; an image that nothing is known of
 * is a build of one stage, "final". Every image is the final image of a build or a stage of
 * one. Rules and trust: DESIGN section 2. The parts: model/stage_draft.h.
 *
 * A function of the index only: called inside the publishing transaction, and whenever the same
 * rows are there it gives the same builds.
 */
#include "store/builds.h"

int builds_derive(struct db *db, struct build_set *ret, struct err *err) _must_check_;
/* Derives and saves. 1: something changed. */
int builds_update(struct db *db, struct err *err) _must_check_;
