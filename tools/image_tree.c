/* SPDX-License-Identifier: MIT */
#include "image_tree.h"

#include <string.h>

int image_chain_find(struct session *s, const char *text, struct image_chain *ret,
		     struct err *err)
{
	int r;

	*ret = (struct image_chain){0};
	r = session_stage(s, text, &ret->image, &ret->stage, err);
	if (r < 0)
		return r;
	if (ret->image) {
		ret->name = ret->image->name;
		ret->layers = ret->image->layers;
		ret->n_layers = ret->image->n_layers;
		return 0;
	}
	ret->name = ret->stage->name;
	ret->layers = ret->stage->layers;
	ret->n_layers = ret->stage->n_layers;
	return ret->n_layers
		   ? 0
		   : err_set(err, ENOENT, "no input holds the layers of stage %s", ret->name);
}

int image_chain_tree(struct session *s, const struct image_chain *c, struct tree **ret,
		     struct err *err)
{
	struct forest *forest;
	int r = session_forest(s, &forest, err);

	if (r < 0)
		return r;
	return c->image ? forest_tree(forest, c->image->id, c->n_layers, ret, err)
			: forest_stage_tree(forest, c->stage->s->id, c->n_layers, ret, err);
}

void image_tree_release(struct image_tree *t)
{
	if (t->tree)
		tree_unref(t->tree);
	if (t->layer)
		layer_unref(t->layer);
	memset(t, 0, sizeof(*t));
}

int image_tree_open_at(struct session *s, const struct image_chain *c, uint32_t position,
		       struct image_tree *ret, struct err *err)
{
	struct forest *forest;
	int r = session_forest(s, &forest, err);

	memset(ret, 0, sizeof(*ret));
	if (r < 0)
		return r;
	if (position == 0) {
		r = image_chain_tree(s, c, &ret->tree, err);
		if (r == 0)
			*ret = (struct image_tree){ret->tree, NULL, ret->tree->nodes,
						   ret->tree->n};
		return r;
	}
	if (!c->layers[position - 1].layer)
		return err_set(err, ENOENT, "layer %u of %s is not in the archive", position,
			       c->name);
	r = forest_layer(forest, c->layers[position - 1].layer, &ret->layer, err);
	if (r == 0)
		*ret = (struct image_tree){NULL, ret->layer, ret->layer->nodes, ret->layer->n};
	return r;
}

/* "5", "05" or "05-RUN-npm-ci" to a position. */
static int find_position(const struct image_chain *c, const char *text, uint32_t *ret,
			 struct err *err)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || (*end && *end != '-') || n < 1 || n > c->n_layers)
		return err_set(err, EINVAL, "%s has no layer '%s' (it has 1 to %u)", c->name,
			       text, c->n_layers);
	*ret = (uint32_t)n;
	return 0;
}

int image_tree_open(struct session *s, const char *text, const char *layer,
		    struct image_tree *ret, struct err *err)
{
	struct image_chain c;
	uint32_t position = 0;
	int r = image_chain_find(s, text, &c, err);

	if (r == 0 && layer)
		r = find_position(&c, layer, &position, err);
	return r < 0 ? r : image_tree_open_at(s, &c, position, ret, err);
}
