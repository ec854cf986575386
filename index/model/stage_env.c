/* SPDX-License-Identifier: MIT */
#include "model/stage_env.h"

#include <ctype.h>

void stage_env_release(struct stage_env *e)
{
	stage_var_vec_release(&e->vars);
	arena_release(&e->arena);
}

/* ---- variables ---- */

static struct stage_var *find(const struct stage_env *e, struct bytes name)
{
	vec_foreach (v, &e->vars)
		if (bytes_equal(v->name, name))
			return v;
	return NULL;
}

static int set(struct stage_env *e, struct bytes name, struct bytes value, bool arg)
{
	struct stage_var *old = find(e, name);
	struct stage_var fresh = {name, arena_bytes(&e->arena, value), arg};

	if (value.len && !fresh.value.ptr)
		return -ENOMEM;
	if (!name.len || (old && arg && !old->arg))
		return 0;
	if (!old)
		return stage_var_vec_push(&e->vars, fresh);
	*old = fresh;
	return 0;
}

/* The name of the variable behind a '$'; empty where there is none. */
static struct bytes name_at(struct bytes rest)
{
	size_t n = 0;

	if (rest.len && rest.ptr[0] == '{')
		rest = bytes_skip(rest, 1);
	while (n < rest.len && (isalnum((unsigned char)rest.ptr[n]) || rest.ptr[n] == '_'))
		n++;
	return bytes_make(rest.ptr, n);
}

static bool knows_all(const struct stage_env *e, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '$' && !find(e, name_at(bytes_skip(text, i + 1))))
			return false;
	return true;
}

int stage_env_expand(struct stage_env *e, struct bytes text, struct bytes *ret)
{
	_cleanup_(dockerfile_arg_vec_release) struct dockerfile_arg_vec args = {0};
	struct err err = ERR_INIT;
	int r = 0;

	*ret = text;
	if (!e->d->dockerfile || bytes_find(text, '$') == text.len || !knows_all(e, text))
		return 0;
	vec_foreach (v, &e->vars)
		if (r == 0)
			r = dockerfile_arg_vec_push(&args,
						    (struct dockerfile_arg){v->name, v->value});
	if (r == 0)
		r = dockerfile_expand(text, e->d->dockerfile->escape, args.v, args.n, &e->arena,
				      ret, &err);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		*ret = text;
	return 0;
}

/* ---- where values come from ---- */

static bool given(const struct draft *d, struct bytes name, struct bytes *ret)
{
	for (size_t k = 0; k < d->args.n; k++)
		if (bytes_equal(d->args.v[k].name, name) && d->args.v[k].value.ptr) {
			*ret = d->args.v[k].value;
			return true;
		}
	return false;
}

/* "ARG NAME=VALUE" as the history has it. */
static bool shown(const struct draft *d, const struct draft_stage *s, size_t k,
		  struct bytes name, struct bytes *ret)
{
	const struct fact_entry *entry;
	struct bytes rest, word;

	if (s->history == DRAFT_NONE || k >= s->entries.n || s->entries.v[k] == ALIGN_NONE)
		return false;
	entry = &d->f->images.v[s->history].history.v[s->entries.v[k]];
	rest = draft_arguments(buf_bytes(&entry->in.text));
	while ((word = draft_next_word(&rest)).len) {
		size_t eq = bytes_find(word, '=');

		if (eq == word.len || !bytes_equal(bytes_make(word.ptr, eq), name))
			continue;
		*ret = bytes_skip(word, eq + 1);
		return true;
	}
	return false;
}

/* Of an ARG before the first FROM. */
static int global(struct stage_env *e, struct bytes name, struct bytes *ret)
{
	vec_foreach (i, &e->d->dockerfile->meta)
		vec_foreach (a, &i->args) {
			size_t eq = bytes_find(*a, '=');

			if (eq < a->len && bytes_equal(bytes_make(a->ptr, eq), name))
				return stage_env_expand(e, bytes_skip(*a, eq + 1), ret);
		}
	return 0;
}

static int learn_arg(struct stage_env *e, const struct draft_stage *s, size_t k,
		     struct bytes word)
{
	size_t eq = bytes_find(word, '=');
	struct bytes name = bytes_make(word.ptr, eq), value = BYTES_NULL;
	int r = 0;

	if (given(e->d, name, &value) || shown(e->d, s, k, name, &value))
		return set(e, name, value, true);
	if (eq < word.len)
		r = stage_env_expand(e, bytes_skip(word, eq + 1), &value);
	else
		r = global(e, name, &value);
	return r < 0 || !value.ptr ? r : set(e, name, value, true);
}

static int learn_env(struct stage_env *e, struct bytes word)
{
	size_t eq = bytes_find(word, '=');
	struct bytes value;
	int r;

	if (eq == word.len)
		return 0;
	r = stage_env_expand(e, bytes_skip(word, eq + 1), &value);
	return r < 0 ? r : set(e, bytes_make(word.ptr, eq), value, false);
}

int stage_env_learn(struct stage_env *e, const struct draft_stage *s, size_t k)
{
	const struct draft *d = e->d;
	const struct dockerfile_instruction *i;
	bool arg = strcmp(s->instructions.v[k].keyword, "ARG") == 0;
	int r = 0;

	if (!d->dockerfile || (!arg && strcmp(s->instructions.v[k].keyword, "ENV") != 0))
		return 0;
	i = &d->dockerfile->instructions.v[d->dockerfile->stages.v[s - d->stages.v].first + k];
	vec_foreach (word, &i->args)
		if (r == 0)
			r = arg ? learn_arg(e, s, k, *word) : learn_env(e, *word);
	return r;
}

/* "ENV A=b C=d e": the quotes are lost, a word without '=' belongs to the value before it. */
static int learn_history(struct stage_env *e, struct bytes text)
{
	struct bytes rest = draft_arguments(text), name = BYTES_NULL, value = BYTES_NULL, word;
	int r = 0;

	while (r == 0 && (word = draft_next_word(&rest)).len) {
		size_t eq = bytes_find(word, '=');

		if (eq == word.len) {
			if (name.len)
				value.len = (size_t)(word.ptr + word.len - value.ptr);
			continue;
		}
		r = set(e, name, value, false);
		name = bytes_make(word.ptr, eq);
		value = bytes_skip(word, eq + 1);
	}
	return r < 0 ? r : set(e, name, value, false);
}

int stage_env_begin(struct stage_env *e, const struct draft *d, const struct draft_stage *root)
{
	const struct fact_image *i =
	    root->history == DRAFT_NONE ? NULL : &d->f->images.v[root->history];
	int r = 0;

	e->d = d;
	for (uint32_t k = 0; i && r == 0 && k < root->root_entries && k < i->history.n; k++)
		if (strcmp(i->history.v[k].in.keyword, "ENV") == 0)
			r = learn_history(e, buf_bytes(&i->history.v[k].in.text));
	return r;
}

void stage_env_next_stage(struct stage_env *e)
{
	size_t n = 0;

	for (size_t k = 0; k < e->vars.n; k++)
		if (!e->vars.v[k].arg)
			e->vars.v[n++] = e->vars.v[k];
	e->vars.n = n;
}
