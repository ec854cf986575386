/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"

#include "util/buf.h"
#include "util/escape.h"

struct parsing {
	struct dockerfile *d;
	struct lines lines;
	struct globals globals;
	const struct dockerfile_arg *args;
	size_t n_args;
	struct err *err;
};

void dockerfile_free(struct dockerfile *d)
{
	if (!d)
		return;
	vec_foreach (i, &d->meta)
		dockerfile_instruction_release(i);
	vec_foreach (i, &d->instructions)
		dockerfile_instruction_release(i);
	dockerfile_instruction_vec_release(&d->meta);
	dockerfile_instruction_vec_release(&d->instructions);
	dockerfile_stage_vec_release(&d->stages);
	arena_release(&d->arena);
	free(d);
}

static int read_heredocs(struct parsing *p, struct dockerfile_instruction *i)
{
	if (instruction_heredocs(i, p->lines.escape, &p->d->arena) < 0)
		return err_oom(p->err);
	vec_foreach (h, &i->heredocs) {
		int r = lines_heredoc(&p->lines, &p->d->arena, h, p->err);

		if (r < 0)
			return r;
		i->line1 = p->lines.line;
	}
	return 0;
}

/* Keeps the instruction, or releases it. */
static int keep(struct parsing *p, struct dockerfile_instruction_vec *list,
		struct dockerfile_instruction *i)
{
	if (dockerfile_instruction_vec_push(list, *i) < 0)
		return err_oom(p->err);
	*i = (struct dockerfile_instruction){0};
	return 0;
}

static int take_meta(struct parsing *p, struct dockerfile_instruction *i)
{
	char keyword[32];
	int r;

	if (!bytes_equal(i->keyword, BYTES("ARG")))
		return err_set(p->err, EINVAL, "%s before the first FROM",
			       escape_short(i->keyword, keyword, sizeof(keyword)));
	r = globals_define(&p->globals, i, p->lines.escape, p->args, p->n_args, &p->d->arena,
			   p->err);
	return r < 0 ? r : keep(p, &p->d->meta, i);
}

static int take_instruction(struct parsing *p, struct dockerfile_instruction *i)
{
	struct dockerfile *d = p->d;
	struct dockerfile_stage *s;
	int r;

	if (bytes_equal(i->keyword, BYTES("FROM")))
		return stages_begin(d, i, &p->globals, p->err);
	if (!d->stages.n)
		return take_meta(p, i);
	r = keep(p, &d->instructions, i);
	s = &d->stages.v[d->stages.n - 1];
	s->n = (uint32_t)d->instructions.n - s->first;
	s->line1 = p->lines.line;
	return r;
}

static int take_line(struct parsing *p, const struct logical_line *line)
{
	_cleanup_(dockerfile_instruction_release) struct dockerfile_instruction i = {0};
	int r = instruction_parse(line->text, p->lines.escape, &p->d->arena, &i, p->err);

	p->d->escape = p->lines.escape;
	if (r < 0)
		return r;
	i.line0 = line->line0;
	i.line1 = line->line1;
	r = read_heredocs(p, &i);
	return r < 0 ? r : take_instruction(p, &i);
}

/* A stage goes on to the line before the next. */
static void close_stages(struct dockerfile *d, uint32_t lines)
{
	for (size_t k = 0; k < d->stages.n; k++)
		d->stages.v[k].line1 =
		    k + 1 < d->stages.n ? d->stages.v[k + 1].line0 - 1 : lines;
}

static int parse_all(struct parsing *p)
{
	struct logical_line line;
	int r;

	while ((r = lines_next(&p->lines, &p->d->arena, &line, p->err)) > 0) {
		bool placed;

		r = take_line(p, &line);
		/* Some messages have their line already. */
		placed = p->err && strncmp(p->err->msg, "line ", 5) == 0;
		if (r < 0)
			return placed || r == -ENOMEM
				   ? r
				   : err_prefix(p->err, r, "line %u", line.line0);
	}
	if (r == 0 && !p->d->stages.n)
		return err_set(p->err, EINVAL, "no FROM in it");
	return r;
}

int dockerfile_parse(struct bytes text, const struct dockerfile_arg *args, size_t n_args,
		     struct bytes platform, struct dockerfile **ret, struct err *err)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = calloc(1, sizeof(*d));
	struct parsing p = {.d = d, .args = args, .n_args = n_args, .err = err};
	int r = 0;

	if (!d)
		return err_oom(err);
	if (text.len > DOCKERFILE_MAX_BYTES)
		return err_set(err, EINVAL, "longer than 4 MiB");
	d->text = arena_bytes(&d->arena, text);
	if (text.len && !d->text.ptr)
		return err_oom(err);
	p.lines = lines_begin(d->text);
	if (globals_begin(&p.globals, args, n_args, platform, &d->arena) < 0)
		r = err_oom(err);
	if (r == 0)
		r = parse_all(&p);
	d->syntax = p.lines.syntax;
	close_stages(d, p.lines.line);
	globals_release(&p.globals);
	if (r < 0)
		return r;
	*ret = steal_ptr(&d);
	return 0;
}
