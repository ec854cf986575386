/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"

int dockerfile_spend(struct dockerfile_budget *b, size_t work, struct err *err)
{
	if (work > b->work)
		return err_set(err, EINVAL, "the variables of this file expand to too much");
	b->work -= work;
	return 0;
}

void dockerfile_scope_release(struct dockerfile_scope *s)
{
	free(s->v);
	free(s->slots);
	*s = (struct dockerfile_scope){0};
}

/* FNV-1a. Names chosen to collide cost their author budget: see probe(). */
static uint32_t hash_of(struct bytes name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)name.ptr[i]) * 16777619u;
	return h;
}

/* The slot that holds the name, or the free one where it belongs. There is a free one. */
static int probe(const struct dockerfile_scope *s, struct bytes name, size_t *ret,
		 struct dockerfile_budget *b, struct err *err)
{
	size_t at = hash_of(name) & (s->n_slots - 1);
	size_t work = 1 + name.len / 8;
	int r;

	while ((r = dockerfile_spend(b, work, err)) == 0) {
		uint32_t k = s->slots[at];

		*ret = at;
		if (k == 0 || bytes_equal(s->v[k - 1].name, name))
			return 0;
		at = (at + 1) & (s->n_slots - 1);
	}
	return r;
}

/* Room for twice as many, and everything in its new slot. */
static int grow(struct dockerfile_scope *s, struct dockerfile_budget *b, struct err *err)
{
	size_t cap = MAX(s->cap * 2, (size_t)16), at;
	struct dockerfile_arg *v = reallocarray(s->v, cap, sizeof(*v));
	uint32_t *slots = calloc(cap * 2, sizeof(*slots));
	int r = 0;

	if (v)
		s->v = v;
	if (!v || !slots) {
		free(slots);
		return err_oom(err);
	}
	free(s->slots);
	s->slots = slots;
	s->n_slots = cap * 2;
	s->cap = cap;
	for (size_t i = 0; i < s->n && r == 0; i++) {
		r = probe(s, s->v[i].name, &at, b, err);
		if (r == 0)
			s->slots[at] = (uint32_t)i + 1;
	}
	return r;
}

int dockerfile_scope_set(struct dockerfile_scope *s, struct bytes name, struct bytes value,
			 struct dockerfile_budget *b, struct err *err)
{
	size_t at;
	int r = s->n == s->cap ? grow(s, b, err) : 0;

	if (r == 0)
		r = probe(s, name, &at, b, err);
	if (r < 0)
		return r;
	if (s->slots[at] == 0) {
		s->v[s->n] = (struct dockerfile_arg){.name = name};
		s->slots[at] = (uint32_t)++s->n;
	}
	s->v[s->slots[at] - 1].value = value;
	return 0;
}

int dockerfile_scope_get(const struct dockerfile_scope *s, struct bytes name, struct bytes *ret,
			 struct dockerfile_budget *b, struct err *err)
{
	size_t at;
	int r;

	*ret = BYTES_NULL;
	if (!s || s->n == 0)
		return 0;
	r = probe(s, name, &at, b, err);
	if (r < 0 || s->slots[at] == 0)
		return r;
	*ret = s->v[s->slots[at] - 1].value;
	return ret->ptr != NULL;
}
