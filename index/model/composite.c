/* SPDX-License-Identifier: MIT */
#include "model/composite.h"

static const struct node plain_dir = {
    .mode = S_IFDIR | 0755, .nlink = 1, .kind = ENTRY_IMPLIED};
const struct node composite_empty_file = {.mode = S_IFREG | 0444, .nlink = 1};

int composite_init(struct composite *c, struct err *err)
{
	int r;

	*c = (struct composite){.own = calloc(1, sizeof(*c->own))};
	if (!c->own)
		return err_oom(err);
	c->own->refs = 1;
	r = nametree_init(&c->names, err);
	if (r == 0 && node_ref_vec_push(&c->nodes, &plain_dir) < 0)
		r = err_oom(err);
	return r;
}

void composite_release(struct composite *c)
{
	nametree_release(&c->names);
	node_ref_vec_release(&c->nodes);
	layer_unref(c->own);
}

int composite_put(struct composite *c, uint32_t parent, struct bytes name,
		  const struct node *node, uint32_t *ret, struct err *err)
{
	uint32_t at = nametree_find(&c->names, parent, name);
	int r = at ? 0 : nametree_add(&c->names, parent, name, &at, err);

	if (r < 0)
		return r;
	nametree_at(&c->names, at)->item = (uint32_t)c->nodes.n;
	if (node_ref_vec_push(&c->nodes, node ? node : &plain_dir) < 0)
		return err_oom(err);
	*ret = at;
	return 0;
}

static void freeze_node(const struct composite *c, const struct name_slot *slot,
			struct node *ret)
{
	const struct name_node *name = nametree_at(&c->names, slot->node);

	*ret = *c->nodes.v[name->item];
	ret->name = name->name;
	ret->name_len = name->len;
	ret->parent = slot->parent;
	if (node_is_dir(ret)) {
		ret->first = slot->first;
		ret->count = slot->count;
	}
}

static int take_layers(const struct composite *c, const struct tree *of, struct tree *t)
{
	t->layers = calloc((size_t)of->n_layers + 1, sizeof(struct layer *));
	if (!t->layers)
		return -ENOMEM;
	for (; t->n_layers < of->n_layers; t->n_layers++) {
		struct layer *l = of->layers[t->n_layers];

		t->layers[t->n_layers] = l ? layer_ref(l) : NULL;
	}
	t->layers[t->n_layers++] = layer_ref(c->own);
	return 0;
}

int composite_freeze(struct composite *c, const struct tree *of, struct tree **ret,
		     struct err *err)
{
	_cleanup_(name_slot_vec_release) struct name_slot_vec slots = {0};
	_cleanup_(tree_unrefp) struct tree *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return err_oom(err);
	t->refs = 1;
	r = nametree_number(&c->names, &slots, err);
	if (r < 0)
		return r;
	if (slots.n > ENTRY_SEQ_MAX)
		return err_set(err, EFBIG, "a derived tree has over %u entries", ENTRY_SEQ_MAX);
	t->nodes = calloc(slots.n, sizeof(*t->nodes));
	if (!t->nodes || take_layers(c, of, t) < 0)
		return err_oom(err);
	for (; t->n < slots.n; t->n++)
		freeze_node(c, &slots.v[t->n], &t->nodes[t->n]);
	*ret = steal_ptr(&t);
	return 0;
}
