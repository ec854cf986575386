/* SPDX-License-Identifier: MIT */
/*
 * Structure from a Dockerfile: its stages, what they stand on, their instructions, and what
 * each takes from elsewhere. Nothing is known here of layers.
 */
#include "model/stage_draft.h"

#include "util/buf.h"

#include <stdio.h>

/* A named context (--build-context NAME=VALUE) stands in for a stage or an image. */
static const struct provenance_pair *context_named(const struct draft *d, struct bytes name)
{
	for (uint32_t i = 0; d->provenance && i < d->provenance->n_contexts; i++)
		if (name.len && bytes_equal(d->provenance->contexts[i].name, name))
			return &d->provenance->contexts[i];
	return NULL;
}

static int set_base(struct draft *d, struct build_stage *s, const struct dockerfile_stage *from)
{
	const struct provenance_pair *own = context_named(d, from->name);
	const struct provenance_pair *base = context_named(d, from->base);
	struct bytes ref = own ? own->value : from->base;

	s->base_by = d->structure_by;
	if (!own && !base && from->base_kind == DOCKERFILE_SCRATCH) {
		s->base_kind = BASE_SCRATCH;
		s->base_known = true;
		return 0;
	}
	s->base_kind =
	    !own && !base && from->base_kind == DOCKERFILE_STAGE ? BASE_STAGE : BASE_IMAGE;
	s->base_stage = from->base_stage;
	s->base_ref = draft_text(d, ref);
	return s->base_ref ? 0 : -ENOMEM;
}

/* As one line: keyword, flags, text; newlines (of heredocs) do not occur in `text`. */
static int instruction_text(const struct dockerfile_instruction *i, struct buf *ret)
{
	buf_add_bytes(ret, i->keyword);
	vec_foreach (f, &i->flags) {
		buf_add_str(ret, " --");
		buf_add_bytes(ret, f->name);
		if (f->value.ptr) {
			buf_add_char(ret, '=');
			buf_add_bytes(ret, f->value);
		}
	}
	if (i->text.len)
		buf_add_char(ret, ' ');
	buf_add_bytes(ret, i->text);
	return buf_status(ret);
}

static int add_instruction(struct draft *d, uint32_t stage,
			   const struct dockerfile_instruction *i)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct build_instruction_vec *list = &d->stages.v[stage].instructions;
	int r = instruction_text(i, &text);

	if (r == 0)
		r = draft_add_instruction(d, stage, i->keyword, buf_bytes(&text), 0,
					  d->structure_by);
	if (r < 0)
		return r;
	list->v[list->n - 1].line0 = i->line0;
	list->v[list->n - 1].line1 = i->line1;
	return 0;
}

static int set_source(struct draft *d, struct build_edge *e,
		      const struct dockerfile_source *source)
{
	static const enum edge_source kinds[] = {
	    [DOCKERFILE_FROM_CONTEXT] = SOURCE_CONTEXT,
	    [DOCKERFILE_FROM_STAGE] = SOURCE_STAGE,
	    [DOCKERFILE_FROM_IMAGE] = SOURCE_IMAGE,
	};
	const struct provenance_pair *context =
	    source->kind == DOCKERFILE_FROM_IMAGE ? context_named(d, source->image) : NULL;

	e->source = kinds[source->kind];
	if (source->kind == DOCKERFILE_FROM_STAGE)
		e->source_stage = source->stage;
	if (source->kind != DOCKERFILE_FROM_IMAGE)
		return 0;
	e->source_ref = draft_text(d, context ? context->value : source->image);
	return e->source_ref ? 0 : -ENOMEM;
}

/* One edge a source; a COPY of heredocs only has none, its files are made of the Dockerfile. */
static int add_copy(struct draft *d, uint32_t stage, uint32_t instruction,
		    const struct dockerfile_instruction *i)
{
	struct dockerfile_source source = dockerfile_copy_source(d->dockerfile, stage, i);
	struct build_edge e = {
	    .instruction = instruction, .kind = EDGE_COPY, .by = d->structure_by};
	struct dockerfile_copy copy = {0};
	int r = dockerfile_copy_args(i, &copy);

	if (r == -EINVAL)
		return 0;
	if (r == 0)
		r = set_source(d, &e, &source);
	e.dst = draft_bytes(d, copy.destination);
	for (size_t k = 0; r == 0 && k < MAX(copy.sources.n, (size_t)1); k++) {
		e.src = k < copy.sources.n ? draft_bytes(d, copy.sources.v[k]) : BYTES_NULL;
		r = e.dst.ptr ? build_edge_vec_push(&d->stages.v[stage].edges, e) : -ENOMEM;
	}
	bytes_vec_release(&copy.sources);
	return r;
}

static int add_mounts(struct draft *d, uint32_t stage, uint32_t instruction,
		      const struct dockerfile_instruction *i)
{
	int r = 0;

	vec_foreach (m, &i->mounts) {
		struct dockerfile_source source;
		struct build_edge e = {
		    .instruction = instruction, .kind = EDGE_MOUNT, .by = d->structure_by};

		/* tmpfs, secret, ssh and caches of nothing bring no files of anybody. */
		if (r < 0 || (!m->from.len && !bytes_equal(m->type, BYTES("bind"))))
			continue;
		source = dockerfile_mount_source(d->dockerfile, stage, m);
		r = set_source(d, &e, &source);
		e.src = draft_bytes(d, m->source);
		e.dst = draft_bytes(d, m->target);
		if (r == 0)
			r = build_edge_vec_push(&d->stages.v[stage].edges, e);
	}
	return r;
}

static int add_instructions(struct draft *d, uint32_t stage,
			    const struct dockerfile_stage *from)
{
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < from->n; k++) {
		const struct dockerfile_instruction *i =
		    &d->dockerfile->instructions.v[from->first + k];

		r = add_instruction(d, stage, i);
		if (r == 0 && (bytes_equal(i->keyword, BYTES("COPY")) ||
			       bytes_equal(i->keyword, BYTES("ADD"))))
			r = add_copy(d, stage, k, i);
		if (r == 0)
			r = add_mounts(d, stage, k, i);
	}
	return r;
}

/* The AS name, or BuildKit's "stage-<index>". A name given twice gets its index, too. */
static int add_stage(struct draft *d, uint32_t at, const struct dockerfile_stage *from)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	uint32_t stage;
	int r;

	buf_add_bytes(&name, from->name);
	for (uint32_t k = 0; k < at; k++)
		if (from->name.len &&
		    bytes_equal(d->dockerfile->stages.v[k].name, from->name)) {
			buf_addf(&name, "~%u", at);
			break;
		}
	if (!from->name.len)
		buf_addf(&name, "stage-%u", at);
	r = buf_status(&name);
	if (r == 0)
		r = draft_add_stage(d, buf_bytes(&name), d->structure_by, &stage);
	if (r == 0)
		r = set_base(d, &d->stages.v[stage].s, from);
	if (r < 0 || context_named(d, from->name))
		return r;
	return add_instructions(d, stage, from);
}

int draft_from_dockerfile(struct draft *d, struct bytes target, struct err *err)
{
	_cleanup_free_ bool *needed = calloc(d->dockerfile->stages.n + 1, sizeof(*needed));
	int r = needed ? dockerfile_target(d->dockerfile, target, &d->target) : -ENOMEM;

	if (r == -ENOENT)
		return err_set(err, ENOENT, "no stage has the name of the build's target");
	for (uint32_t k = 0; r == 0 && k < d->dockerfile->stages.n; k++)
		r = add_stage(d, k, &d->dockerfile->stages.v[k]);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	dockerfile_reachable(d->dockerfile, d->target, needed);
	for (uint32_t k = 0; k < d->stages.n; k++) {
		d->stages.v[k].s.target = k == d->target;
		d->stages.v[k].s.needed = needed[k];
	}
	return 0;
}
