/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "util/escape.h"

#include <ctype.h>

struct parse {
	struct dockerfile *d;
	struct dockerfile_reader reader;
	struct err *err;
};

static void instruction_release(struct dockerfile_instruction *i)
{
	dockerfile_flag_vec_release(&i->flags);
	bytes_vec_release(&i->args);
	dockerfile_heredoc_vec_release(&i->heredocs);
	dockerfile_mount_vec_release(&i->mounts);
}

static void release_all(struct dockerfile_instruction_vec *list)
{
	vec_foreach (i, list)
		instruction_release(i);
	dockerfile_instruction_vec_release(list);
}

void dockerfile_free(struct dockerfile *d)
{
	if (!d)
		return;
	release_all(&d->meta);
	release_all(&d->instructions);
	release_all(&d->triggers);
	dockerfile_stage_vec_release(&d->stages);
	dockerfile_index_vec_release(&d->by_name);
	arena_release(&d->arena);
	free(d);
}

static bool takes_heredocs(const struct dockerfile_instruction *i)
{
	return !i->json && (bytes_equal(i->keyword, BYTES("RUN")) ||
			    bytes_equal(i->keyword, BYTES("COPY")) ||
			    bytes_equal(i->keyword, BYTES("ADD")));
}

static int read_heredocs(struct parse *p, struct bytes line, struct dockerfile_instruction *i)
{
	int r;

	if (!takes_heredocs(i))
		return 0;
	r = dockerfile_find_heredocs(line, &p->d->arena, &i->heredocs, p->err);
	for (size_t k = 0; k < i->heredocs.n && r == 0; k++)
		r = dockerfile_read_heredoc(&p->reader, &p->d->arena, &i->heredocs.v[k],
					    p->err);
	return r;
}

/* Keyword, flags, arguments and bodies of one logical line. */
static int read_instruction(struct parse *p, struct bytes line,
			    struct dockerfile_instruction *i)
{
	struct arena *arena = &p->d->arena;
	struct bytes rest = line;
	int r;

	i->line0 = p->reader.line0;
	i->keyword = dockerfile_to_case(dockerfile_next_word(&rest), toupper, arena);
	if (!i->keyword.ptr || dockerfile_split_flags(&rest, arena, &i->flags) < 0)
		return err_oom(p->err);
	i->text = dockerfile_trim(rest);
	r = dockerfile_parse_args(i, p->reader.escape, arena, p->err);
	if (r == 0 && dockerfile_parse_mounts(i, arena) < 0)
		r = err_oom(p->err);
	if (r == 0)
		r = read_heredocs(p, line, i);
	i->line1 = p->reader.line;
	return r;
}

static int check_trigger(const struct dockerfile_instruction *trigger, struct err *err)
{
	static const char *const illegal[] = {"ONBUILD", "FROM", "MAINTAINER"};

	for (size_t k = 0; k < ARRAY_SIZE(illegal); k++)
		if (bytes_equal(trigger->keyword, bytes_from_str(illegal[k])))
			return err_set(err, EINVAL, "ONBUILD %s is not allowed", illegal[k]);
	return 0;
}

/* What an ONBUILD defers is read as the instruction that it will be. */
static int read_trigger(struct parse *p, struct dockerfile_instruction *onbuild)
{
	struct dockerfile_instruction trigger = {0};
	int r;

	if (onbuild->text.len == 0)
		return err_set(p->err, EINVAL, "ONBUILD of nothing");
	r = read_instruction(p, onbuild->text, &trigger);
	if (r == 0)
		r = check_trigger(&trigger, p->err);
	if (r == 0 && dockerfile_instruction_vec_push(&p->d->triggers, trigger) < 0)
		r = err_oom(p->err);
	if (r < 0)
		instruction_release(&trigger);
	onbuild->line1 = trigger.line1;
	onbuild->trigger = (uint32_t)p->d->triggers.n;
	return r;
}

/* Ends the stage before, at the line before `line`. */
static void end_stage(struct dockerfile *d, uint32_t line)
{
	struct dockerfile_stage *s = d->stages.n ? &d->stages.v[d->stages.n - 1] : NULL;

	if (!s)
		return;
	s->line1 = line - 1;
	s->n = (uint32_t)d->instructions.n - s->first;
}

static int add_stage(struct parse *p, const struct dockerfile_instruction *from)
{
	struct dockerfile *d = p->d;
	struct dockerfile_stage s;
	int r = dockerfile_parse_from(from, &d->arena, &s, p->err);

	if (r < 0)
		return r;
	end_stage(d, from->line0);
	s.first = (uint32_t)d->instructions.n;
	return dockerfile_stage_vec_push(&d->stages, s) < 0 ? err_oom(p->err) : 0;
}

/* Puts i where it belongs; 1 if it is kept. */
static int place(struct parse *p, const struct dockerfile_instruction *i)
{
	struct dockerfile *d = p->d;
	bool meta = d->stages.n == 0;
	char shown[32];

	if (d->meta.n + d->stages.n + d->instructions.n == DOCKERFILE_MAX_INSTRUCTIONS)
		return err_set(p->err, EINVAL, "more than %d instructions",
			       DOCKERFILE_MAX_INSTRUCTIONS);
	if (bytes_equal(i->keyword, BYTES("FROM")))
		return add_stage(p, i);
	if (meta && !bytes_equal(i->keyword, BYTES("ARG")))
		return err_set(p->err, EINVAL, "%s before the first FROM",
			       escape_short(i->keyword, shown, sizeof(shown)));
	if (dockerfile_instruction_vec_push(meta ? &d->meta : &d->instructions, *i) < 0)
		return err_oom(p->err);
	return 1;
}

/* 1: go on. */
static int take_line(struct parse *p, struct bytes line)
{
	struct dockerfile_instruction i = {0};
	int r = read_instruction(p, line, &i);

	if (r == 0 && bytes_equal(i.keyword, BYTES("ONBUILD")))
		r = read_trigger(p, &i);
	if (r == 0)
		r = place(p, &i);
	if (r != 1)
		instruction_release(&i);
	return r < 0 ? r : 1;
}

static int read_lines(struct parse *p)
{
	struct bytes line;
	int r;

	do {
		r = dockerfile_read_line(&p->reader, &p->d->arena, &line, p->err);
		if (r > 0)
			r = take_line(p, line);
	} while (r > 0);
	if (r < 0)
		return err_prefix(p->err, r, "line %u", p->reader.line0);
	end_stage(p->d, p->reader.line + 1);
	p->d->escape = p->reader.escape;
	p->d->syntax = p->reader.syntax;
	return p->d->stages.n ? 0 : err_set(p->err, EINVAL, "no FROM in it");
}

static int parse(struct parse *p, const struct dockerfile_arg *args, size_t n_args,
		 struct bytes platform)
{
	_cleanup_(dockerfile_scope_release) struct dockerfile_scope global = {0};
	struct dockerfile_budget b = {DOCKERFILE_MAX_WORK};
	int r = read_lines(p);

	if (r == 0)
		r = dockerfile_global_scope(p->d, args, n_args, platform, &p->d->arena, &global,
					    &b, p->err);
	return r < 0 ? r : dockerfile_link_stages(p->d, &global, &b, p->err);
}

int dockerfile_parse(struct bytes text, const struct dockerfile_arg *args, size_t n_args,
		     struct bytes platform, struct dockerfile **ret, struct err *err)
{
	_cleanup_(dockerfile_freep) struct dockerfile *d = NULL;
	struct parse p = {.err = err};
	int r;

	if (text.len > DOCKERFILE_MAX_BYTES)
		return err_set(err, EINVAL, "a Dockerfile of %zu bytes (at most %zu)", text.len,
			       (size_t)DOCKERFILE_MAX_BYTES);
	d = calloc(1, sizeof(*d));
	if (!d)
		return err_oom(err);
	d->text = arena_bytes(&d->arena, text);
	if (!d->text.ptr)
		return err_oom(err);
	p.d = d;
	dockerfile_reader_init(&p.reader, d->text);
	r = parse(&p, args, n_args, platform);
	if (r < 0)
		return r;
	*ret = steal_ptr(&d);
	return 0;
}
