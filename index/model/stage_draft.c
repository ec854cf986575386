/* SPDX-License-Identifier: MIT */
#include "model/stage_draft.h"

#include "model/naming.h"

#include <stdarg.h>
#include <stdio.h>

void draft_release(struct draft *d)
{
	vec_foreach (s, &d->stages) {
		build_instruction_vec_release(&s->instructions);
		build_edge_vec_release(&s->edges);
		u32_vec_release(&s->entries);
		free(s->s.layers);
		free(s->s.instructions);
		free(s->s.edges);
	}
	draft_stage_vec_release(&d->stages);
	dockerfile_arg_vec_release(&d->args);
	buf_release(&d->name);
	buf_release(&d->note);
	dockerfile_free(d->dockerfile);
}

const char *draft_text(struct draft *d, struct bytes b)
{
	return arena_dup(d->arena, b.len ? b.ptr : "", b.len);
}

struct bytes draft_bytes(struct draft *d, struct bytes b)
{
	return bytes_make(draft_text(d, b), b.len);
}

void draft_note(struct draft *d, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (d->note.len)
		buf_add_char(&d->note, '\n');
	buf_add_str(&d->note, line);
}

int draft_add_stage(struct draft *d, struct bytes name, enum evidence by, uint32_t *ret)
{
	_cleanup_(buf_release) struct buf component = BUF_INIT;
	struct draft_stage s = {.tip = CHAIN_NONE, .image = DRAFT_NONE, .history = DRAFT_NONE};

	if (naming_component(name, &component) < 0)
		return -ENOMEM;
	s.s.name = draft_text(d, buf_bytes(&component));
	s.s.name_by = by;
	s.s.base_by = EVIDENCE_DEFAULT;
	if (!s.s.name)
		return -ENOMEM;
	*ret = (uint32_t)d->stages.n;
	return draft_stage_vec_push(&d->stages, s);
}

int draft_add_instruction(struct draft *d, uint32_t stage, struct bytes keyword,
			  struct bytes text, uint32_t position, enum evidence by)
{
	struct build_instruction i = {.keyword = draft_text(d, keyword),
				      .text = draft_bytes(d, text),
				      .position = position,
				      .by = by};

	if (!i.keyword || !i.text.ptr)
		return -ENOMEM;
	return build_instruction_vec_push(&d->stages.v[stage].instructions, i);
}

/* The layers of a chain, lowest first. */
static int fill_layers(struct draft *d, struct draft_stage *s)
{
	uint32_t node = s->tip;

	if (node == CHAIN_NONE)
		return 0;
	s->s.n_layers = d->f->chains.nodes[node].depth;
	s->s.layers = calloc(s->s.n_layers + 1, sizeof(*s->s.layers));
	if (!s->s.layers)
		return -ENOMEM;
	for (uint32_t k = s->s.n_layers; k > 0; k--) {
		const struct chain_node *n = &d->f->chains.nodes[node];

		s->s.layers[k - 1] = (struct build_layer){n->layer, draft_text(d, n->diff_id)};
		if (!s->s.layers[k - 1].diff_id)
			return -ENOMEM;
		node = n->parent;
	}
	return 0;
}

static int finish_stage(struct draft *d, struct draft_stage *s)
{
	int r = fill_layers(d, s);

	if (r < 0)
		return r;
	if (s->image != DRAFT_NONE)
		s->s.image = d->f->images.v[s->image].id;
	if (s->tip == CHAIN_NONE)
		s->s.layers_by = EVIDENCE_NONE;
	s->s.instructions = s->instructions.v;
	s->s.n_instructions = (uint32_t)s->instructions.n;
	s->s.edges = s->edges.v;
	s->s.n_edges = (uint32_t)s->edges.n;
	s->instructions = (struct build_instruction_vec){0};
	s->edges = (struct build_edge_vec){0};
	return 0;
}

static int finish_build(struct draft *d, struct build *b)
{
	*b = (struct build){.key = draft_text(d, d->key),
			    .name = draft_text(d, buf_bytes(&d->name)),
			    .dockerfile_by = d->dockerfile ? d->dockerfile_by : EVIDENCE_NONE,
			    .n_stages = (uint32_t)d->stages.n,
			    .stages = calloc(d->stages.n + 1, sizeof(*b->stages))};
	if (d->image != DRAFT_NONE)
		b->image = d->f->images.v[d->image].id;
	if (d->dockerfile)
		b->dockerfile = draft_bytes(d, d->dockerfile->text);
	if (d->note.len)
		b->note = draft_text(d, buf_bytes(&d->note));
	return b->key && b->name && b->stages && (!d->dockerfile || b->dockerfile.ptr) &&
		       (!d->note.len || b->note)
		   ? 0
		   : -ENOMEM;
}

int draft_finish(struct draft *d, struct build_set *set)
{
	struct build b;
	int r = buf_status(&d->note) < 0 || buf_status(&d->name) < 0 ? -ENOMEM : 0;

	for (size_t k = 0; r == 0 && k < d->stages.n; k++)
		r = finish_stage(d, &d->stages.v[k]);
	if (r < 0)
		return r;
	r = finish_build(d, &b);
	if (r == 0)
		r = build_vec_push(&set->builds, b);
	if (r < 0) {
		free(b.stages);
		return r;
	}
	for (size_t k = 0; k < d->stages.n; k++) {
		b.stages[k] = d->stages.v[k].s;
		d->stages.v[k].s = (struct build_stage){0};
	}
	return 0;
}
