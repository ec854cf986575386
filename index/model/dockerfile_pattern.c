/* SPDX-License-Identifier: MIT */
/*
 * Patterns of ${v#p}, ${v%p} and ${v/p/r}. BuildKit makes regular expressions of them: '*' is
 * .* (or .*? for the shortest), '?' is '.', so neither takes a newline, and what they count is
 * characters of UTF-8. A backslash stands before '*', '?', '\', '}' or '/' only.
 *
 * A table says for every place of the value where a match that begins there ends; it costs
 * pattern times value, whatever they are.
 */
#include "model/dockerfile_internal.h"
#include "util/escape.h"

#define NO_MATCH UINT32_MAX

struct token {
	enum { LITERAL, ANY, RUN } kind;
	struct bytes c; /* LITERAL: the character */
};
DEFINE_VEC(token_vec, struct token)

struct match {
	struct token_vec tokens;
	struct bytes_vec chars; /* of the value */
	uint32_t *ends;         /* chars.n + 1 */
	bool longest;
};

static void match_release(struct match *m)
{
	token_vec_release(&m->tokens);
	bytes_vec_release(&m->chars);
	free(m->ends);
}

static struct bytes take_char(struct bytes *s)
{
	uint32_t c;
	size_t n = utf8_sequence(s->ptr, s->len, &c);
	struct bytes ret = bytes_make(s->ptr, n ? n : 1);

	*s = bytes_skip(*s, ret.len);
	return ret;
}

static int bad_pattern(struct bytes pattern, struct err *err)
{
	char shown[64];

	return err_set(err, EINVAL, "the pattern \"%s\" has a backslash that escapes nothing",
		       escape_short(pattern, shown, sizeof(shown)));
}

static int read_pattern(struct bytes pattern, struct token_vec *ret, struct err *err)
{
	struct bytes rest = pattern;

	while (rest.len) {
		struct token t = {.kind = LITERAL, .c = take_char(&rest)};
		bool escaped = t.c.ptr[0] == '\\';

		if (escaped && (!rest.len || !memchr("*?\\}/", rest.ptr[0], 5)))
			return bad_pattern(pattern, err);
		if (escaped)
			t.c = take_char(&rest);
		else if (t.c.ptr[0] == '*')
			t.kind = RUN;
		else if (t.c.ptr[0] == '?')
			t.kind = ANY;
		if (token_vec_push(ret, t) < 0)
			return err_oom(err);
	}
	return 0;
}

static int read_chars(struct bytes value, struct bytes_vec *ret, struct err *err)
{
	if (value.len && bytes_vec_reserve(ret, value.len) < 0)
		return err_oom(err);
	while (value.len)
		ret->v[ret->n++] = take_char(&value);
	return 0;
}

/* A match of the end is one of the beginning, both read backwards. */
static void reverse(struct match *m)
{
	for (size_t i = 0, k = m->tokens.n; i + 1 < k; i++) {
		struct token t = m->tokens.v[i];

		m->tokens.v[i] = m->tokens.v[--k];
		m->tokens.v[k] = t;
	}
	for (size_t i = 0, k = m->chars.n; i + 1 < k; i++) {
		struct bytes c = m->chars.v[i];

		m->chars.v[i] = m->chars.v[--k];
		m->chars.v[k] = c;
	}
}

static uint32_t better(const struct match *m, uint32_t a, uint32_t b)
{
	if (a == NO_MATCH || b == NO_MATCH)
		return a == NO_MATCH ? b : a;
	return m->longest ? MAX(a, b) : MIN(a, b);
}

/* Where a match of the tokens from t on ends that begins at c. here: the column of c, filled
 * behind t; next: that of the character behind c, NULL at the end. */
static uint32_t end_of(const struct match *m, size_t t, size_t c, const uint32_t *here,
		       const uint32_t *next)
{
	const struct token *token = &m->tokens.v[t];
	bool taken = next && (token->kind == LITERAL ? bytes_equal(token->c, m->chars.v[c])
						     : m->chars.v[c].ptr[0] != '\n');

	if (token->kind == RUN)
		return better(m, here[t + 1], taken ? next[t] : NO_MATCH);
	return taken ? next[t + 1] : NO_MATCH;
}

static int fill_ends(struct match *m, struct err *err)
{
	size_t n = m->chars.n, rows = m->tokens.n + 1;
	_cleanup_free_ uint32_t *columns = calloc(2 * rows, sizeof(*columns));

	m->ends = calloc(n + 1, sizeof(*m->ends));
	if (!columns || !m->ends)
		return err_oom(err);
	for (size_t c = n + 1; c-- > 0;) {
		uint32_t *here = columns + (c & 1) * rows;
		const uint32_t *next = c < n ? columns + (~c & 1) * rows : NULL;

		here[m->tokens.n] = (uint32_t)c;
		for (size_t t = m->tokens.n; t-- > 0;)
			here[t] = end_of(m, t, c, here, next);
		m->ends[c] = here[0];
	}
	return 0;
}

static int match(struct match *m, struct bytes pattern, struct bytes value, bool backwards,
		 struct dockerfile_budget *b, struct err *err)
{
	size_t work;
	int r;

	if (mul_overflows(pattern.len + 2, value.len + 2, &work))
		work = SIZE_MAX;
	r = dockerfile_spend(b, work, err);
	if (r == 0)
		r = read_pattern(pattern, &m->tokens, err);
	if (r == 0)
		r = read_chars(value, &m->chars, err);
	if (r == 0 && backwards)
		reverse(m);
	return r < 0 ? r : fill_ends(m, err);
}

int dockerfile_pattern_trim(struct bytes pattern, struct bytes value, bool suffix, bool longest,
			    struct dockerfile_budget *b, struct bytes *ret, struct err *err)
{
	_cleanup_(match_release) struct match m = {.longest = longest};
	int r = match(&m, pattern, value, suffix, b, err);
	size_t cut = 0;

	if (r < 0)
		return r;
	for (uint32_t i = 0; m.ends[0] != NO_MATCH && i < m.ends[0]; i++)
		cut += m.chars.v[i].len;
	*ret = suffix ? bytes_make(value.ptr, value.len - cut) : bytes_skip(value, cut);
	return 0;
}

/* As Go's ReplaceAll: an empty match right behind another one is passed over. */
int dockerfile_pattern_replace(struct bytes pattern, struct bytes value,
			       struct bytes replacement, bool all, struct dockerfile_budget *b,
			       struct buf *out, struct err *err)
{
	_cleanup_(match_release) struct match m = {.longest = true};
	int r = match(&m, pattern, value, false, b, err);
	bool done = false;
	size_t last = 0;

	for (size_t i = 0; r == 0 && i <= m.chars.n;) {
		size_t end = done ? NO_MATCH : m.ends[i];

		if (end != NO_MATCH && (end > last || i == 0)) {
			r = dockerfile_spend(b, 1 + replacement.len, err);
			if (r == 0)
				buf_add_bytes(out, replacement);
			last = end;
			done = !all;
		}
		if (end != NO_MATCH && end > i) {
			i = end;
			continue;
		}
		if (i < m.chars.n)
			buf_add_bytes(out, m.chars.v[i]);
		i++;
	}
	if (r == 0 && buf_status(out) < 0)
		return err_oom(err);
	return r;
}
