/* SPDX-License-Identifier: MIT */
/*
 * What stages take from each other, and which of them a build needs. BuildKit:
 * dockerfile2llb/convert.go toCommand(), detectRunMount().
 */
#include "model/dockerfile_internal.h"

/* ---- what a --from means ---- */

/* strconv.Atoi of what may be the number of a stage; UINT32_MAX. */
static uint32_t number_of(struct bytes s)
{
	uint32_t n = 0;

	if (bytes_starts_with(s, BYTES("+")) || bytes_equal(s, BYTES("-0")))
		s = bytes_skip(s, 1);
	if (s.len == 0)
		return UINT32_MAX;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9' || n > DOCKERFILE_MAX_INSTRUCTIONS)
			return UINT32_MAX;
		n = n * 10 + (uint32_t)(s.ptr[i] - '0');
	}
	return n;
}

static struct dockerfile_source source_of(const struct dockerfile *d, uint32_t stage,
					  struct bytes from, bool numbers)
{
	uint32_t k = numbers ? number_of(from) : UINT32_MAX;

	if (k >= stage)
		k = dockerfile_stage_named(d, stage, from);
	if (k == UINT32_MAX)
		return (struct dockerfile_source){.kind = DOCKERFILE_FROM_IMAGE, .image = from};
	return (struct dockerfile_source){.kind = DOCKERFILE_FROM_STAGE, .stage = k};
}

struct dockerfile_source dockerfile_copy_source(const struct dockerfile *d, uint32_t stage,
						const struct dockerfile_instruction *i)
{
	struct bytes from = dockerfile_flag_value(i, "from");

	if (from.len == 0 || !bytes_equal(i->keyword, BYTES("COPY")))
		return (struct dockerfile_source){.kind = DOCKERFILE_FROM_CONTEXT};
	return source_of(d, stage, from, true);
}

struct dockerfile_source dockerfile_mount_source(const struct dockerfile *d, uint32_t stage,
						 const struct dockerfile_mount *m)
{
	if (m->from.len)
		return source_of(d, stage, m->from, false);
	if (bytes_equal(m->type, BYTES("bind")))
		return (struct dockerfile_source){.kind = DOCKERFILE_FROM_CONTEXT};
	return (struct dockerfile_source){.kind = DOCKERFILE_FROM_IMAGE,
					  .image = BYTES("scratch")};
}

static bool is_true(const struct dockerfile_instruction *i, const char *flag)
{
	struct bytes value = dockerfile_flag_value(i, flag);

	return value.ptr && !dockerfile_is(value, "FALSE");
}

int dockerfile_copy_args(const struct dockerfile_instruction *i, struct dockerfile_copy *ret)
{
	_cleanup_(bytes_vec_release) struct bytes_vec sources = {0};
	size_t heredoc = 0; /* they stand among the arguments in their order */

	if (i->args.n < 2 ||
	    (!bytes_equal(i->keyword, BYTES("COPY")) && !bytes_equal(i->keyword, BYTES("ADD"))))
		return -EINVAL;
	for (size_t k = 0; k + 1 < i->args.n; k++) {
		if (heredoc < i->heredocs.n &&
		    dockerfile_is_heredoc(i->args.v[k], &i->heredocs.v[heredoc]))
			heredoc++;
		else if (bytes_vec_push(&sources, i->args.v[k]) < 0)
			return -ENOMEM;
	}
	*ret = (struct dockerfile_copy){.sources = sources,
					.destination = i->args.v[i->args.n - 1],
					.chown = dockerfile_flag_value(i, "chown"),
					.link = is_true(i, "link"),
					.parents = is_true(i, "parents")};
	sources = (struct bytes_vec){0};
	return 0;
}

enum dockerfile_layer dockerfile_makes_layer(const struct dockerfile_instruction *i)
{
	if (bytes_equal(i->keyword, BYTES("COPY")) || bytes_equal(i->keyword, BYTES("ADD")) ||
	    bytes_equal(i->keyword, BYTES("RUN")))
		return DOCKERFILE_LAYER_YES;
	if (bytes_equal(i->keyword, BYTES("WORKDIR")) &&
	    (i->args.n == 0 || !bytes_equal(i->args.v[0], BYTES("/"))))
		return DOCKERFILE_LAYER_MAYBE;
	return DOCKERFILE_LAYER_NO;
}

/* ---- targets ---- */

int dockerfile_target(const struct dockerfile *d, struct bytes target, uint32_t *ret)
{
	uint32_t n = (uint32_t)d->stages.n, k = n - 1;

	if (target.len)
		k = dockerfile_stage_named(d, n, target);
	if (k == UINT32_MAX)
		k = number_of(target);
	if (k >= n)
		return -ENOENT;
	*ret = k;
	return 0;
}

static void mark(struct dockerfile_source s, bool *ret)
{
	if (s.kind == DOCKERFILE_FROM_STAGE)
		ret[s.stage] = true;
}

static void mark_sources(const struct dockerfile *d, uint32_t k,
			 const struct dockerfile_instruction *i, bool *ret)
{
	mark(dockerfile_copy_source(d, k, i), ret);
	vec_foreach (m, &i->mounts)
		mark(dockerfile_mount_source(d, k, m), ret);
}

static void mark_needed(const struct dockerfile *d, uint32_t k, bool *ret)
{
	const struct dockerfile_stage *s = &d->stages.v[k], *base;

	for (uint32_t n = 0; n < s->n; n++)
		mark_sources(d, k, &d->instructions.v[s->first + n], ret);
	if (s->base_kind != DOCKERFILE_STAGE)
		return;
	ret[s->base_stage] = true;
	base = &d->stages.v[s->base_stage];
	for (uint32_t n = 0; n < base->n; n++) {
		uint32_t trigger = d->instructions.v[base->first + n].trigger;

		if (trigger)
			mark_sources(d, k, &d->triggers.v[trigger - 1], ret);
	}
}

/* Stages need earlier ones only, so one pass from the target down is enough. */
void dockerfile_reachable(const struct dockerfile *d, uint32_t target, bool *ret)
{
	for (uint32_t k = 0; k < d->stages.n; k++)
		ret[k] = k == target;
	for (uint32_t k = target + 1; k-- > 0;)
		if (ret[k])
			mark_needed(d, k, ret);
}
