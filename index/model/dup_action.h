/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What the author of a Dockerfile can do about content that is stored twice.
 *
 * Advice for the costliest kind of the group's copies: shipped, then across images, then
 * build-only. Nothing is advised where nothing is known that would help: when instructions are
 * not known, when the first copy is the base's, when one copy is a COPY --from of the other.
 */
#include "model/dups.h"

enum dup_action {
	DUP_NOTHING,
	DUP_LINK, /* one layer, or COPY and another path: a link instead of a second file */
	DUP_MERGE_RUNS, /* made by one RUN, moved or rewritten by another */
	DUP_COPY_CHOWN, /* copied, then rewritten by RUN chown or chmod */
	DUP_SHARE_BASE, /* made by two images or stages: by one that both stand on */
	DUP_COPY_FROM,  /* made by the shipped stage and by another: copied from there */
};

/* "link", "merge RUNs", "COPY --chown", "share a base stage", "COPY --from", or NULL. */
const char *dup_action_name(enum dup_action a);
/* copies: of dups_copies. -ENOMEM. */
int dup_action(const struct uses *u, const struct dup_group *g, const struct dup_copy *copies,
	       size_t n, enum dup_action *ret) _must_check_;
