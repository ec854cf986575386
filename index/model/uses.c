/* SPDX-License-Identifier: MIT */
#include "model/uses.h"

void uses_release(struct uses *u)
{
	use_chain_vec_release(&u->chains);
	use_vec_release(&u->uses);
	free(u->layers);
	*u = (struct uses){0};
}

/* ---- chains ---- */

static uint32_t base_layers(const struct catalog_stage *s)
{
	return s && s->s->base_known ? MIN(s->s->base_layers, s->n_layers) : 0;
}

static int add_image(struct uses *u, const struct catalog *c, const struct catalog_image *img)
{
	const struct catalog_stage *s = catalog_stage_of(c, img);
	struct use_chain chain = {.image = img,
				  .stage = s,
				  .layers = img->layers,
				  .n_layers = img->n_layers,
				  .base_layers = base_layers(s),
				  .shipped = !s || s->s->target};

	return use_chain_vec_push(&u->chains, chain);
}

static int add_stages(struct uses *u, const struct catalog *c, const struct catalog_build *b)
{
	for (uint32_t k = 0; b->shown && k < b->n_stages; k++) {
		const struct catalog_stage *s = &b->stages[k];
		struct use_chain chain = {.stage = s,
					  .layers = s->layers,
					  .n_layers = s->n_layers,
					  .base_layers = base_layers(s)};

		if (s->s->image && catalog_image(c, s->s->image))
			continue;
		if (use_chain_vec_push(&u->chains, chain) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int list_chains(struct uses *u, const struct catalog *c)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_images; i++)
		if (c->images[i].name)
			r = add_image(u, c, &c->images[i]);
	for (size_t i = 0; r == 0 && i < c->n_builds; i++)
		r = add_stages(u, c, &c->builds[i]);
	return r;
}

/* ---- layers ---- */

uint32_t uses_find(const struct uses *u, int64_t layer)
{
	uint32_t lo = 0, hi = u->n_layers;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (u->layers[mid].id == layer)
			return mid;
		if (u->layers[mid].id < layer)
			lo = mid + 1;
		else
			hi = mid;
	}
	return USES_NONE;
}

static int compare_layers(const void *pa, const void *pb)
{
	const struct used_layer *a = pa, *b = pb;

	return (a->id > b->id) - (a->id < b->id);
}

/* Every layer of the chains once. The catalog's own list has those of images only, where a
 * mount shows a part of the index. */
static int list_layers(struct uses *u, const struct catalog *c)
{
	size_t n = 0, kept = 0;

	vec_foreach (chain, &u->chains)
		n += chain->n_layers;
	u->layers = calloc(n + 1, sizeof(*u->layers));
	if (!u->layers)
		return -ENOMEM;
	n = 0;
	vec_foreach (chain, &u->chains)
		for (uint32_t i = 0; i < chain->n_layers; i++)
			if (chain->layers[i].layer)
				u->layers[n++] =
				    (struct used_layer){.id = chain->layers[i].layer,
							.diff_id = chain->layers[i].diff_id};
	qsort(u->layers, n, sizeof(*u->layers), compare_layers);
	for (size_t i = 0; i < n; i++)
		if (!kept || u->layers[kept - 1].id != u->layers[i].id)
			u->layers[kept++] = u->layers[i];
	u->n_layers = (uint32_t)kept;
	for (size_t i = 0; i < kept; i++) {
		const struct catalog_stored_layer *l = catalog_stored_layer(c, u->layers[i].id);

		u->layers[i].entries = l ? l->entries : 0;
	}
	return 0;
}

static int list_uses(struct uses *u)
{
	for (uint32_t k = 0; k < u->chains.n; k++) {
		const struct use_chain *chain = &u->chains.v[k];

		for (uint32_t i = 0; i < chain->n_layers; i++) {
			struct use at = {uses_find(u, chain->layers[i].layer), k, i + 1};
			struct used_layer *l;

			if (at.layer == USES_NONE)
				continue;
			if (use_vec_push(&u->uses, at) < 0)
				return -ENOMEM;
			l = &u->layers[at.layer];
			if (!l->instruction.len)
				l->instruction = chain->layers[i].instruction;
		}
	}
	return 0;
}

static int compare(const void *pa, const void *pb)
{
	const struct use *a = pa, *b = pb;

	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	if (a->chain != b->chain)
		return a->chain < b->chain ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

static void slice(struct uses *u)
{
	if (u->uses.n)
		qsort(u->uses.v, u->uses.n, sizeof(*u->uses.v), compare);
	for (uint32_t i = 0; i < u->uses.n; i++) {
		struct used_layer *l = &u->layers[u->uses.v[i].layer];

		if (l->n++ == 0)
			l->first = i;
	}
}

int uses_make(const struct catalog *c, struct uses *ret)
{
	int r;

	*ret = (struct uses){0};
	r = list_chains(ret, c);
	if (r == 0)
		r = list_layers(ret, c);
	if (r == 0)
		r = list_uses(ret);
	if (r < 0) {
		uses_release(ret);
		return r;
	}
	slice(ret);
	return 0;
}

int uses_place(const struct uses *u, const struct use *at, struct buf *ret)
{
	const struct use_chain *chain = &u->chains.v[at->chain];
	const struct catalog_layer *l = &chain->layers[at->position - 1];

	if (chain->image)
		buf_addf(ret, "images/%s", chain->image->name);
	else
		buf_addf(ret, "stages/%s/%s", chain->stage->build->name, chain->stage->name);
	return buf_addf(ret, "/layers/%s-%s", l->nn, l->slug);
}
