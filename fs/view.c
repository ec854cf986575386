/* SPDX-License-Identifier: MIT */
#include "fs/view.h"

#include "model/dup_tree.h"
#include "model/image_part.h"
#include "model/stage_tree.h"

static int open_tree(struct forest *f, const struct view_id *id, struct view *ret)
{
	int r = forest_tree(f, id->id, id->pos, &ret->tree, NULL);

	if (r < 0)
		return r;
	ret->nodes = ret->tree->nodes;
	ret->n = ret->tree->n;
	return 0;
}

static int open_layer(struct forest *f, int64_t layer, bool bottom, struct view *ret)
{
	int r = forest_layer(f, layer, &ret->layer, NULL);

	if (r < 0)
		return r;
	ret->nodes = ret->layer->nodes;
	ret->n = ret->layer->n;
	ret->raw = true;
	ret->bottom = bottom;
	return 0;
}

static int open_position(struct forest *f, const struct catalog *c, const struct view_id *id,
			 struct view *ret)
{
	const struct catalog_image *i = catalog_image(c, id->id);

	if (!i || id->pos < 1 || id->pos > i->n_layers || !i->layers[id->pos - 1].layer)
		return -ESTALE;
	return open_layer(f, i->layers[id->pos - 1].layer, id->pos == 1, ret);
}

static int open_part(struct forest *f, const struct catalog *c, const struct catalog_stage *s,
		     enum stage_part part, uint32_t code, struct view *ret)
{
	int r = s ? stage_part(f, c, s, part, code, &ret->tree, NULL) : -ESTALE;

	if (r < 0)
		return r;
	ret->nodes = ret->tree->nodes;
	ret->n = ret->tree->n;
	return 0;
}

static int open_stage(struct forest *f, const struct catalog *c, const struct view_id *id,
		      struct view *ret)
{
	const struct catalog_stage *s = catalog_stage(c, id->id);
	int r;

	if (!s || id->pos > s->n_layers)
		return -ESTALE;
	switch (id->kind) {
	case VIEW_STAGE_LAYER:
		if (id->pos < 1 || !s->layers[id->pos - 1].layer)
			return -ESTALE;
		return open_layer(f, s->layers[id->pos - 1].layer, id->pos == 1, ret);
	case VIEW_STAGE_DIFF:
		return open_part(f, c, s, STAGE_DIFF, 0, ret);
	case VIEW_LEFT:
		return open_part(f, c, s, STAGE_LEFT, 0, ret);
	default:
		break;
	}
	r = forest_stage_tree(f, id->id, id->pos, &ret->tree, NULL);
	if (r < 0)
		return r;
	ret->nodes = ret->tree->nodes;
	ret->n = ret->tree->n;
	return 0;
}

static int open_image_from(struct forest *f, const struct catalog *c, const struct view_id *id,
			   struct view *ret)
{
	const struct catalog_image *i = catalog_image(c, id->id);

	return i ? open_part(f, c, catalog_stage_of(c, i), STAGE_FROM, id->pos, ret) : -ESTALE;
}

static int open_image_part(struct forest *f, const struct catalog *c, const struct view_id *id,
			   enum image_part part, struct view *ret)
{
	const struct catalog_image *i = catalog_image(c, id->id);
	int r = i ? image_part(f, c, i, part, &ret->tree, NULL) : -ESTALE;

	if (r < 0)
		return r;
	ret->nodes = ret->tree->nodes;
	ret->n = ret->tree->n;
	return 0;
}

static int open_stored(struct forest *f, const struct catalog *c, const struct view_id *id,
		       struct view *ret)
{
	const struct catalog_stored_layer *l = catalog_stored_layer(c, id->id);

	return l ? open_layer(f, l->id, l->bottom_only, ret) : -ESTALE;
}

/* What the index held in an older generation is not told as if it were now. */
static int open_duplicates(struct forest *f, const struct catalog *c, const struct view_id *id,
			   struct view *ret)
{
	int r = id->id == c->generation + 1 ? dup_tree(f, c, &ret->tree, NULL) : -ESTALE;

	if (r < 0)
		return r;
	ret->nodes = ret->tree->nodes;
	ret->n = ret->tree->n;
	return 0;
}

int view_open(struct forest *f, const struct catalog *c, const struct view_id *id,
	      struct view *ret)
{
	*ret = (struct view){.id = *id};
	switch (id->kind) {
	case VIEW_ROOTFS:
	case VIEW_STEP:
		return catalog_image(c, id->id) ? open_tree(f, id, ret) : -ESTALE;
	case VIEW_IMAGE_LAYER:
		return open_position(f, c, id, ret);
	case VIEW_LAYER:
		return open_stored(f, c, id, ret);
	case VIEW_STAGE_ROOTFS:
	case VIEW_STAGE_LAYER:
	case VIEW_STAGE_DIFF:
	case VIEW_LEFT:
		return open_stage(f, c, id, ret);
	case VIEW_FROM:
		return open_part(f, c, catalog_stage(c, id->id), STAGE_FROM, id->pos, ret);
	case VIEW_IMAGE_FROM:
		return open_image_from(f, c, id, ret);
	case VIEW_DUPLICATES:
		return open_duplicates(f, c, id, ret);
	case VIEW_WASTED:
		return open_image_part(f, c, id, IMAGE_WASTED, ret);
	case VIEW_VERSIONS:
		return open_image_part(f, c, id, IMAGE_VERSIONS, ret);
	}
	return -ESTALE;
}

void view_release(struct view *v)
{
	if (v->tree)
		tree_unref(v->tree);
	if (v->layer)
		layer_unref(v->layer);
	*v = (struct view){0};
}

bool view_shows(const struct view *v, const struct node *n)
{
	return !(v->bottom && n->kind == ENTRY_LINK_LOWER);
}

uint32_t view_child(const struct view *v, uint32_t dir, struct bytes name)
{
	uint32_t i = node_child(v->nodes, dir, name);

	return i && view_shows(v, &v->nodes[i]) ? i : 0;
}
