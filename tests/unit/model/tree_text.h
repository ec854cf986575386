/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Layers and trees as text, so that tests of them can be read.
 *
 * A layer is written as tar members, one a line, in tar order:
 *
 *     dir PATH [MODE]      file PATH N      sym PATH TARGET      link PATH TARGET
 *     fifo PATH            chr PATH MAJOR MINOR
 *
 * N stands for the content: size and mtime. "." is the root. Neither path nor target hold
 * blanks. A tree comes out as one line per node in path order:
 *
 *     a/ 755     a/ implied     f =7     f =7 x2 (two names)     s -> target     p |
 *     c 1:3      g => target (link into a lower layer)
 *
 * with " whiteout", " opaque" or " meta" behind those that are.
 */
#include "model/layer_internal.h"
#include "model/merge.h"
#include "test.h"
#include "util/buf.h"

#define TEXT_LAYERS_MAX 4

/* The member of one line; false at the end of the text. */
bool text_next_member(const char **text, struct layer_member *ret);

/* Findings are appended as "code path\n"; may be NULL. */
struct layer *text_layer(int64_t id, const char *members, struct buf *findings);
/* The layer that a builder has in it. */
struct layer *text_finish(struct layer_builder *b, int64_t id, struct layer_totals *ret);
int text_finding(void *arg, enum finding f, struct bytes path, const char *detail,
		 struct err *err);

/* The layers with ids from 1, merged. Findings are appended as "code layer path\n". */
struct tree *text_merge(const char *const *texts, uint32_t n, struct buf *findings);

/* The tree as text; the caller frees. */
char *text_of(const struct node *nodes, uint32_t n);

/* The invariants every tree has: children contiguous, sorted, inside. */
void assert_well_formed(const struct node *nodes, uint32_t n);
