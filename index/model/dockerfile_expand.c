/* SPDX-License-Identifier: MIT */
/*
 * BuildKit's shell/lex.go. The lexer appends what it reads to one buffer; a word inside ${} is
 * appended, looked at, and cut off again where the value takes its place.
 */
#include "model/dockerfile_internal.h"
#include "util/escape.h"

#include <ctype.h>

#define END (-1)

struct lex {
	struct bytes rest;
	char escape;
	bool raw_quotes, raw_escapes;
	bool keep; /* variables stay as they are written */
	const struct dockerfile_scope *vars;
	struct dockerfile_budget *budget;
	size_t max; /* of out */
	unsigned depth;
	struct buf out;
	struct err *err;
};

static int peek(const struct lex *l)
{
	return l->rest.len ? (unsigned char)l->rest.ptr[0] : END;
}

static int next(struct lex *l)
{
	int c = peek(l);

	if (c != END)
		l->rest = bytes_skip(l->rest, 1);
	return c;
}

static int fail(struct lex *l, const char *what)
{
	return err_set(l->err, EINVAL, "%s", what);
}

static int add(struct lex *l, struct bytes s)
{
	if (s.len > l->max || l->out.len > l->max - s.len)
		return err_set(l->err, EINVAL, "expands to more than %zu bytes", l->max);
	return buf_add_bytes(&l->out, s) < 0 ? err_oom(l->err) : 0;
}

static int add_char(struct lex *l, int c)
{
	char byte = (char)c;

	return add(l, bytes_make(&byte, 1));
}

static int add_value(struct lex *l, struct bytes value)
{
	int r = dockerfile_spend(l->budget, 1 + value.len / 8, l->err);

	return r < 0 ? r : add(l, value);
}

/* What was appended since `mark`, taken off again; the caller frees it. */
static int take_tail(struct lex *l, size_t mark, struct buf *ret)
{
	if (l->out.len > mark && buf_add(ret, l->out.ptr + mark, l->out.len - mark) < 0)
		return err_oom(l->err);
	l->out.len = mark;
	return 0;
}

static int lex_until(struct lex *l, int stop, bool raw_escapes);

/* ---- quotes ---- */

static int single_quoted(struct lex *l)
{
	size_t n = bytes_find(bytes_skip(l->rest, 1), '\'') + 1;
	struct bytes quoted = bytes_make(l->rest.ptr, n + 1);

	if (n == l->rest.len)
		return fail(l, "a single quote is not closed");
	l->rest = bytes_skip(l->rest, n + 1);
	return add(l, l->raw_quotes ? quoted : bytes_make(quoted.ptr + 1, n - 1));
}

static int lex_dollar(struct lex *l);

static int double_quoted_char(struct lex *l)
{
	int c = next(l), r = 0;

	if (c != l->escape)
		return add_char(l, c);
	if (l->raw_escapes)
		r = add_char(l, c);
	if (r < 0 || peek(l) == END)
		return r;
	if (peek(l) == '"' || peek(l) == '$' || peek(l) == l->escape)
		c = next(l);
	return add_char(l, c);
}

static int double_quoted(struct lex *l)
{
	int r = 0;

	next(l);
	if (l->raw_quotes)
		r = add_char(l, '"');
	while (r == 0 && peek(l) != '"') {
		if (peek(l) == END)
			return fail(l, "a double quote is not closed");
		r = peek(l) == '$' ? lex_dollar(l) : double_quoted_char(l);
	}
	next(l);
	return r == 0 && l->raw_quotes ? add_char(l, '"') : r;
}

/* ---- variables ---- */

/* A name, the digits of a positional parameter, or a special one; empty: none of them. */
static struct bytes take_name(struct lex *l)
{
	const char *p = l->rest.ptr;
	size_t n = 0, len = l->rest.len;

	if (len && isdigit((unsigned char)p[0]))
		while (n < len && isdigit((unsigned char)p[n]))
			n++;
	else if (len && p[0] && strchr("@*#?-$!", p[0]))
		n = 1;
	else
		while (n < len && (isalnum((unsigned char)p[n]) || p[n] == '_'))
			n++;
	l->rest = bytes_skip(l->rest, n);
	return bytes_make(p, n);
}

static int value_of(struct lex *l, struct bytes name, struct bytes *value)
{
	return dockerfile_scope_get(l->vars, name, value, l->budget, l->err);
}

static int plain_variable(struct lex *l)
{
	struct bytes name = take_name(l), value;
	int r = name.len ? value_of(l, name, &value) : 0;

	if (r < 0)
		return r;
	if (name.len == 0 || l->keep)
		return add(l, bytes_make(name.ptr - 1, name.len + 1));
	return r ? add_value(l, value) : 0;
}

/* ${name<operator>word} */
struct substitution {
	struct bytes name, value;
	bool set, colon;
	int op;
	struct buf word;
};

/* What "?" says of a variable that is missing. */
static int missing(struct lex *l, const struct substitution *s)
{
	char name[64], word[256];

	escape_short(s->name, name, sizeof(name));
	if (s->word.len)
		return err_set(l->err, EINVAL, "%s: %s", name,
			       escape_short(buf_bytes(&s->word), word, sizeof(word)));
	return err_set(l->err, EINVAL, "%s is not allowed to be %s", name,
		       s->set ? "empty" : "unset");
}

static int trimmed(struct lex *l, const struct substitution *s)
{
	struct bytes pattern = buf_bytes(&s->word), ret;
	bool longest = pattern.len && pattern.ptr[0] == s->op;
	int r = dockerfile_pattern_trim(bytes_skip(pattern, longest), s->value, s->op == '%',
					longest, l->budget, &ret, l->err);

	return r < 0 ? r : add_value(l, ret);
}

static int substituted(struct lex *l, const struct substitution *s)
{
	bool there = s->set && !(s->colon && s->value.len == 0);

	switch (s->op) {
	case '-':
		return add_value(l, there ? s->value : buf_bytes(&s->word));
	case '+':
		return there ? add_value(l, buf_bytes(&s->word)) : 0;
	case '?':
		return there ? add_value(l, s->value) : missing(l, s);
	case '#':
	case '%':
		return trimmed(l, s);
	default:
		return fail(l, "an unknown operator in ${}");
	}
}

static int closed_word(struct lex *l, int stop, bool raw_escapes, struct buf *ret)
{
	size_t mark = l->out.len;
	int r = lex_until(l, stop, raw_escapes);

	return r < 0 ? r : take_tail(l, mark, ret);
}

static int operator_word(struct lex *l, struct substitution *s, int c)
{
	int r;

	s->colon = c == ':';
	s->op = s->colon ? next(l) : c;
	r = closed_word(l, '}', s->op == '#' || s->op == '%', &s->word);
	return r < 0 ? r : substituted(l, s);
}

/* ${name/pattern/replacement}, ${name//pattern/replacement} */
static int replaced(struct lex *l, const struct substitution *s)
{
	_cleanup_(buf_release) struct buf pattern = BUF_INIT, by = BUF_INIT, out = BUF_INIT;
	bool all = peek(l) == '/';
	int r;

	if (all)
		next(l);
	r = closed_word(l, '/', true, &pattern);
	if (r == 0)
		r = closed_word(l, '}', true, &by);
	if (r == 0)
		r = dockerfile_pattern_replace(buf_bytes(&pattern), s->value, buf_bytes(&by),
					       all, l->budget, &out, l->err);
	return r < 0 ? r : add_value(l, buf_bytes(&out));
}

static int substitute(struct lex *l, struct substitution *s)
{
	int c, r;

	s->name = take_name(l);
	c = next(l);
	r = value_of(l, s->name, &s->value);
	if (r < 0)
		return r;
	s->set = r;
	if (c == '}')
		return add_value(l, s->value);
	if (c == '/')
		return replaced(l, s);
	if (c != END && strchr(":+-?#%", c) && c)
		return operator_word(l, s, c);
	return fail(l, c == END ? "${ without its }" : "an unknown operator in ${}");
}

static int skip_operator(struct lex *l)
{
	int c = next(l), r = 0;

	if (c == '}')
		return 0;
	if (c == END || !c || !strchr(":+-?#%/", c))
		return fail(l, "an unknown operator in ${}");
	if (c == '/' && peek(l) == '/')
		next(l);
	if (c == '/')
		r = lex_until(l, '/', true);
	if (c == ':')
		c = next(l);
	return r < 0 ? r : lex_until(l, '}', c == '#' || c == '%' || c == '/');
}

/* A variable that stays: the same way through the text, the same text out. */
static int keep_braces(struct lex *l)
{
	const char *begin = l->rest.ptr;
	size_t mark = l->out.len;
	int r;

	take_name(l);
	r = skip_operator(l);
	l->out.len = mark;
	if (r == 0)
		r = add(l, BYTES("${"));
	return r < 0 ? r : add(l, bytes_make(begin, (size_t)(l->rest.ptr - begin)));
}

static int lex_dollar(struct lex *l)
{
	struct substitution s = {.word = BUF_INIT};
	int r;

	next(l);
	if (peek(l) != '{')
		return plain_variable(l);
	next(l);
	if (peek(l) == END || strchr("{}:", peek(l)))
		return fail(l, "${} without a name");
	if (l->depth == DOCKERFILE_MAX_NESTING)
		return fail(l, "${} inside ${}, too deep");
	l->depth++;
	r = l->keep ? keep_braces(l) : substitute(l, &s);
	l->depth--;
	buf_release(&s.word);
	return r;
}

/* ---- the text ---- */

static int lex_char(struct lex *l)
{
	int c = next(l), r;

	if (c != l->escape)
		return add_char(l, c);
	r = l->raw_escapes ? add_char(l, c) : 0;
	c = next(l);
	return r < 0 || c == END ? r : add_char(l, c);
}

static int lex_step(struct lex *l)
{
	switch (peek(l)) {
	case '\'':
		return single_quoted(l);
	case '"':
		return double_quoted(l);
	case '$':
		return lex_dollar(l);
	default:
		return lex_char(l);
	}
}

/* Up to `stop` (a character that is taken off, too) or to END. */
static int lex_until(struct lex *l, int stop, bool raw_escapes)
{
	bool before = l->raw_escapes;
	int r = 0;

	l->raw_escapes = raw_escapes;
	while (r == 0 && peek(l) != stop) {
		if (peek(l) == END)
			r = fail(l,
				 stop == '/' ? "${ without its second /" : "${ without its }");
		else
			r = lex_step(l);
	}
	if (r == 0)
		next(l);
	l->raw_escapes = before;
	return r;
}

int dockerfile_expand_in(struct bytes text, char escape, const struct dockerfile_scope *vars,
			 struct dockerfile_budget *b, struct arena *arena, struct bytes *ret,
			 struct err *err)
{
	struct lex l = {.rest = text,
			.escape = escape,
			.vars = vars,
			.budget = b,
			.max = DOCKERFILE_MAX_EXPANDED,
			.err = err};
	int r = lex_until(&l, END, false);

	if (r == 0)
		r = dockerfile_spend(b, l.out.len, err);
	if (r == 0) {
		*ret = arena_bytes(arena, bytes_make(l.out.ptr, l.out.len));
		if (!ret->ptr)
			r = err_oom(err);
	}
	buf_release(&l.out);
	return r;
}

int dockerfile_expand(struct bytes text, char escape, const struct dockerfile_arg *vars,
		      size_t n_vars, struct arena *arena, struct bytes *ret, struct err *err)
{
	_cleanup_(dockerfile_scope_release) struct dockerfile_scope scope = {0};
	struct dockerfile_budget b = {DOCKERFILE_MAX_WORK};
	int r = 0;

	for (size_t i = 0; i < n_vars && r == 0; i++)
		r = dockerfile_scope_set(&scope, vars[i].name, vars[i].value, &b, err);
	return r < 0 ? r : dockerfile_expand_in(text, escape, &scope, &b, arena, ret, err);
}

/* ---- words ---- */

struct word_list {
	struct arena *arena;
	struct bytes_vec *words;
	struct buf word;
};

static int end_word(struct word_list *w)
{
	struct bytes word;

	if (w->word.len == 0)
		return 0;
	word = arena_bytes(w->arena, buf_bytes(&w->word));
	buf_clear(&w->word);
	return word.ptr ? bytes_vec_push(w->words, word) : -ENOMEM;
}

/* Text whose white space divides words. */
static int add_divided(struct word_list *w, struct bytes text)
{
	int r = 0;

	for (size_t i = 0; i < text.len && r == 0; i++) {
		char c = text.ptr[i];

		r = dockerfile_is_space(c) || c == '\n' ? end_word(w)
							: buf_add_char(&w->word, c);
	}
	return r;
}

/* "<<" and the white space behind it: one piece with the name that follows. */
static int take_mark(struct lex *l)
{
	int r = add(l, BYTES("<<"));

	l->rest = bytes_skip(l->rest, 2);
	while (r == 0 && peek(l) != END && dockerfile_is_space((char)peek(l)))
		r = add_char(l, next(l));
	return r;
}

/* One step of the lexer, appended to the words as one piece or divided. */
static int add_step(struct lex *l, struct word_list *w)
{
	bool mark = bytes_starts_with(l->rest, BYTES("<<"));
	int first = peek(l), r;
	bool whole = mark || first == '\'' || first == '"' || first == l->escape;

	buf_clear(&l->out);
	r = mark ? take_mark(l) : lex_step(l);
	if (r == 0 && whole)
		r = buf_add_bytes(&w->word, buf_bytes(&l->out));
	else if (r == 0)
		r = add_divided(w, buf_bytes(&l->out));
	return r;
}

int dockerfile_shell_words(struct bytes text, unsigned flags, struct arena *arena,
			   struct bytes_vec *ret, struct err *err)
{
	struct dockerfile_budget b = {DOCKERFILE_MAX_WORK};
	struct word_list w = {.arena = arena, .words = ret, .word = BUF_INIT};
	struct lex l = {.rest = text,
			.escape = '\\',
			.raw_quotes = flags & DOCKERFILE_RAW_QUOTES,
			.raw_escapes = flags & DOCKERFILE_RAW_ESCAPES,
			.keep = true,
			.budget = &b,
			.max = text.len,
			.err = err};
	int r = 0;

	while (r == 0 && peek(&l) != END)
		r = add_step(&l, &w);
	if (r == 0)
		r = end_word(&w);
	buf_release(&w.word);
	buf_release(&l.out);
	return r == -ENOMEM ? err_oom(err) : r;
}
