/* SPDX-License-Identifier: MIT */
/*
 * Global ARGs, FROM, and what names of stages mean. Source: BuildKit instructions/parse.go
 * parseFrom(), dockerfile2llb/convert.go.
 */
#include "model/dockerfile_internal.h"

#include "util/buf.h"

/* ---- global ARGs ---- */

void globals_release(struct globals *g)
{
	free(g->v);
}

static int globals_set(struct globals *g, struct bytes name, struct bytes value)
{
	if (g->n == g->cap) {
		size_t cap = MAX(g->cap * 2, (size_t)16);
		struct dockerfile_arg *v = reallocarray(g->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		g->v = v;
		g->cap = cap;
	}
	g->v[g->n++] = (struct dockerfile_arg){name, value};
	return 0;
}

static struct bytes take_part(struct bytes *rest)
{
	struct bytes p = bytes_make(rest->ptr, bytes_find(*rest, '/'));

	*rest = bytes_skip(*rest, MIN(p.len + 1, rest->len));
	return p;
}

/* Build and target platform are one to us: what an image says is where it was built for. */
int globals_begin(struct globals *g, const struct dockerfile_arg *args, size_t n_args,
		  struct bytes platform, struct arena *arena)
{
	static const char *const prefixes[] = {"TARGET", "BUILD"};
	static const char *const names[] = {"PLATFORM", "OS", "ARCH", "VARIANT"};
	struct bytes parts[4], rest;
	int r = 0;

	parts[0] = rest = platform.len ? platform : BYTES("linux/amd64");
	for (int k = 1; k < 4; k++)
		parts[k] = rest.len ? take_part(&rest) : BYTES("");
	for (size_t k = 0; k < 8 && r == 0; k++) {
		_cleanup_(buf_release) struct buf name = BUF_INIT;
		struct bytes kept;

		buf_addf(&name, "%s%s", prefixes[k / 4], names[k % 4]);
		kept = arena_bytes(arena, buf_bytes(&name));
		r = kept.ptr ? globals_set(g, kept, parts[k % 4]) : -ENOMEM;
	}
	for (size_t k = 0; k < n_args && r == 0; k++)
		r = globals_set(g, args[k].name, args[k].value);
	return r;
}

static bool is_given(struct bytes name, const struct dockerfile_arg *args, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (bytes_equal(args[k].name, name))
			return true;
	return false;
}

/* A default does not replace what was given on the command line. */
int globals_define(struct globals *g, const struct dockerfile_instruction *arg, char escape,
		   const struct dockerfile_arg *args, size_t n_args, struct arena *arena,
		   struct err *err)
{
	vec_foreach (word, &arg->args) {
		size_t eq = bytes_find(*word, '=');
		struct bytes name = bytes_make(word->ptr, eq), value;
		int r;

		if (eq == word->len || is_given(name, args, n_args))
			continue;
		r = dockerfile_expand(bytes_skip(*word, eq + 1), escape, g->v, g->n, arena,
				      &value, err);
		if (r < 0)
			return r;
		if (globals_set(g, name, value) < 0)
			return err_oom(err);
	}
	return 0;
}

/* ---- FROM ---- */

static bool is_stage_name(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool letter = c >= 'a' && c <= 'z';
		bool more = (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';

		if (!letter && (i == 0 || !more))
			return false;
	}
	return name.len > 0;
}

/* The stage of that name before `before`; the last one if it was given twice. UINT32_MAX. */
static uint32_t stage_named(const struct dockerfile *d, uint32_t before, struct bytes name)
{
	for (uint32_t k = before; name.len && k-- > 0;)
		if (equal_ignoring_case(d->stages.v[k].name, name))
			return k;
	return UINT32_MAX;
}

static void set_base(const struct dockerfile *d, struct dockerfile_stage *s)
{
	uint32_t stage = stage_named(d, (uint32_t)d->stages.n, s->base);

	if (stage != UINT32_MAX) {
		s->base_kind = DOCKERFILE_STAGE;
		s->base_stage = stage;
	} else {
		s->base_kind = bytes_equal(s->base, BYTES("scratch")) ? DOCKERFILE_SCRATCH
								      : DOCKERFILE_IMAGE;
	}
}

static int expand_from(struct dockerfile *d, const struct dockerfile_instruction *from,
		       const struct globals *g, struct dockerfile_stage *s, struct err *err)
{
	int r =
	    dockerfile_expand(from->args.v[0], d->escape, g->v, g->n, &d->arena, &s->base, err);

	vec_foreach (f, &from->flags)
		if (r == 0 && bytes_equal(f->name, BYTES("platform")))
			r = dockerfile_expand(f->value, d->escape, g->v, g->n, &d->arena,
					      &s->platform, err);
	/* BuildKit refuses an empty name. The arguments of the build may just not be known
	 * here, and the stages are: the text stays. */
	if (r == 0 && !s->base.len)
		s->base = s->base_text;
	return r;
}

int stages_begin(struct dockerfile *d, const struct dockerfile_instruction *from,
		 const struct globals *g, struct err *err)
{
	struct dockerfile_stage s = {
	    .line0 = from->line0, .line1 = from->line1, .first = (uint32_t)d->instructions.n};
	int r;

	if (from->args.n != 1 &&
	    (from->args.n != 3 || !equal_ignoring_case(from->args.v[1], BYTES("AS"))))
		return err_set(err, EINVAL, "FROM wants one argument, or three: IMAGE AS NAME");
	s.base_text = from->args.v[0];
	if (from->args.n == 3) {
		s.name = lower_case(from->args.v[2], &d->arena);
		if (!is_stage_name(s.name))
			return err_set(err, EINVAL, "not a name for a stage");
	}
	r = expand_from(d, from, g, &s, err);
	if (r < 0)
		return r;
	set_base(d, &s);
	return dockerfile_stage_vec_push(&d->stages, s) < 0 ? err_oom(err) : 0;
}

/* ---- what a --from means ---- */

static struct bytes flag_value(const struct dockerfile_instruction *i, const char *name)
{
	vec_foreach (f, &i->flags)
		if (bytes_equal(f->name, bytes_from_str(name)))
			return f->value.ptr ? f->value : BYTES("");
	return BYTES_NULL;
}

/* A number as strconv.Atoi reads it; UINT32_MAX if it is none. */
static uint32_t number_of(struct bytes b)
{
	uint32_t v = 0;

	if (!b.len || b.len > 6)
		return UINT32_MAX;
	for (size_t k = 0; k < b.len; k++) {
		if (b.ptr[k] < '0' || b.ptr[k] > '9')
			return UINT32_MAX;
		v = v * 10 + (uint32_t)(b.ptr[k] - '0');
	}
	return v;
}

static struct dockerfile_source source_of(const struct dockerfile *d, uint32_t stage,
					  struct bytes from, bool numbers)
{
	uint32_t at = numbers ? number_of(from) : UINT32_MAX;

	if (!from.len)
		return (struct dockerfile_source){.kind = DOCKERFILE_FROM_CONTEXT};
	if (at >= stage)
		at = stage_named(d, stage, from);
	if (at == UINT32_MAX)
		return (struct dockerfile_source){.kind = DOCKERFILE_FROM_IMAGE, .image = from};
	return (struct dockerfile_source){.kind = DOCKERFILE_FROM_STAGE, .stage = at};
}

struct dockerfile_source dockerfile_copy_source(const struct dockerfile *d, uint32_t stage,
						const struct dockerfile_instruction *i)
{
	bool copy = bytes_equal(i->keyword, BYTES("COPY"));

	return source_of(d, stage, copy ? flag_value(i, "from") : BYTES_NULL, true);
}

struct dockerfile_source dockerfile_mount_source(const struct dockerfile *d, uint32_t stage,
						 const struct dockerfile_mount *m)
{
	return source_of(d, stage, m->from, false);
}

static bool is_heredoc(const struct dockerfile_instruction *i, struct bytes word)
{
	return i->heredocs.n && memmem(word.ptr, word.len, "<<", 2);
}

int dockerfile_copy_args(const struct dockerfile_instruction *i, struct dockerfile_copy *ret)
{
	struct dockerfile_copy c = {0};

	if (i->args.n < 2 ||
	    (!bytes_equal(i->keyword, BYTES("COPY")) && !bytes_equal(i->keyword, BYTES("ADD"))))
		return -EINVAL;
	for (size_t k = 0; k + 1 < i->args.n; k++)
		if (!is_heredoc(i, i->args.v[k]) &&
		    bytes_vec_push(&c.sources, i->args.v[k]) < 0) {
			bytes_vec_release(&c.sources);
			return -ENOMEM;
		}
	c.destination = i->args.v[i->args.n - 1];
	c.chown = flag_value(i, "chown");
	c.link =
	    flag_value(i, "link").ptr && !bytes_equal(flag_value(i, "link"), BYTES("false"));
	c.parents = flag_value(i, "parents").ptr &&
		    !bytes_equal(flag_value(i, "parents"), BYTES("false"));
	*ret = c;
	return 0;
}

enum dockerfile_layer dockerfile_makes_layer(const struct dockerfile_instruction *i)
{
	if (bytes_equal(i->keyword, BYTES("COPY")) || bytes_equal(i->keyword, BYTES("ADD")) ||
	    bytes_equal(i->keyword, BYTES("RUN")))
		return DOCKERFILE_LAYER_YES;
	if (bytes_equal(i->keyword, BYTES("WORKDIR")) && !bytes_equal(i->text, BYTES("/")))
		return DOCKERFILE_LAYER_MAYBE;
	return DOCKERFILE_LAYER_NO;
}

/* ---- targets ---- */

int dockerfile_target(const struct dockerfile *d, struct bytes target, uint32_t *ret)
{
	uint32_t n = (uint32_t)d->stages.n, at = stage_named(d, n, target);

	if (!target.len && n)
		at = n - 1;
	if (at == UINT32_MAX)
		at = number_of(target);
	if (at >= n)
		return -ENOENT;
	*ret = at;
	return 0;
}

static void mark(const struct dockerfile_source *s, bool *ret)
{
	if (s->kind == DOCKERFILE_FROM_STAGE)
		ret[s->stage] = true;
}

/* Stages need earlier ones only, so one pass from the target down is enough. */
void dockerfile_reachable(const struct dockerfile *d, uint32_t target, bool *ret)
{
	for (uint32_t k = 0; k < d->stages.n; k++)
		ret[k] = k == target;
	for (uint32_t k = target + 1; k-- > 0;) {
		const struct dockerfile_stage *s = &d->stages.v[k];

		if (!ret[k])
			continue;
		if (s->base_kind == DOCKERFILE_STAGE)
			ret[s->base_stage] = true;
		for (uint32_t n = 0; n < s->n; n++) {
			const struct dockerfile_instruction *i =
			    &d->instructions.v[s->first + n];
			struct dockerfile_source source = dockerfile_copy_source(d, k, i);

			mark(&source, ret);
			vec_foreach (m, &i->mounts) {
				source = dockerfile_mount_source(d, k, m);
				mark(&source, ret);
			}
		}
	}
}
