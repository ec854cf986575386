/* SPDX-License-Identifier: MIT */
#include "model/tree.h"

#include "model/nametree.h"
#include "util/buf.h"

struct tree *tree_new(uint32_t n, struct layer *const *layers, uint32_t n_layers)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->refs = 1;
	t->nodes = calloc(MAX(n, 1u), sizeof(*t->nodes));
	t->layers = calloc((size_t)n_layers + 1, sizeof(struct layer *));
	if (!t->nodes || !t->layers) {
		tree_unref(t);
		return NULL;
	}
	t->n = n;
	for (; t->n_layers < n_layers; t->n_layers++) {
		struct layer *l = layers[t->n_layers];

		t->layers[t->n_layers] = l ? layer_ref(l) : NULL;
	}
	return t;
}

void tree_place(struct node *node, const struct node *shown, const struct nametree *names,
		const struct name_slot *slot)
{
	const struct name_node *name = nametree_at(names, slot->node);

	*node = *shown;
	node->name = name->name;
	node->name_len = name->len;
	node->parent = slot->parent;
	if (node_is_dir(node)) {
		node->first = slot->first;
		node->count = slot->count;
	}
}

struct tree *tree_ref(struct tree *t)
{
	__atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
	return t;
}

void tree_unref(struct tree *t)
{
	if (!t || __atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (uint32_t i = 0; i < t->n_layers; i++)
		layer_unref(t->layers[i]);
	free(t->layers);
	free(t->nodes);
	free(t);
}

size_t tree_memory(const struct tree *t)
{
	size_t own = 0;

	for (uint32_t i = 0; i < t->n_layers; i++)
		if (t->layers[i] && !t->layers[i]->id)
			own += layer_memory(t->layers[i]);
	return sizeof(*t) + t->n_layers * sizeof(*t->layers) + t->n * sizeof(*t->nodes) + own;
}

/*
 * The node after `at` in path order, 0 at the end; cuts the path back to the directory that
 * holds it. No stack: siblings are neighbours, so parent and index say where to go on.
 */
static uint32_t walk_next(const struct node *nodes, uint32_t at, struct buf *path)
{
	if (node_is_dir(&nodes[at]) && nodes[at].count)
		return nodes[at].first;
	for (; at; at = nodes[at].parent) {
		const struct node *dir = &nodes[nodes[at].parent];

		path->len -= nodes[at].name_len;
		if (path->len)
			path->len--;
		if (at + 1 < dir->first + dir->count)
			return at + 1;
	}
	return 0;
}

int tree_walk(const struct node *nodes, uint32_t n,
	      int (*cb)(void *arg, uint32_t index, struct bytes path), void *arg)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	uint32_t at;
	int r;

	if (n == 0)
		return 0;
	for (at = walk_next(nodes, 0, &path); at; at = walk_next(nodes, at, &path)) {
		if (path.len)
			buf_add_char(&path, '/');
		buf_add_bytes(&path, node_name(&nodes[at]));
		r = buf_status(&path);
		if (r == 0)
			r = cb(arg, at, buf_bytes(&path));
		if (r != 0)
			return r;
	}
	return 0;
}
