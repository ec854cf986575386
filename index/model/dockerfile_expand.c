/* SPDX-License-Identifier: MIT */
/*
 * Expansion of variables and removal of quotes. Source: BuildKit shell/lex.go.
 */
#include "model/dockerfile_internal.h"

#include "util/buf.h"

#include <fnmatch.h>

#define DEPTH_MAX   32   /* of ${a:-${b:-...}} */
#define PATTERN_MAX 4096 /* longer values are not matched against patterns */
#define RESULT_MAX  MIB(1)

struct lexer {
	struct bytes rest;
	char escape;
	const struct dockerfile_arg *vars;
	size_t n_vars;
	unsigned depth;
	struct err *err;
};

static int expand_until(struct lexer *l, const char *stops, struct buf *out);

static bool at_end(const struct lexer *l)
{
	return !l->rest.len;
}

static char peek(const struct lexer *l)
{
	return l->rest.len ? l->rest.ptr[0] : 0;
}

static char take(struct lexer *l)
{
	char c = l->rest.ptr[0];

	l->rest = bytes_skip(l->rest, 1);
	return c;
}

static int fail(const struct lexer *l, const char *what)
{
	return err_set(l->err, EINVAL, "%s", what);
}

/* The last of a name counts; NULL: unset. */
static const struct bytes *value_of(const struct lexer *l, struct bytes name)
{
	for (size_t i = l->n_vars; i-- > 0;)
		if (bytes_equal(l->vars[i].name, name))
			return l->vars[i].value.ptr ? &l->vars[i].value : NULL;
	return NULL;
}

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

static struct bytes take_name(struct lexer *l)
{
	size_t n = 0;

	while (n < l->rest.len && is_name(l->rest.ptr[n], n == 0))
		n++;
	l->rest = bytes_skip(l->rest, n);
	return bytes_make(l->rest.ptr - n, n);
}

/* ---- ${v#p} and its like ---- */

static bool matches(const char *pattern, struct bytes text, char *scratch)
{
	memcpy(scratch, text.ptr, text.len);
	scratch[text.len] = 0;
	return fnmatch(pattern, scratch, 0) == 0;
}

static struct bytes part(struct bytes v, size_t at, size_t n)
{
	return bytes_make(v.ptr + at, n);
}

/* How much of the beginning (or end) of v the pattern takes; SIZE_MAX: nothing. */
static size_t taken(const char *pattern, struct bytes v, bool suffix, bool longest,
		    char *scratch)
{
	for (size_t k = 0; k <= v.len; k++) {
		size_t n = longest ? v.len - k : k;

		if (matches(pattern, part(v, suffix ? v.len - n : 0, n), scratch))
			return n;
	}
	return SIZE_MAX;
}

static void trim(struct bytes v, char op, bool longest, const char *pattern, char *scratch,
		 struct buf *out)
{
	size_t n = taken(pattern, v, op == '%', longest, scratch);

	if (n == SIZE_MAX)
		n = 0;
	buf_add_bytes(out, part(v, op == '#' ? n : 0, v.len - n));
}

static void replace(struct bytes v, bool all, const char *pattern, struct bytes by,
		    char *scratch, struct buf *out)
{
	bool done = false;

	for (size_t at = 0; at < v.len;) {
		size_t n = done && !all
			       ? SIZE_MAX
			       : taken(pattern, part(v, at, v.len - at), false, true, scratch);

		if (n == SIZE_MAX || n == 0) {
			buf_add_char(out, v.ptr[at++]);
			continue;
		}
		buf_add_bytes(out, by);
		done = true;
		at += n;
	}
}

/* Pattern operators are quadratic: long values keep their text. */
static int apply_pattern(struct lexer *l, struct bytes v, char op, bool twice, struct buf *out)
{
	_cleanup_(buf_release) struct buf pattern = BUF_INIT, by = BUF_INIT;
	_cleanup_free_ char *scratch = malloc(PATTERN_MAX + 1);
	int r = expand_until(l, op == '/' ? "/}" : "}", &pattern);

	if (r == 0 && op == '/' && peek(l) == '/') {
		take(l);
		r = expand_until(l, "}", &by);
	}
	if (r < 0)
		return r;
	if (!scratch)
		return -ENOMEM;
	if (v.len > PATTERN_MAX || pattern.len > PATTERN_MAX / 16)
		buf_add_bytes(out, v);
	else if (op == '/')
		replace(v, twice, buf_str(&pattern), buf_bytes(&by), scratch, out);
	else
		trim(v, op, twice, buf_str(&pattern), scratch, out);
	return 0;
}

/* ---- ${v:-w} and its like ---- */

static int apply_word(struct lexer *l, const struct bytes *v, char op, bool colon,
		      struct buf *out)
{
	_cleanup_(buf_release) struct buf word = BUF_INIT;
	bool there = v && (!colon || v->len);
	int r = expand_until(l, "}", &word);

	if (r < 0)
		return r;
	if (op == '?' && !there)
		return fail(l,
			    word.len ? buf_str(&word) : "a variable that must be set is not");
	if (op == '+')
		return there ? buf_add_bytes(out, buf_bytes(&word)) : 0;
	return buf_add_bytes(out, there ? *v : buf_bytes(&word));
}

static int apply_operator(struct lexer *l, const struct bytes *v, struct buf *out)
{
	struct bytes value = v ? *v : BYTES("");
	char op = take(l);
	bool twice;

	if (op == ':' && !at_end(l) && strchr("-+?", peek(l)))
		return apply_word(l, v, take(l), true, out);
	if (strchr("-+?", op))
		return apply_word(l, v, op, false, out);
	if (!strchr("#%/", op))
		return fail(l, "an unknown operator in ${}");
	twice = peek(l) == op;
	if (twice)
		take(l);
	return apply_pattern(l, value, op, twice, out);
}

static int expand_braces(struct lexer *l, struct buf *out)
{
	struct bytes name = take_name(l);
	const struct bytes *v = value_of(l, name);
	int r = 0;

	if (!name.len)
		return fail(l, "${} without a name");
	if (!at_end(l) && peek(l) != '}')
		r = apply_operator(l, v, out);
	else if (v)
		r = buf_add_bytes(out, *v);
	if (r < 0)
		return r;
	if (peek(l) != '}')
		return fail(l, "${ without its }");
	take(l);
	return 0;
}

static int expand_dollar(struct lexer *l, struct buf *out)
{
	const struct bytes *v;
	struct bytes name;
	int r;

	if (peek(l) == '{') {
		take(l);
		if (++l->depth > DEPTH_MAX)
			return fail(l, "${} nested too deeply");
		r = expand_braces(l, out);
		l->depth--;
		return r;
	}
	name = take_name(l);
	if (!name.len)
		return buf_add_char(out, '$');
	v = value_of(l, name);
	return v ? buf_add_bytes(out, *v) : 0;
}

/* ---- quotes ---- */

static int single_quoted(struct lexer *l, struct buf *out)
{
	while (!at_end(l)) {
		char c = take(l);

		if (c == '\'')
			return 0;
		buf_add_char(out, c);
	}
	return fail(l, "a quote without its end");
}

static int double_quoted(struct lexer *l, struct buf *out)
{
	while (!at_end(l)) {
		char c = take(l);
		int r = 0;

		if (c == '"')
			return 0;
		if (c == '$') {
			r = expand_dollar(l, out);
		} else if (c == l->escape && !at_end(l)) {
			char next = take(l);

			if (next != '"' && next != '$' && next != l->escape)
				buf_add_char(out, c);
			buf_add_char(out, next);
		} else {
			buf_add_char(out, c);
		}
		if (r < 0)
			return r;
	}
	return fail(l, "a quote without its end");
}

static int expand_until(struct lexer *l, const char *stops, struct buf *out)
{
	int r = 0;

	while (r == 0 && !at_end(l) && !strchr(stops, peek(l) ? peek(l) : 1)) {
		char c = take(l);

		if (c == '\'')
			r = single_quoted(l, out);
		else if (c == '"')
			r = double_quoted(l, out);
		else if (c == '$')
			r = expand_dollar(l, out);
		else
			buf_add_char(out, c == l->escape && !at_end(l) ? take(l) : c);
		if (out->len > RESULT_MAX)
			r = fail(l, "it expands to too much");
	}
	return r < 0 ? r : buf_status(out);
}

int dockerfile_expand(struct bytes text, char escape, const struct dockerfile_arg *vars,
		      size_t n_vars, struct arena *arena, struct bytes *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct lexer l = {
	    .rest = text, .escape = escape, .vars = vars, .n_vars = n_vars, .err = err};
	int r = expand_until(&l, "", &out);

	if (r == 0) {
		*ret = bytes_make(arena_dup(arena, buf_str(&out), out.len), out.len);
		r = ret->ptr ? 0 : -ENOMEM;
	}
	return r == -ENOMEM ? err_oom(err) : r;
}
