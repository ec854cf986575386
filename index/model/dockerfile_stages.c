/* SPDX-License-Identifier: MIT */
/*
 * Global ARGs, FROM, the names of stages. BuildKit: instructions/parse.go
 * parseFrom(), dockerfile2llb/convert.go.
 */
#include "model/dockerfile_internal.h"
#include "util/escape.h"

#include <ctype.h>
#include <stdio.h>

/* ---- global ARGs ---- */

static struct bytes take_part(struct bytes *rest)
{
	struct bytes part = bytes_make(rest->ptr, bytes_find(*rest, '/'));

	*rest = bytes_skip(*rest, MIN(part.len + 1, rest->len));
	return part;
}

/* Build and target platform are one here: who built, nothing says. */
static int set_predefined(struct bytes platform, struct arena *arena,
			  struct dockerfile_scope *ret, struct dockerfile_budget *b,
			  struct err *err)
{
	static const char *const names[2][4] = {
	    {"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT"},
	    {"BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT"}};
	struct bytes all = arena_bytes(arena, platform.len ? platform : BYTES("linux/amd64"));
	struct bytes parts[4] = {all}, rest = all;
	int r = 0;

	if (!all.ptr)
		return err_oom(err);
	for (size_t k = 1; k < 4; k++)
		parts[k] = take_part(&rest);
	for (size_t k = 0; k < 8 && r == 0; k++)
		r = dockerfile_scope_set(ret, bytes_from_str(names[k / 4][k % 4]), parts[k % 4],
					 b, err);
	return r < 0
		   ? r
		   : dockerfile_scope_set(ret, BYTES("TARGETSTAGE"), BYTES("default"), b, err);
}

struct globals {
	char escape;
	const struct dockerfile_scope *given;
	struct arena *arena;
	struct dockerfile_scope *scope;
	struct dockerfile_budget *budget;
	struct err *err;
};

/* NAME or NAME=VALUE; what is given for it counts before its value. */
static int define(struct globals *g, struct bytes word)
{
	size_t eq = bytes_find(word, '=');
	struct bytes name = bytes_make(word.ptr, eq), value;
	int r;

	if (name.len == 0)
		return err_set(g->err, EINVAL, "an ARG without a name");
	r = dockerfile_scope_get(g->given, name, &value, g->budget, g->err);
	if (r == 0 && eq == word.len)
		return 0;
	if (r == 0)
		r = dockerfile_expand_in(bytes_skip(word, eq + 1), g->escape, g->scope,
					 g->budget, g->arena, &value, g->err);
	return r < 0 ? r : dockerfile_scope_set(g->scope, name, value, g->budget, g->err);
}

static int define_all(struct globals *g, const struct dockerfile_instruction *arg)
{
	_cleanup_(bytes_vec_release) struct bytes_vec words = {0};
	int r = 0;

	if (dockerfile_split_words(arg->text, g->escape, &words) < 0)
		return err_oom(g->err);
	for (size_t k = 0; k < words.n && r == 0; k++)
		r = define(g, words.v[k]);
	return r < 0 ? err_prefix(g->err, r, "line %u", arg->line0) : 0;
}

/* A platform argument that is given replaces what is predefined, declared or not. */
static int override(struct dockerfile_scope *scope, const struct dockerfile_scope *given,
		    struct dockerfile_budget *b, struct err *err)
{
	int r = 0;

	for (size_t k = 0; k < scope->n && r >= 0; k++) {
		struct bytes value;

		r = dockerfile_scope_get(given, scope->v[k].name, &value, b, err);
		if (r == 1)
			scope->v[k].value = value;
	}
	return MIN(r, 0);
}

int dockerfile_global_scope(const struct dockerfile *d, const struct dockerfile_arg *args,
			    size_t n_args, struct bytes platform, struct arena *arena,
			    struct dockerfile_scope *ret, struct dockerfile_budget *b,
			    struct err *err)
{
	_cleanup_(dockerfile_scope_release) struct dockerfile_scope given = {0};
	struct globals g = {d->escape, &given, arena, ret, b, err};
	int r = 0;

	for (size_t k = 0; k < n_args && r == 0; k++)
		r = dockerfile_scope_set(&given, args[k].name, args[k].value, b, err);
	if (r == 0)
		r = set_predefined(platform, arena, ret, b, err);
	if (r == 0)
		r = override(ret, &given, b, err);
	for (size_t k = 0; k < d->meta.n && r == 0; k++)
		r = define_all(&g, &d->meta.v[k]);
	return r;
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

int dockerfile_parse_from(const struct dockerfile_instruction *from, struct arena *arena,
			  struct dockerfile_stage *ret, struct err *err)
{
	struct bytes rest = from->text, base = dockerfile_next_word(&rest);
	struct bytes as = dockerfile_next_word(&rest), name = dockerfile_next_word(&rest);
	char shown[64];

	if (base.len == 0 || (as.len && (!dockerfile_is(as, "AS") || name.len == 0)) ||
	    dockerfile_next_word(&rest).len)
		return err_set(err, EINVAL, "FROM wants one argument, or three: IMAGE AS NAME");
	*ret = (struct dockerfile_stage){.base_text = base,
					 .platform = dockerfile_flag_value(from, "platform"),
					 .line0 = from->line0,
					 .line1 = from->line1};
	if (as.len == 0)
		return 0;
	ret->name = dockerfile_to_case(name, tolower, arena);
	if (!ret->name.ptr)
		return err_oom(err);
	if (!is_stage_name(ret->name))
		return err_set(err, EINVAL, "\"%s\" is no name for a stage",
			       escape_short(name, shown, sizeof(shown)));
	return 0;
}

/* ---- names ---- */

static int compare_names(const void *a, const void *b, void *stages)
{
	const struct dockerfile_stage *s = stages;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int c = bytes_cmp(s[x].name, s[y].name);

	return c ? c : (x > y) - (x < y);
}

static int compare_lower(struct bytes any_case, struct bytes lower)
{
	for (size_t i = 0; i < MIN(any_case.len, lower.len); i++) {
		int c = (unsigned char)any_case.ptr[i];

		c = (c >= 'A' && c <= 'Z' ? c + 32 : c) - (unsigned char)lower.ptr[i];
		if (c)
			return c;
	}
	return (any_case.len > lower.len) - (any_case.len < lower.len);
}

uint32_t dockerfile_stage_named(const struct dockerfile *d, uint32_t before, struct bytes name)
{
	size_t lo = 0, hi = d->by_name.n;
	uint32_t found;

	/* The first that is not below (name, before); the one before it. */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		uint32_t k = d->by_name.v[mid];
		int c = compare_lower(name, d->stages.v[k].name);

		if (c > 0 || (c == 0 && k < before))
			lo = mid + 1;
		else
			hi = mid;
	}
	found = lo ? d->by_name.v[lo - 1] : UINT32_MAX;
	return lo && compare_lower(name, d->stages.v[found].name) == 0 ? found : UINT32_MAX;
}

static int sort_names(struct dockerfile *d)
{
	int r = 0;

	for (uint32_t k = 0; k < d->stages.n && r == 0; k++)
		if (d->stages.v[k].name.len)
			r = dockerfile_index_vec_push(&d->by_name, k);
	if (d->by_name.n)
		qsort_r(d->by_name.v, d->by_name.n, sizeof(uint32_t), compare_names,
			d->stages.v);
	return r;
}

static void find_base(const struct dockerfile *d, uint32_t k)
{
	struct dockerfile_stage *s = &d->stages.v[k];
	uint32_t base = dockerfile_stage_named(d, k, s->base);

	if (base != UINT32_MAX) {
		s->base_kind = DOCKERFILE_STAGE;
		s->base_stage = base;
	} else {
		s->base_kind = bytes_equal(s->base, BYTES("scratch")) ? DOCKERFILE_SCRATCH
								      : DOCKERFILE_IMAGE;
	}
}

int dockerfile_link_stages(struct dockerfile *d, const struct dockerfile_scope *global,
			   struct dockerfile_budget *b, struct err *err)
{
	if (sort_names(d) < 0)
		return err_oom(err);
	for (uint32_t k = 0; k < d->stages.n; k++) {
		struct dockerfile_stage *s = &d->stages.v[k];
		int r = dockerfile_expand_in(s->base_text, d->escape, global, b, &d->arena,
					     &s->base, err);

		if (r == 0 && s->platform.len)
			r = dockerfile_expand_in(s->platform, d->escape, global, b, &d->arena,
						 &s->platform, err);
		if (r < 0)
			return err_prefix(err, r, "line %u", s->line0);
		if (s->base.len == 0)
			s->base = s->base_text;
		find_base(d, k);
	}
	return 0;
}
