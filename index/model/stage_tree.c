/* SPDX-License-Identifier: MIT */
#include "model/stage_tree.h"

#include "model/subtree.h"

#include <stdio.h>

struct making {
	struct forest *f;
	const struct catalog *c;
	const struct catalog_stage *s;
	enum stage_part part;
	uint32_t code;
};

/* ---- codes ---- */

/* Of several edges with one image, the first stands for it. */
static uint32_t image_code(const struct build_stage *s, const char *ref)
{
	for (uint32_t k = 0; k < s->n_edges; k++)
		if (s->edges[k].source == SOURCE_IMAGE && s->edges[k].source_ref && ref &&
		    strcmp(s->edges[k].source_ref, ref) == 0)
			return MIN(ORIGIN_CODE_IMAGE + k, (uint32_t)ORIGIN_CODE_MAX);
	return ORIGIN_CODE_MAX;
}

static uint32_t code_of_word(const struct build_stage *s, const struct origin_word *w)
{
	switch (w->kind) {
	case ORIGIN_BASE:
		return 1;
	case ORIGIN_MADE:
		return 2;
	case ORIGIN_CONTEXT:
		return 3;
	case ORIGIN_STAGE:
		return MIN(ORIGIN_CODE_STAGE + w->stage, (uint32_t)ORIGIN_CODE_IMAGE - 1);
	case ORIGIN_IMAGE:
		return image_code(s, w->name + strlen("image:"));
	default:
		return 4;
	}
}

/* What a layer-making instruction without an edge gives. */
static void note_instructions(const struct build_stage *s, bool fixed[5])
{
	for (uint32_t k = 0; k < s->n_instructions; k++) {
		const struct build_instruction *i = &s->instructions[k];
		bool copy = strcmp(i->keyword, "COPY") == 0 || strcmp(i->keyword, "ADD") == 0;

		if (i->position)
			fixed[copy ? 3 : 2] = true;
	}
}

/* Layers of its own that no instruction is known for. */
static bool has_unexplained(const struct build_stage *s)
{
	uint32_t explained = 0, base = s->base_known ? s->base_layers : 0;

	for (uint32_t k = 0; k < s->n_instructions; k++)
		explained += s->instructions[k].position > base;
	return explained < s->n_layers - MIN(base, s->n_layers);
}

static int name_image(const char *ref, struct buf *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	buf_addf(&text, "image:%s", ref ? ref : "");
	return buf_status(&text) < 0 ? -ENOMEM : naming_component(buf_bytes(&text), ret);
}

static int list_sources(const struct catalog_stage *s,
			int (*cb)(void *arg, uint32_t code, const char *name), void *arg)
{
	bool listed[ORIGIN_CODE_MAX + 1] = {false};
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < s->s->n_edges; k++) {
		const struct build_edge *e = &s->s->edges[k];
		_cleanup_(buf_release) struct buf name = BUF_INIT;
		struct origin_word w = {.kind = ORIGIN_STAGE, .stage = e->source_stage};
		uint32_t code;

		if (e->kind != EDGE_COPY ||
		    (e->source != SOURCE_STAGE && e->source != SOURCE_IMAGE))
			continue;
		code = e->source == SOURCE_STAGE ? code_of_word(s->s, &w)
						 : image_code(s->s, e->source_ref);
		if (listed[code])
			continue;
		listed[code] = true;
		if (e->source == SOURCE_IMAGE && name_image(e->source_ref, &name) < 0)
			return -ENOMEM;
		r = cb(arg, code,
		       e->source == SOURCE_STAGE ? s->build->stages[e->source_stage].name
						 : buf_str(&name));
	}
	return r;
}

int stage_origins(const struct catalog_stage *s,
		  int (*cb)(void *arg, uint32_t code, const char *name), void *arg)
{
	static const char *const names[] = {NULL, "@base", "@made", "@context", "@unknown"};
	bool fixed[5] = {false};
	int r = 0;

	fixed[1] = s->s->base_known && s->s->base_layers;
	note_instructions(s->s, fixed);
	fixed[4] = has_unexplained(s->s);
	for (uint32_t k = 0; k < s->s->n_edges; k++)
		fixed[4] |= s->s->edges[k].source == SOURCE_UNKNOWN;
	for (uint32_t k = 1; r == 0 && s->n_layers && k < ARRAY_SIZE(names); k++)
		if (fixed[k])
			r = cb(arg, k, names[k]);
	return r || !s->n_layers ? r : list_sources(s, cb, arg);
}

/* ---- trees ---- */

static int make_from(const struct making *m, struct tree **ret, struct err *err)
{
	_cleanup_(origins_freep) struct origins *o = NULL;
	_cleanup_free_ bool *keep = NULL;
	int r = origins_make(m->f, m->c, m->s, &o, err);

	if (r < 0)
		return r;
	keep = calloc(o->tree->n + 1, sizeof(*keep));
	if (!keep)
		return err_oom(err);
	for (uint32_t i = 0; i < o->tree->n; i++)
		keep[i] = o->nodes[i].word != ORIGIN_NOWHERE &&
			  code_of_word(m->s->s, &o->words[o->nodes[i].word]) == m->code;
	return subtree_make(o->tree, keep, ret, err);
}

static int make_left(const struct making *m, struct tree **ret, struct err *err)
{
	_cleanup_(left_behind_release) struct left_behind l = {0};
	int r = left_behind_make(m->f, m->c, m->s, &l, err);

	return r < 0 ? r : subtree_make(l.tree, l.left, ret, err);
}

static int make_diff(const struct making *m, struct tree **ret, struct err *err)
{
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	_cleanup_free_ bool *keep = NULL;
	uint32_t base = m->s->s->base_known ? m->s->s->base_layers : 0;
	int r = forest_stage_tree(m->f, m->s->s->id, m->s->n_layers, &t, err);

	if (r < 0)
		return r;
	keep = calloc(t->n + 1, sizeof(*keep));
	if (!keep)
		return err_oom(err);
	for (uint32_t i = 0; i < t->n; i++)
		keep[i] = catalog_stage_position(m->s, ENTRY_LAYER(t->nodes[i].inode)) > base;
	return subtree_make(t, keep, ret, err);
}

static int make(void *arg, struct tree **ret, struct err *err)
{
	const struct making *m = arg;

	switch (m->part) {
	case STAGE_FROM:
		return make_from(m, ret, err);
	case STAGE_LEFT:
		return make_left(m, ret, err);
	default:
		return make_diff(m, ret, err);
	}
}

int stage_part(struct forest *f, const struct catalog *c, const struct catalog_stage *s,
	       enum stage_part part, uint32_t code, struct tree **ret, struct err *err)
{
	struct making m = {f, c, s, part, code};
	struct forest_derived d = {.what = part,
				   .sub = code,
				   .version = (uint32_t)c->generation,
				   .id = s->s->id,
				   .make = make,
				   .arg = &m};

	if (!s->n_layers)
		return err_set(err, ESTALE, "no input holds the layers of stage %s", s->name);
	return forest_derived(f, &d, ret, err);
}
