/* SPDX-License-Identifier: MIT */
#include "util/arena.h"

struct arena_block {
	struct arena_block *next;
	char data[];
};

#define ARENA_BLOCK ((size_t)65536)

void arena_release(struct arena *a)
{
	struct arena_block *b = a->head;

	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	memset(a, 0, sizeof(*a));
}

char *arena_dup(struct arena *a, const void *p, size_t n)
{
	size_t need, bytes;
	char *out;

	if (add_overflows(n, 1, &need))
		return NULL;
	if (!a->head || a->cap - a->used < need) {
		size_t cap = MAX(need, ARENA_BLOCK);
		struct arena_block *b = NULL;

		if (!add_overflows(cap, sizeof(*b), &bytes))
			b = malloc(bytes);
		if (!b)
			return NULL;
		b->next = a->head;
		a->head = b;
		a->used = 0;
		a->cap = cap;
		a->total += cap;
	}
	out = a->head->data + a->used;
	if (n)
		memcpy(out, p, n);
	out[n] = 0;
	a->used += need;
	return out;
}

struct bytes arena_bytes(struct arena *a, struct bytes s)
{
	char *p = arena_dup(a, s.ptr, s.len);

	return p ? bytes_make(p, s.len) : BYTES_NULL;
}
