/* SPDX-License-Identifier: MIT */
#include "model/dup_action.h"

#define LOOKED_AT 64 /* copies: the advice for more of them is the same */

const char *dup_action_name(enum dup_action a)
{
	static const char *const names[] = {
	    NULL, "link", "merge RUNs", "COPY --chown", "share a base stage", "COPY --from"};

	return names[a];
}

/* A copy that stands in a chain. */
struct standing {
	uint32_t chain, position;
	const struct dup_copy *copy;
};
DEFINE_VEC(standing_vec, struct standing)

static int compare(const void *pa, const void *pb)
{
	const struct standing *a = pa, *b = pb;

	if (a->chain != b->chain)
		return a->chain < b->chain ? -1 : 1;
	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return (a->copy > b->copy) - (a->copy < b->copy);
}

/* By chain, the lowest layer first. */
static int list(const struct uses *u, const struct dup_copy *copies, size_t n,
		struct standing_vec *ret)
{
	for (size_t i = 0; i < MIN(n, (size_t)LOOKED_AT); i++) {
		const struct used_layer *l = &u->layers[copies[i].layer];

		for (uint32_t k = l->first; k < l->first + l->n; k++) {
			struct standing s = {u->uses.v[k].chain, u->uses.v[k].position,
					     &copies[i]};

			if (standing_vec_push(ret, s) < 0)
				return -ENOMEM;
		}
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare);
	return 0;
}

/* ---- two copies in one chain ---- */

static bool is_run(struct bytes instruction)
{
	return bytes_starts_with(instruction, BYTES("RUN "));
}

static bool is_copy(struct bytes instruction)
{
	return bytes_starts_with(instruction, BYTES("COPY ")) ||
	       bytes_starts_with(instruction, BYTES("ADD "));
}

static enum dup_action judge(const struct uses *u, const struct standing *lower,
			     const struct standing *upper)
{
	const struct use_chain *chain = &u->chains.v[lower->chain];
	struct bytes first = chain->layers[lower->position - 1].instruction;
	struct bytes second = chain->layers[upper->position - 1].instruction;
	bool same_path = bytes_equal(lower->copy->path, upper->copy->path);

	if (lower->copy->layer == upper->copy->layer)
		return DUP_LINK;
	if (lower->position <= chain->base_layers && upper->position > chain->base_layers)
		return DUP_NOTHING;
	if (is_run(first) && is_run(second))
		return DUP_MERGE_RUNS;
	if (is_copy(first) && is_run(second))
		return same_path ? DUP_COPY_CHOWN : DUP_LINK;
	return is_copy(first) && is_copy(second) && !same_path ? DUP_LINK : DUP_NOTHING;
}

/* Of the first pair in one chain that something can be done about; false: there is no pair. */
static bool find_pair(const struct uses *u, const struct standing_vec *v, bool shipped,
		      enum dup_action *ret)
{
	bool found = false;

	for (size_t i = 1; i < v->n; i++) {
		if (v->v[i].chain != v->v[i - 1].chain || v->v[i].copy == v->v[i - 1].copy ||
		    (shipped && !u->chains.v[v->v[i].chain].shipped))
			continue;
		found = true;
		*ret = judge(u, &v->v[i - 1], &v->v[i]);
		if (*ret != DUP_NOTHING)
			break;
	}
	return found;
}

/* ---- copies in different stages ---- */

/* Did COPY --from of a stage make the layer? */
static bool is_taken(const struct uses *u, const struct standing *s)
{
	const struct use_chain *chain = &u->chains.v[s->chain];
	const struct catalog_stage *stage = chain->stage;

	for (uint32_t k = 0; stage && k < stage->s->n_edges; k++)
		if (stage->s->edges[k].position == s->position &&
		    stage->s->edges[k].source == SOURCE_STAGE)
			return true;
	return false;
}

static enum dup_action judge_stages(const struct uses *u, const struct standing_vec *v)
{
	bool shipped = false;

	vec_foreach (s, v) {
		if (is_taken(u, s))
			return DUP_NOTHING;
		shipped |= u->chains.v[s->chain].shipped;
	}
	return shipped ? DUP_COPY_FROM : DUP_SHARE_BASE;
}

int dup_action(const struct uses *u, const struct dup_group *g, const struct dup_copy *copies,
	       size_t n, enum dup_action *ret)
{
	_cleanup_(standing_vec_release) struct standing_vec v = {0};

	*ret = DUP_NOTHING;
	if (!g->shipped && g->across_images) {
		*ret = DUP_SHARE_BASE;
		return 0;
	}
	if (list(u, copies, n, &v) < 0)
		return -ENOMEM;
	if (!find_pair(u, &v, g->shipped > 0, ret) && !g->shipped)
		*ret = judge_stages(u, &v);
	return 0;
}
