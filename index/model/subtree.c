/* SPDX-License-Identifier: MIT */
#include "model/subtree.h"

/* Nodes are breadth first: parents stand before their children. */
static uint32_t mark(const struct tree *t, const bool *keep, uint32_t *to)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		to[i] = keep[i] || i == 0;
	for (uint32_t i = t->n; i-- > 1;)
		if (to[i])
			to[t->nodes[i].parent] = 1;
	for (uint32_t i = 0; i < t->n; i++)
		to[i] = to[i] ? n++ : UINT32_MAX;
	return n;
}

/* The order stays, so the children of a directory stay neighbours and sorted. */
static void copy_nodes(const struct tree *t, const uint32_t *to, struct node *out)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct node *n;

		if (to[i] == UINT32_MAX)
			continue;
		n = &out[to[i]];
		*n = t->nodes[i];
		n->parent = to[t->nodes[i].parent];
		if (node_is_dir(n))
			n->first = n->count = 0;
		if (to[i] == 0)
			continue;
		if (out[n->parent].count++ == 0)
			out[n->parent].first = to[i];
	}
}

int subtree_make(struct tree *t, const bool *keep, struct tree **ret, struct err *err)
{
	_cleanup_free_ uint32_t *to = calloc(t->n + 1, sizeof(*to));
	struct tree *made = to ? tree_new(mark(t, keep, to), t->layers, t->n_layers) : NULL;

	if (!made)
		return err_oom(err);
	copy_nodes(t, to, made->nodes);
	*ret = made;
	return 0;
}
