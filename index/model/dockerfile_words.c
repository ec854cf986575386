/* SPDX-License-Identifier: MIT */
/*
 * One logical line: keyword, flags, JSON form or words, heredoc announcements, mounts.
 * Source: BuildKit line_parsers.go, split_command.go,
 * instructions/{bflag,commands_runmount}.go.
 */
#include "model/dockerfile_internal.h"

#include "util/buf.h"
#include "util/json.h"

#include <strings.h>

bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

struct bytes trim_blanks(struct bytes b)
{
	while (b.len && (is_blank(b.ptr[0]) || b.ptr[0] == '\n'))
		b = bytes_skip(b, 1);
	while (b.len && (is_blank(b.ptr[b.len - 1]) || b.ptr[b.len - 1] == '\n'))
		b.len--;
	return b;
}

bool equal_ignoring_case(struct bytes a, struct bytes b)
{
	return a.len == b.len && (!a.len || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

static struct bytes change_case(struct bytes b, struct arena *arena, bool upper)
{
	char *copy = arena_dup(arena, b.len ? b.ptr : "", b.len);

	for (size_t i = 0; copy && i < b.len; i++)
		if (upper ? copy[i] >= 'a' && copy[i] <= 'z' : copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] ^ 0x20);
	return bytes_make(copy, copy ? b.len : 0);
}

struct bytes upper_case(struct bytes b, struct arena *arena)
{
	return change_case(b, arena, true);
}

struct bytes lower_case(struct bytes b, struct arena *arena)
{
	return change_case(b, arena, false);
}

void dockerfile_instruction_release(struct dockerfile_instruction *i)
{
	dockerfile_flag_vec_release(&i->flags);
	bytes_vec_release(&i->args);
	dockerfile_heredoc_vec_release(&i->heredocs);
	dockerfile_mount_vec_release(&i->mounts);
}

static struct bytes take_word(struct bytes *rest)
{
	size_t n = 0;

	while (rest->len && is_blank(rest->ptr[0]))
		*rest = bytes_skip(*rest, 1);
	while (n < rest->len && !is_blank(rest->ptr[n]))
		n++;
	*rest = bytes_skip(*rest, n);
	return bytes_make(rest->ptr - n, n);
}

/* ---- flags ---- */

/* A leading word with its quotes and escapes removed; blanks inside quotes belong to it. */
static int flag_word(struct bytes *rest, char escape, struct arena *arena, struct bytes *ret)
{
	_cleanup_(buf_release) struct buf word = BUF_INIT;
	size_t n = 0;
	char quote = 0;

	for (; n < rest->len && (quote || !is_blank(rest->ptr[n])); n++) {
		char c = rest->ptr[n];

		if (c == escape && n + 1 < rest->len)
			c = rest->ptr[++n];
		else if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? 0 : c;
			continue;
		}
		buf_add_char(&word, c);
	}
	*rest = bytes_skip(*rest, n);
	*ret = arena_bytes(arena, buf_bytes(&word));
	return buf_status(&word) < 0 || (word.len && !ret->ptr) ? -ENOMEM : 0;
}

static int take_flags(struct dockerfile_instruction *i, struct bytes *rest, char escape,
		      struct arena *arena)
{
	while (bytes_starts_with(*rest = trim_blanks(*rest), BYTES("--"))) {
		struct dockerfile_flag flag = {0};
		struct bytes word;
		size_t eq;

		if (flag_word(rest, escape, arena, &word) < 0)
			return -ENOMEM;
		if (word.len == 2)
			break;
		word = bytes_skip(word, 2);
		eq = bytes_find(word, '=');
		flag.name = bytes_make(word.ptr, eq);
		if (eq < word.len)
			flag.value = bytes_skip(word, eq + 1);
		if (dockerfile_flag_vec_push(&i->flags, flag) < 0)
			return -ENOMEM;
	}
	*rest = trim_blanks(*rest);
	return 0;
}

/* ---- RUN --mount ---- */

static void set_mount(struct dockerfile_mount *m, struct bytes key, struct bytes value)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = {
	    {"type", offsetof(struct dockerfile_mount, type)},
	    {"from", offsetof(struct dockerfile_mount, from)},
	    {"source", offsetof(struct dockerfile_mount, source)},
	    {"src", offsetof(struct dockerfile_mount, source)},
	    {"target", offsetof(struct dockerfile_mount, target)},
	    {"dst", offsetof(struct dockerfile_mount, target)},
	    {"destination", offsetof(struct dockerfile_mount, target)},
	};

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
		if (equal_ignoring_case(key, bytes_from_str(keys[k].key)))
			memcpy((char *)m + keys[k].offset, &value, sizeof(value));
}

/* CSV without quotes: fields of mounts have none. */
static struct dockerfile_mount parse_mount(struct bytes csv)
{
	struct dockerfile_mount m = {.type = BYTES("bind")};

	while (csv.len) {
		struct bytes field = bytes_make(csv.ptr, bytes_find(csv, ','));
		size_t eq = bytes_find(field, '=');

		csv = bytes_skip(csv, MIN(field.len + 1, csv.len));
		set_mount(&m, bytes_make(field.ptr, eq),
			  eq < field.len ? bytes_skip(field, eq + 1) : BYTES_NULL);
	}
	return m;
}

static int take_mounts(struct dockerfile_instruction *i)
{
	if (!bytes_equal(i->keyword, BYTES("RUN")))
		return 0;
	vec_foreach (f, &i->flags)
		if (bytes_equal(f->name, BYTES("mount")) &&
		    dockerfile_mount_vec_push(&i->mounts, parse_mount(f->value)) < 0)
			return -ENOMEM;
	return 0;
}

/* ---- words ---- */

static bool keyword_in(struct bytes keyword, const char *const *list)
{
	for (; *list; list++)
		if (bytes_equal(keyword, bytes_from_str(*list)))
			return true;
	return false;
}

static const char *const json_keywords[] = {
    "ADD", "CMD", "COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN", "SHELL", "VOLUME", NULL};
static const char *const text_keywords[] = {
    "CMD", "ENTRYPOINT", "HEALTHCHECK", "MAINTAINER", "ONBUILD", "RUN", "SHELL", NULL};
static const char *const quoted_keywords[] = {"ARG", "ENV", "LABEL", NULL};

/* 1: it is an array of strings. JSON that is no such array is refused, other text is text. */
static int take_json(struct dockerfile_instruction *i, struct arena *arena, struct err *err)
{
	_cleanup_(json_freep) json_t *array = NULL;
	const json_t *item;
	size_t k;

	if (!i->text.len || i->text.ptr[0] != '[' || !keyword_in(i->keyword, json_keywords) ||
	    json_parse(i->text, &array, NULL) < 0)
		return 0;
	json_array_foreach(array, k, item)
	{
		struct bytes s;

		if (!json_is_string(item))
			return err_set(err, EINVAL, "an array of other things than strings");
		s = arena_bytes(arena,
				bytes_make(json_string_value(item), json_string_length(item)));
		if ((json_string_length(item) && !s.ptr) || bytes_vec_push(&i->args, s) < 0)
			return err_oom(err);
	}
	i->json = true;
	return 1;
}

/* A word of ENV and its like: blanks inside quotes belong to it; quotes stay. */
static struct bytes quoted_word(struct bytes *rest, char escape)
{
	size_t n = 0;
	char quote = 0;

	*rest = trim_blanks(*rest);
	for (; n < rest->len && (quote || !is_blank(rest->ptr[n])); n++) {
		char c = rest->ptr[n];

		if (c == escape && quote != '\'' && n + 1 < rest->len)
			n++;
		else if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
	}
	*rest = bytes_skip(*rest, n);
	return bytes_make(rest->ptr - n, n);
}

static int take_words(struct dockerfile_instruction *i, char escape)
{
	bool quoted = keyword_in(i->keyword, quoted_keywords);
	struct bytes rest = i->text, word;

	if (keyword_in(i->keyword, text_keywords))
		return i->text.len ? bytes_vec_push(&i->args, i->text) : 0;
	while ((word = quoted ? quoted_word(&rest, escape) : take_word(&rest)).len)
		if (bytes_vec_push(&i->args, word) < 0)
			return -ENOMEM;
	return 0;
}

int instruction_parse(struct bytes line, char escape, struct arena *arena,
		      struct dockerfile_instruction *ret, struct err *err)
{
	struct dockerfile_instruction i = {0};
	struct bytes rest = trim_blanks(line);
	int r;

	i.keyword = upper_case(take_word(&rest), arena);
	r = i.keyword.ptr ? take_flags(&i, &rest, escape, arena) : -ENOMEM;
	i.text = rest;
	if (r == 0)
		r = take_mounts(&i);
	if (r == 0)
		r = take_json(&i, arena, err);
	if (r == 0)
		r = take_words(&i, escape);
	if (r < 0) {
		dockerfile_instruction_release(&i);
		return r == -ENOMEM ? err_oom(err) : r;
	}
	*ret = i;
	return 0;
}

/* ---- heredocs ---- */

/* "3<<-'NAME'" */
static int heredoc_of(struct bytes word, char escape, struct arena *arena,
		      struct dockerfile_heredoc *ret)
{
	struct bytes name, rest = word;
	int fd = 0;

	while (rest.len && rest.ptr[0] >= '0' && rest.ptr[0] <= '9' && fd < 1000) {
		fd = fd * 10 + (rest.ptr[0] - '0');
		rest = bytes_skip(rest, 1);
	}
	if (!bytes_starts_with(rest, BYTES("<<")))
		return 0;
	rest = bytes_skip(rest, 2);
	*ret = (struct dockerfile_heredoc){.fd = fd};
	if (bytes_starts_with(rest, BYTES("-"))) {
		ret->chomp = true;
		rest = bytes_skip(rest, 1);
	}
	if (!rest.len || bytes_find(rest, '<') < rest.len)
		return 0;
	name = rest;
	if (flag_word(&rest, escape, arena, &ret->name) < 0)
		return -ENOMEM;
	ret->expand = ret->name.len == name.len;
	return ret->name.len > 0;
}

static bool can_have_heredocs(const struct dockerfile_instruction *i)
{
	static const char *const keywords[] = {"ADD", "COPY", "ONBUILD", "RUN", NULL};

	return !i->json && keyword_in(i->keyword, keywords);
}

int instruction_heredocs(struct dockerfile_instruction *i, char escape, struct arena *arena)
{
	struct bytes rest = i->text, word;

	if (!can_have_heredocs(i) || !memmem(rest.ptr, rest.len, "<<", 2))
		return 0;
	while ((word = quoted_word(&rest, escape)).len) {
		struct dockerfile_heredoc h;
		int r = heredoc_of(word, escape, arena, &h);

		if (r > 0)
			r = dockerfile_heredoc_vec_push(&i->heredocs, h);
		if (r < 0)
			return r;
	}
	return 0;
}
