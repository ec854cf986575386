/* SPDX-License-Identifier: MIT */
#include "image_tree.h"

#include <string.h>

void image_tree_release(struct image_tree *t)
{
	if (t->tree)
		tree_unref(t->tree);
	if (t->layer)
		layer_unref(t->layer);
	memset(t, 0, sizeof(*t));
}

int image_tree_open_at(struct session *s, const struct catalog_image *img, uint32_t position,
		       struct image_tree *ret, struct err *err)
{
	struct forest *forest;
	int r = session_forest(s, &forest, err);

	memset(ret, 0, sizeof(*ret));
	if (r < 0)
		return r;
	if (position == 0) {
		r = forest_tree(forest, img->id, img->n_layers, &ret->tree, err);
		if (r == 0)
			*ret = (struct image_tree){ret->tree, NULL, ret->tree->nodes,
						   ret->tree->n};
		return r;
	}
	if (!img->layers[position - 1].layer)
		return err_set(err, ENOENT, "layer %u of %s is not in the archive", position,
			       img->name);
	r = forest_layer(forest, img->layers[position - 1].layer, &ret->layer, err);
	if (r == 0)
		*ret = (struct image_tree){NULL, ret->layer, ret->layer->nodes, ret->layer->n};
	return r;
}

/* "5", "05" or "05-RUN-npm-ci" to a position. */
static int find_position(const struct catalog_image *img, const char *text, uint32_t *ret,
			 struct err *err)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || (*end && *end != '-') || n < 1 || n > img->n_layers)
		return err_set(err, EINVAL, "%s has no layer '%s' (it has 1 to %u)", img->name,
			       text, img->n_layers);
	*ret = (uint32_t)n;
	return 0;
}

int image_tree_open(struct session *s, const char *image, const char *layer,
		    struct image_tree *ret, struct err *err)
{
	const struct catalog_image *img;
	uint32_t position = 0;
	int r = session_image(s, image, &img, err);

	if (r == 0 && layer)
		r = find_position(img, layer, &position, err);
	return r < 0 ? r : image_tree_open_at(s, img, position, ret, err);
}
