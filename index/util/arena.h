/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct arena: many small byte strings that die together.
 *
 * Strings are kept in blocks that never move, so a pointer handed out stays good until
 * arena_release(). Not for objects with alignment needs beyond bytes: use a vec.
 */
#include "util/bytes.h"

struct arena {
	struct arena_block *head;
	size_t used, cap; /* of the head block */
	size_t total;     /* bytes allocated in all blocks */
};

void arena_release(struct arena *a);
/* Copies n bytes and a NUL behind them. NULL when out of memory. */
char *arena_dup(struct arena *a, const void *p, size_t n);
/* The same as a struct bytes; {NULL, 0} when out of memory and n > 0. */
struct bytes arena_bytes(struct arena *a, struct bytes s);
