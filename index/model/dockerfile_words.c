/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "util/escape.h"

#include <ctype.h>

bool dockerfile_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static bool is_wide_space(uint32_t c)
{
	return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Bytes of the white space that s begins with, 0 for none. */
static size_t space_at(struct bytes s)
{
	uint32_t c;
	size_t n;

	if (s.len && (dockerfile_is_space(s.ptr[0]) || s.ptr[0] == '\n'))
		return 1;
	if (s.len < 2 || (unsigned char)s.ptr[0] < 0xc2)
		return 0;
	n = utf8_sequence(s.ptr, s.len, &c);
	return n && is_wide_space(c) ? n : 0;
}

/* The same at its end. */
static size_t space_before_end(struct bytes s)
{
	for (size_t n = 1; n <= 3 && n <= s.len; n++)
		if (space_at(bytes_skip(s, s.len - n)) == n)
			return n;
	return 0;
}

struct bytes dockerfile_trim_left(struct bytes s)
{
	size_t n;

	while ((n = space_at(s)))
		s = bytes_skip(s, n);
	return s;
}

struct bytes dockerfile_trim(struct bytes s)
{
	size_t n;

	while ((n = space_before_end(s)))
		s.len -= n;
	return dockerfile_trim_left(s);
}

struct bytes dockerfile_to_case(struct bytes s, int (*fn)(int), struct arena *arena)
{
	char *p = arena_dup(arena, s.ptr, s.len);

	for (size_t i = 0; p && i < s.len; i++)
		if ((unsigned char)p[i] < 0x80)
			p[i] = (char)fn((unsigned char)p[i]);
	return p ? bytes_make(p, s.len) : BYTES_NULL;
}

bool dockerfile_is(struct bytes s, const char *name)
{
	if (s.len != strlen(name))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (toupper((unsigned char)s.ptr[i]) != toupper((unsigned char)name[i]))
			return false;
	return true;
}

struct bytes dockerfile_next_word(struct bytes *s)
{
	struct bytes word;
	size_t n = 0;

	while (s->len && dockerfile_is_space(s->ptr[0]))
		*s = bytes_skip(*s, 1);
	while (n < s->len && !dockerfile_is_space(s->ptr[n]))
		n++;
	word = bytes_make(s->ptr, n);
	*s = bytes_skip(*s, n);
	return word;
}

/* One flag word without its quotes and backslashes; what is left behind it. */
static struct bytes take_flag_word(struct bytes s, struct buf *word)
{
	char quote = 0;

	for (; s.len; s = bytes_skip(s, 1)) {
		char c = s.ptr[0];

		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? 0 : c;
			continue;
		}
		if (!quote && space_at(s))
			break;
		if (c == '\\') {
			if (s.len == 1)
				continue;
			s = bytes_skip(s, 1);
			c = s.ptr[0];
		}
		buf_add_char(word, c);
	}
	return s;
}

static int add_flag(struct bytes word, struct arena *arena, struct dockerfile_flag_vec *ret)
{
	struct dockerfile_flag f = {0};
	size_t eq;

	word = arena_bytes(arena, bytes_skip(word, 2));
	if (!word.ptr)
		return -ENOMEM;
	eq = bytes_find(word, '=');
	f.name = bytes_make(word.ptr, eq);
	if (eq < word.len)
		f.value = bytes_skip(word, eq + 1);
	return dockerfile_flag_vec_push(ret, f);
}

int dockerfile_split_flags(struct bytes *rest, struct arena *arena,
			   struct dockerfile_flag_vec *ret)
{
	_cleanup_(buf_release) struct buf word = BUF_INIT;
	struct bytes s = dockerfile_trim_left(*rest);
	int r = 0;

	while (r == 0 && bytes_starts_with(s, BYTES("--"))) {
		buf_clear(&word);
		s = dockerfile_trim_left(take_flag_word(s, &word));
		r = buf_status(&word);
		if (r == 0 && word.len <= 2)
			break;
		if (r == 0)
			r = add_flag(buf_bytes(&word), arena, ret);
	}
	*rest = s;
	return r;
}

/* Length of the word that s begins with. *dropped: bytes at its end that do not belong to it,
 * an escape character at the end of the text. */
static size_t word_length(struct bytes s, char escape, size_t *dropped)
{
	char quote = 0;
	size_t i = 0;

	*dropped = 0;
	for (; i < s.len; i++) {
		char c = s.ptr[i];

		if (!quote && space_at(bytes_skip(s, i)))
			break;
		if (c == escape && quote != '\'') {
			i++;
			*dropped = i == s.len;
			continue;
		}
		if (quote ? c == quote : c == '\'' || c == '"')
			quote = quote ? 0 : c;
	}
	return MIN(i, s.len);
}

int dockerfile_split_words(struct bytes s, char escape, struct bytes_vec *ret)
{
	size_t n, dropped;
	int r = 0;

	for (s = dockerfile_trim_left(s); r == 0 && s.len; s = dockerfile_trim_left(s)) {
		n = word_length(s, escape, &dropped);
		if (n > dropped)
			r = bytes_vec_push(ret, bytes_make(s.ptr, n - dropped));
		s = bytes_skip(s, n);
	}
	return r;
}

/* False: a quote is not closed. */
static bool add_unquoted(struct bytes s, char escape, struct buf *out)
{
	char quote = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i], next = i + 1 < s.len ? s.ptr[i + 1] : 0;

		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == escape && i + 1 == s.len && quote != '\'')
			continue;
		if (c == escape && (!quote || (quote == '"' &&
					       (next == '"' || next == '$' || next == escape))))
			c = s.ptr[++i];
		buf_add_char(out, c);
	}
	return !quote;
}

int dockerfile_unquote(struct bytes word, char escape, struct arena *arena, struct bytes *ret)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	bool closed;

	*ret = word;
	if (bytes_find(word, '\'') == word.len && bytes_find(word, '"') == word.len &&
	    bytes_find(word, escape) == word.len)
		return 0;
	closed = add_unquoted(word, escape, &out);
	if (buf_status(&out) < 0)
		return -ENOMEM;
	if (closed)
		*ret = arena_bytes(arena, buf_bytes(&out));
	return ret->ptr ? 0 : -ENOMEM;
}

struct bytes dockerfile_flag_value(const struct dockerfile_instruction *i, const char *name)
{
	struct bytes value = BYTES_NULL;

	vec_foreach (f, &i->flags)
		if (bytes_equal(f->name, bytes_from_str(name)))
			value = f->value.ptr ? f->value : BYTES("");
	return value;
}
