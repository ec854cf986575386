/* SPDX-License-Identifier: MIT */
#include "model/chain.h"

#include <xxhash.h>

#define FIRST_SLOTS 64

int chains_init(struct chains *c)
{
	*c = (struct chains){.cap = FIRST_SLOTS / 2, .slots = FIRST_SLOTS, .n = 1};
	c->nodes = calloc(c->cap, sizeof(*c->nodes));
	c->table = calloc(c->slots, sizeof(*c->table));
	if (c->nodes && c->table)
		return 0;
	chains_release(c);
	return -ENOMEM;
}

void chains_release(struct chains *c)
{
	free(c->nodes);
	free(c->table);
	*c = (struct chains){0};
}

/* The slot that holds (parent, diff_id), or the free one where it belongs. */
static uint32_t *slot_of(uint32_t *table, uint32_t slots, const struct chain_node *nodes,
			 uint32_t parent, struct bytes diff_id)
{
	uint64_t at = XXH3_64bits_withSeed(diff_id.ptr, diff_id.len, parent);

	for (;; at++) {
		uint32_t *slot = &table[at & (slots - 1)];

		if (!*slot || (nodes[*slot].parent == parent &&
			       bytes_equal(nodes[*slot].diff_id, diff_id)))
			return slot;
	}
}

uint32_t chains_find(const struct chains *c, uint32_t parent, struct bytes diff_id)
{
	uint32_t at = *slot_of(c->table, c->slots, c->nodes, parent, diff_id);

	return at ? at : CHAIN_NONE;
}

/* At most half of the slots are used. */
static int grow(struct chains *c)
{
	uint32_t cap = c->cap * 2, slots = c->slots * 2;
	struct chain_node *nodes;
	uint32_t *table;

	if (cap > UINT32_MAX / 4)
		return -ENOMEM;
	nodes = reallocarray(c->nodes, cap, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	c->nodes = nodes;
	table = calloc(slots, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (uint32_t i = 1; i < c->n; i++)
		*slot_of(table, slots, nodes, nodes[i].parent, nodes[i].diff_id) = i;
	free(c->table);
	c->table = table;
	c->cap = cap;
	c->slots = slots;
	return 0;
}

int chains_add(struct chains *c, uint32_t parent, struct bytes diff_id, int64_t layer,
	       uint32_t *ret)
{
	uint32_t *slot;

	if (c->n == c->cap && grow(c) < 0)
		return -ENOMEM;
	slot = slot_of(c->table, c->slots, c->nodes, parent, diff_id);
	if (!*slot) {
		c->nodes[c->n] =
		    (struct chain_node){parent, c->nodes[parent].depth + 1, diff_id, layer};
		*slot = c->n++;
	}
	if (!c->nodes[*slot].layer)
		c->nodes[*slot].layer = layer;
	*ret = *slot;
	return 0;
}

uint32_t chains_prefix(const struct chains *c, uint32_t node, uint32_t depth)
{
	while (c->nodes[node].depth > depth)
		node = c->nodes[node].parent;
	return node;
}
