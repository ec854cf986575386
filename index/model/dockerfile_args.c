/* SPDX-License-Identifier: MIT */
/*
 * What stands behind keyword and flags, by keyword. BuildKit: line_parsers.go,
 * commands_runmount.go.
 */
#include "model/dockerfile_internal.h"
#include "util/json.h"

#include <ctype.h>

static int add_arg(struct dockerfile_instruction *i, struct bytes arg)
{
	return bytes_vec_push(&i->args, arg);
}

/* ---- the JSON form ---- */

static int add_strings(struct dockerfile_instruction *i, const json_t *array,
		       struct arena *arena, struct err *err)
{
	for (size_t k = 0; k < json_array_size(array); k++) {
		const json_t *s = json_array_get(array, k);
		struct bytes b;

		if (!json_is_string(s))
			return err_set(err, EINVAL, "an array of other things than strings");
		b = arena_bytes(arena, bytes_make(json_string_value(s), json_string_length(s)));
		if (!b.ptr || add_arg(i, b) < 0)
			return err_oom(err);
	}
	i->json = true;
	return 0;
}

/* 1: it was one. Text that is no JSON is text, also behind a '['. */
static int take_json(struct dockerfile_instruction *i, struct bytes text, struct arena *arena,
		     struct err *err)
{
	_cleanup_(json_freep) json_t *j = NULL;
	int r;

	if (text.len == 0 || text.ptr[0] != '[')
		return 0;
	r = json_parse(text, &j, NULL);
	if (r == -ENOMEM)
		return err_oom(err);
	if (r < 0 || !json_is_array(j))
		return 0;
	r = add_strings(i, j, arena, err);
	return r < 0 ? r : 1;
}

/* ---- forms ---- */

struct arg_source {
	struct bytes text;
	char escape;
	struct arena *arena;
	struct err *err;
};

typedef int args_fn(struct dockerfile_instruction *i, const struct arg_source *s);

static int as_text(struct dockerfile_instruction *i, const struct arg_source *s)
{
	return s->text.len ? add_arg(i, s->text) : 0;
}

static int add_unquoted(struct dockerfile_instruction *i, struct bytes word,
			const struct arg_source *s)
{
	struct bytes plain;
	int r = dockerfile_unquote(word, s->escape, s->arena, &plain);

	return r < 0 ? r : add_arg(i, plain);
}

static int as_string(struct dockerfile_instruction *i, const struct arg_source *s)
{
	return s->text.len ? add_unquoted(i, s->text, s) : 0;
}

/* White space divides, quotes notwithstanding. */
static int as_list(struct dockerfile_instruction *i, const struct arg_source *s)
{
	struct bytes rest = s->text, word;
	int r = 0;

	while (r == 0 && (word = dockerfile_next_word(&rest)).len)
		r = add_unquoted(i, word, s);
	return r;
}

static int as_command(struct dockerfile_instruction *i, const struct arg_source *s)
{
	int r = take_json(i, s->text, s->arena, s->err);

	return r == 0 ? as_text(i, s) : MIN(r, 0);
}

static int as_list_or_json(struct dockerfile_instruction *i, const struct arg_source *s)
{
	int r = take_json(i, s->text, s->arena, s->err);

	return r == 0 ? as_list(i, s) : MIN(r, 0);
}

static int add_words(struct dockerfile_instruction *i, const struct bytes_vec *words,
		     const struct arg_source *s)
{
	int r = 0;

	for (size_t k = 0; r == 0 && k < words->n; k++)
		r = add_unquoted(i, words->v[k], s);
	return r;
}

static int as_words(struct dockerfile_instruction *i, const struct arg_source *s)
{
	_cleanup_(bytes_vec_release) struct bytes_vec words = {0};
	int r = dockerfile_split_words(s->text, s->escape, &words);

	return r < 0 ? r : add_words(i, &words, s);
}

/* `NAME the value`, as NAME=the value. */
static int add_old_pair(struct dockerfile_instruction *i, const struct arg_source *s)
{
	_cleanup_(buf_release) struct buf pair = BUF_INIT;
	struct bytes rest = s->text, name = dockerfile_next_word(&rest), value;
	int r = dockerfile_unquote(dockerfile_trim(rest), s->escape, s->arena, &value);

	if (r < 0)
		return r;
	buf_add_bytes(&pair, name);
	buf_add_char(&pair, '=');
	buf_add_bytes(&pair, value);
	if (buf_status(&pair) < 0)
		return -ENOMEM;
	value = arena_bytes(s->arena, buf_bytes(&pair));
	return value.ptr ? add_arg(i, value) : -ENOMEM;
}

/* ENV and LABEL: the first word tells which of the two forms it is. */
static int as_pairs(struct dockerfile_instruction *i, const struct arg_source *s)
{
	_cleanup_(bytes_vec_release) struct bytes_vec words = {0};
	int r = dockerfile_split_words(s->text, s->escape, &words);

	if (r < 0)
		return r;
	if (words.n > 1 && bytes_find(words.v[0], '=') == words.v[0].len)
		return add_old_pair(i, s);
	return add_words(i, &words, s);
}

static int as_health(struct dockerfile_instruction *i, const struct arg_source *s)
{
	struct arg_source command = *s;
	struct bytes kind = dockerfile_next_word(&command.text);
	int r = kind.len ? add_arg(i, kind) : 0;

	command.text = dockerfile_trim(command.text);
	return r < 0 ? r : as_command(i, &command);
}

static const struct form {
	const char *keyword;
	args_fn *parse;
} forms[] = {
    {"ADD", as_list_or_json},    {"ARG", as_words},          {"CMD", as_command},
    {"COPY", as_list_or_json},   {"ENTRYPOINT", as_command}, {"ENV", as_pairs},
    {"EXPOSE", as_list},         {"FROM", as_list},          {"HEALTHCHECK", as_health},
    {"LABEL", as_pairs},         {"MAINTAINER", as_text},    {"RUN", as_command},
    {"SHELL", as_command},       {"STOPSIGNAL", as_string},  {"USER", as_string},
    {"VOLUME", as_list_or_json}, {"WORKDIR", as_string},
};

static args_fn *form_of(struct bytes keyword)
{
	for (size_t k = 0; k < ARRAY_SIZE(forms); k++)
		if (bytes_equal(keyword, bytes_from_str(forms[k].keyword)))
			return forms[k].parse;
	return as_text;
}

int dockerfile_parse_args(struct dockerfile_instruction *i, char escape, struct arena *arena,
			  struct err *err)
{
	struct arg_source s = {i->text, escape, arena, err};
	int r = form_of(i->keyword)(i, &s);

	return r == -ENOMEM ? err_oom(err) : r;
}

/* ---- --mount ---- */

/* The next field of a line of CSV, into out; a field may stand in quotes. */
static struct bytes take_field(struct bytes s, struct buf *out)
{
	bool quoted = s.len && s.ptr[0] == '"';

	for (s = bytes_skip(s, quoted); s.len; s = bytes_skip(s, 1)) {
		if (quoted && s.ptr[0] == '"') {
			s = bytes_skip(s, 1);
			quoted = s.len && s.ptr[0] == '"';
			if (!s.len)
				break;
		}
		if (!quoted && s.ptr[0] == ',')
			return bytes_skip(s, 1);
		buf_add_char(out, s.ptr[0]);
	}
	return s;
}

static int set_key(struct dockerfile_mount *m, struct bytes field, struct arena *arena)
{
	const struct {
		const char *key;
		struct bytes *value;
	} keys[] = {{"TYPE", &m->type},         {"FROM", &m->from},     {"SOURCE", &m->source},
		    {"SRC", &m->source},        {"TARGET", &m->target}, {"DST", &m->target},
		    {"DESTINATION", &m->target}};
	size_t eq = bytes_find(field, '=');
	struct bytes key = bytes_make(field.ptr, eq), value;

	if (eq == field.len)
		return 0;
	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		if (!dockerfile_is(key, keys[k].key))
			continue;
		value = arena_bytes(arena, bytes_skip(field, eq + 1));
		if (value.ptr && keys[k].value == &m->type)
			value = dockerfile_to_case(value, tolower, arena);
		*keys[k].value = value;
		return value.ptr ? 0 : -ENOMEM;
	}
	return 0;
}

static int parse_mount(struct bytes text, struct arena *arena, struct dockerfile_mount *m)
{
	_cleanup_(buf_release) struct buf field = BUF_INIT;
	int r = 0;

	*m = (struct dockerfile_mount){.type = BYTES("bind")};
	while (r == 0 && text.len) {
		buf_clear(&field);
		text = take_field(text, &field);
		r = buf_status(&field);
		if (r == 0)
			r = set_key(m, buf_bytes(&field), arena);
	}
	return r;
}

int dockerfile_parse_mounts(struct dockerfile_instruction *i, struct arena *arena)
{
	struct dockerfile_mount m;
	int r = 0;

	if (!bytes_equal(i->keyword, BYTES("RUN")))
		return 0;
	for (size_t k = 0; k < i->flags.n && r == 0; k++) {
		if (!bytes_equal(i->flags.v[k].name, BYTES("mount")))
			continue;
		r = parse_mount(i->flags.v[k].value, arena, &m);
		if (r == 0)
			r = dockerfile_mount_vec_push(&i->mounts, m);
	}
	return r;
}
