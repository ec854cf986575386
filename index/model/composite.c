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

int composite_freeze(struct composite *c, const struct tree *of, struct tree **ret,
		     struct err *err)
{
	_cleanup_(name_slot_vec_release) struct name_slot_vec slots = {0};
	struct tree *t;
	int r = nametree_number(&c->names, &slots, err);

	if (r < 0)
		return r;
	if (slots.n > ENTRY_SEQ_MAX)
		return err_set(err, EFBIG, "a derived tree has over %u entries", ENTRY_SEQ_MAX);
	t = tree_new((uint32_t)slots.n, of->layers, of->n_layers);
	if (!t)
		return err_oom(err);
	t->layers[t->n_layers++] = layer_ref(c->own);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct name_slot *slot = &slots.v[i];
		uint32_t item = nametree_at(&c->names, slot->node)->item;

		tree_place(&t->nodes[i], c->nodes.v[item], &c->names, slot);
	}
	*ret = t;
	return 0;
}
