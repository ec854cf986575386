/* SPDX-License-Identifier: MIT */
#include "model/sharing.h"

/* Are all layers of a the first ones of b, which has more? */
static bool begins(const struct catalog_image *a, const struct catalog_image *b)
{
	if (!a->n_layers || a->n_layers >= b->n_layers)
		return false;
	for (uint32_t k = 0; k < a->n_layers; k++)
		if (strcmp(a->layers[k].diff_id, b->layers[k].diff_id) != 0)
			return false;
	return true;
}

static const struct catalog_image *find_base(const struct catalog *c,
					     const struct catalog_image *img)
{
	const struct catalog_image *best = NULL;

	for (size_t i = 0; i < c->n_images; i++)
		if (begins(&c->images[i], img) &&
		    (!best || c->images[i].n_layers > best->n_layers))
			best = &c->images[i];
	return best;
}

/* The stored layer at a position, NULL if it is absent or stands at a lower one too. */
static const struct catalog_stored_layer *layer_at(const struct catalog *c,
						   const struct catalog_image *img, uint32_t at)
{
	for (uint32_t k = 0; k < at; k++)
		if (img->layers[k].layer == img->layers[at].layer)
			return NULL;
	return catalog_stored_layer(c, img->layers[at].layer);
}

struct sharing sharing_of(const struct catalog *c, const struct catalog_image *img)
{
	struct sharing s = {.base = find_base(c, img)};
	uint32_t own = s.base ? s.base->n_layers : 0;

	for (uint32_t i = 0; i < img->n_layers; i++) {
		const struct catalog_stored_layer *l = layer_at(c, img, i);

		if (!l)
			continue;
		s.content += l->content_bytes;
		s.unique += l->images == 1 ? l->content_bytes : 0;
		s.added += i >= own ? l->content_bytes : 0;
	}
	s.shared = s.content - s.unique;
	return s;
}

struct sharing_totals sharing_totals(const struct catalog *c)
{
	struct sharing_totals t = {0};

	for (size_t i = 0; i < c->n_layers; i++) {
		const struct catalog_stored_layer *l = &c->layers[i];

		t.content += l->content_bytes;
		t.unique += l->images == 1 ? l->content_bytes : 0;
		t.shared += l->images > 1 ? l->content_bytes : 0;
		t.stages_only += l->images == 0 ? l->content_bytes : 0;
	}
	return t;
}
