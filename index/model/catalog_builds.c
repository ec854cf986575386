/* SPDX-License-Identifier: MIT */
#include "model/catalog_internal.h"

#include "util/escape.h"

#include <stdio.h>

#define LISTED_MAX 12

static const struct build_instruction *instruction_at(const struct build_stage *s,
						      uint32_t position)
{
	for (uint32_t k = 0; k < s->n_instructions; k++)
		if (s->instructions[k].position == position)
			return &s->instructions[k];
	return NULL;
}

const char *catalog_stage_slug(const struct build_stage *s, uint32_t position,
			       struct arena *arena)
{
	const struct build_instruction *i = instruction_at(s, position);
	_cleanup_(buf_release) struct buf slug = BUF_INIT;
	struct instruction in = {.text = BUF_INIT};
	const char *ret = NULL;

	if (!i)
		return arena_dup(arena, "layer", 5);
	snprintf(in.keyword, sizeof(in.keyword), "%s", i->keyword);
	buf_add_bytes(&in.text, i->text);
	if (buf_status(&in.text) == 0 && history_slug(&in, &slug) == 0)
		ret = arena_dup(arena, buf_str(&slug), slug.len);
	instruction_release(&in);
	return ret;
}

/* How many layers the chain of a stage shares with an image, from the first on. */
static uint32_t common_layers(const struct build_stage *s, const struct catalog_image *img)
{
	uint32_t n = 0;

	while (n < s->n_layers && n < img->n_layers &&
	       strcmp(s->layers[n].diff_id, img->layers[n].diff_id) == 0)
		n++;
	return n;
}

/* Images that share the chain know how its layers are stored and what made them. */
static void copy_from_images(const struct catalog *c, struct catalog_stage *st)
{
	uint32_t filled = 0;

	for (size_t i = 0; i < c->n_images && filled < st->n_layers; i++)
		for (uint32_t n = common_layers(st->s, &c->images[i]); filled < n; filled++)
			st->layers[filled] = c->images[i].layers[filled];
}

static int fill_layer(struct catalog *c, struct catalog_stage *st, uint32_t k)
{
	struct catalog_layer *l = &st->layers[k];
	const struct build_instruction *i = instruction_at(st->s, k + 1);

	if (!l->diff_id)
		*l = (struct catalog_layer){.layer = st->s->layers[k].layer,
					    .diff_id = st->s->layers[k].diff_id,
					    .blob_bytes = -1,
					    .slug = "layer"};
	l->position = k + 1;
	/* The stage's own words, where it has some: a Dockerfile says more than history. */
	if (i) {
		l->instruction = i->text;
		l->slug = catalog_stage_slug(st->s, k + 1, &c->arena);
	}
	snprintf(l->nn, sizeof(l->nn), "%0*u",
		 st->n_layers < 100    ? 2
		 : st->n_layers < 1000 ? 3
				       : 4,
		 k + 1);
	return l->slug ? 0 : -ENOMEM;
}

static int make_stage(struct catalog *c, struct catalog_build *b, uint32_t k)
{
	struct catalog_stage *st = &b->stages[k];

	*st = (struct catalog_stage){.s = &b->b->stages[k],
				     .build = b,
				     .index = k,
				     .name = b->b->stages[k].name,
				     .n_layers = b->b->stages[k].n_layers};
	st->layers = calloc(st->n_layers + 1, sizeof(*st->layers));
	if (!st->layers)
		return -ENOMEM;
	copy_from_images(c, st);
	for (uint32_t n = 0; n < st->n_layers; n++)
		if (fill_layer(c, st, n) < 0)
			return -ENOMEM;
	return 0;
}

/* The final image's name; of builds without one, their own, told apart by the id. */
static int name_build(struct catalog *c, struct catalog_build *b)
{
	const struct catalog_image *img = catalog_image(c, b->b->image);
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	if (img) {
		b->name = img->name;
		return 0;
	}
	if (naming_component(bytes_from_str(*b->b->name ? b->b->name : "build"), &name) < 0)
		return -ENOMEM;
	buf_addf(&name, "~build%lld", (long long)b->b->id);
	b->name = arena_dup(&c->arena, buf_str(&name), name.len);
	return b->name ? 0 : -ENOMEM;
}

static int compare_names(const void *pa, const void *pb)
{
	const struct catalog_build *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

int catalog_make_builds(struct catalog *c, bool only)
{
	size_t n = c->build_set.builds.n;

	c->builds = calloc(n + 1, sizeof(*c->builds));
	if (!c->builds)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct catalog_build *b = &c->builds[i];

		b->b = &c->build_set.builds.v[i];
		b->shown = b->b->image ? catalog_image(c, b->b->image) != NULL : !only;
		if (name_build(c, b) < 0)
			return -ENOMEM;
	}
	c->n_builds = n;
	qsort(c->builds, n, sizeof(*c->builds), compare_names);
	for (size_t i = 0; i < n; i++) {
		struct catalog_build *b = &c->builds[i];

		b->stages = calloc(b->b->n_stages + 1, sizeof(*b->stages));
		if (!b->stages)
			return -ENOMEM;
		while (b->n_stages < b->b->n_stages)
			if (make_stage(c, b, b->n_stages++) < 0)
				return -ENOMEM;
	}
	return 0;
}

void catalog_free_builds(struct catalog *c)
{
	for (size_t i = 0; i < c->n_builds; i++) {
		for (uint32_t k = 0; k < c->builds[i].n_stages; k++)
			free(c->builds[i].stages[k].layers);
		free(c->builds[i].stages);
	}
	free(c->builds);
	build_set_release(&c->build_set);
}

/* ---- looking things up ---- */

const struct catalog_build *catalog_build(const struct catalog *c, int64_t id)
{
	for (size_t i = 0; i < c->n_builds; i++)
		if (c->builds[i].b->id == id)
			return &c->builds[i];
	return NULL;
}

const struct catalog_stage *catalog_stage(const struct catalog *c, int64_t id)
{
	for (size_t i = 0; i < c->n_builds; i++)
		for (uint32_t k = 0; k < c->builds[i].n_stages; k++)
			if (c->builds[i].stages[k].s->id == id)
				return &c->builds[i].stages[k];
	return NULL;
}

const struct catalog_stage *catalog_stage_of(const struct catalog *c,
					     const struct catalog_image *img)
{
	const struct catalog_stage *member = NULL;

	for (size_t i = 0; i < c->n_builds; i++)
		for (uint32_t k = 0; k < c->builds[i].n_stages; k++) {
			const struct catalog_stage *st = &c->builds[i].stages[k];

			if (st->s->image != img->id)
				continue;
			if (c->builds[i].b->image == img->id && st->s->target)
				return st;
			if (!member)
				member = st;
		}
	return member;
}

/* buildah looks for a name without a registry among its own images first. */
static const struct catalog_image *local_image(const struct catalog *c, const char *reference)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	const struct catalog_image *img = NULL;

	buf_addf(&name, "localhost/%s", reference);
	if (buf_status(&name) < 0 || catalog_resolve(c, buf_bytes(&name), &img, NULL) < 0)
		return NULL;
	return img;
}

const struct catalog_image *catalog_image_named(const struct catalog *c, const char *reference)
{
	const struct catalog_image *img = NULL;

	if (!reference)
		return NULL;
	if (catalog_resolve(c, naming_normalise(bytes_from_str(reference)), &img, NULL) < 0)
		return local_image(c, reference);
	return img;
}

uint32_t catalog_stage_position(const struct catalog_stage *s, int64_t layer)
{
	for (uint32_t k = s->n_layers; k > 0; k--)
		if (layer && s->layers[k - 1].layer == layer)
			return k;
	return 0;
}

const struct catalog_stage *catalog_stage_maker(const struct catalog_stage *s,
						uint32_t position)
{
	/* A base stands before what stands on it, so this ends. */
	while (s && s->s->base_known && position <= s->s->base_layers) {
		bool stage = s->s->base_kind == BASE_STAGE && s->s->base_stage < s->index;

		s = stage ? &s->build->stages[s->s->base_stage] : NULL;
	}
	return s;
}

static int no_stage(const struct catalog_build *b, struct bytes name, struct err *err)
{
	_cleanup_(buf_release) struct buf list = BUF_INIT;
	char shown[100];

	for (uint32_t k = 0; k < b->n_stages && k < LISTED_MAX; k++)
		buf_addf(&list, "%s%s", k ? ", " : "", b->stages[k].name);
	return err_set(err, ENOENT, "%s: no stage '%s' (there are: %s)", b->name,
		       escape_short(name, shown, sizeof(shown)), buf_str(&list));
}

int catalog_resolve_stage(const struct catalog *c, struct bytes text,
			  const struct catalog_stage **ret, struct err *err)
{
	size_t hash = bytes_find(text, '#');
	const struct catalog_image *img;
	const struct catalog_stage *own;
	int r = catalog_resolve(c, bytes_make(text.ptr, hash), &img, err);

	if (r < 0)
		return r;
	own = catalog_stage_of(c, img);
	if (!own)
		return err_set(err, ENOENT, "%s: its stages are not known (index it again)",
			       img->name);
	*ret = own;
	if (hash == text.len)
		return 0;
	text = bytes_skip(text, hash + 1);
	for (uint32_t k = 0; k < own->build->n_stages; k++)
		if (bytes_equal(bytes_from_str(own->build->stages[k].name), text)) {
			*ret = &own->build->stages[k];
			return 0;
		}
	return no_stage(own->build, text, err);
}
