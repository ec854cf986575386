/* SPDX-License-Identifier: MIT */
/*
 * Directives, comments, continuations and heredoc bodies. Source: BuildKit parser.go Parse()
 * and directives.go.
 */
#include "model/dockerfile_internal.h"

#include "util/buf.h"

static bool starts_comment(struct bytes line)
{
	line = trim_blanks(line);
	return line.len && line.ptr[0] == '#';
}

/* The next physical line with its newline; false at the end. */
static bool next_raw(struct lines *l, struct bytes *ret)
{
	size_t n = bytes_find(l->rest, '\n');

	if (!l->rest.len)
		return false;
	*ret = bytes_make(l->rest.ptr, MIN(n + 1, l->rest.len));
	l->rest = bytes_skip(l->rest, ret->len);
	l->line++;
	return true;
}

static struct bytes without_newline(struct bytes line)
{
	while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
		line.len--;
	return line;
}

struct lines lines_begin(struct bytes text)
{
	if (bytes_starts_with(text, BYTES("\xef\xbb\xbf")))
		text = bytes_skip(text, 3);
	return (struct lines){.rest = text, .directives = true, .escape = '\\'};
}

/* ---- directives ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "# key = value" */
static bool split_directive(struct bytes line, struct bytes *key, struct bytes *value)
{
	size_t n = 0;

	line = trim_blanks(line);
	if (!line.len || line.ptr[0] != '#')
		return false;
	line = trim_blanks(bytes_skip(line, 1));
	while (n < line.len && (is_letter(line.ptr[n]) || (n && is_digit(line.ptr[n]))))
		n++;
	*key = bytes_make(line.ptr, n);
	line = trim_blanks(bytes_skip(line, n));
	if (!n || !line.len || line.ptr[0] != '=')
		return false;
	*value = trim_blanks(bytes_skip(line, 1));
	return value->len > 0;
}

static int take_escape(struct lines *l, struct bytes value, struct err *err)
{
	if (value.len != 1 || (value.ptr[0] != '\\' && value.ptr[0] != '`'))
		return err_set(err, EINVAL, "line %u: the escape directive must be \\ or `",
			       l->line);
	l->escape = value.ptr[0];
	return 0;
}

/* 1: the line was a directive. */
static int take_directive(struct lines *l, struct bytes line, unsigned *seen, struct err *err)
{
	static const char *const keys[] = {"syntax", "escape", "check"};
	struct bytes key, value;

	if (!split_directive(line, &key, &value))
		return 0;
	for (unsigned k = 0; k < ARRAY_SIZE(keys); k++) {
		if (!equal_ignoring_case(key, bytes_from_str(keys[k])))
			continue;
		if (*seen & 1u << k)
			return err_set(err, EINVAL, "line %u: the directive %s is given twice",
				       l->line, keys[k]);
		*seen |= 1u << k;
		if (k == 0)
			l->syntax = value;
		if (k == 1 && take_escape(l, value, err) < 0)
			return -EINVAL;
		return 1;
	}
	return 0;
}

/* They stand at the top only: the first line that is none ends them. */
static int take_directives(struct lines *l, struct err *err)
{
	unsigned seen = 0;
	int r = 1;

	l->directives = false;
	while (r > 0) {
		struct lines before = *l;
		struct bytes raw;

		if (!next_raw(l, &raw))
			return 0;
		r = take_directive(l, without_newline(raw), &seen, err);
		if (r == 0)
			*l = before;
	}
	return r;
}

/* ---- logical lines ---- */

/* Is the line continued? Then *line is without the escape at its end. */
static bool continues(struct bytes *line, char escape)
{
	size_t n = line->len;

	while (n && (line->ptr[n - 1] == ' ' || line->ptr[n - 1] == '\t'))
		n--;
	if (!n || line->ptr[n - 1] != escape || (n > 1 && line->ptr[n - 2] == escape))
		return false;
	line->len = n - 1;
	return true;
}

/* Comments and blank lines inside a continuation are passed over. */
static void join_continuations(struct lines *l, struct buf *text, struct logical_line *ret)
{
	struct bytes raw;

	while (next_raw(l, &raw)) {
		struct bytes line = without_newline(raw);
		bool more;

		ret->line1 = l->line;
		if (starts_comment(line) || !trim_blanks(line).len)
			continue;
		more = continues(&line, l->escape);
		buf_add_bytes(text, line);
		if (!more)
			return;
	}
}

int lines_next(struct lines *l, struct arena *arena, struct logical_line *ret, struct err *err)
{
	struct bytes raw;
	int r = l->directives ? take_directives(l, err) : 0;

	while (r == 0 && next_raw(l, &raw)) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;
		struct bytes line = without_newline(raw);
		bool more;

		while (line.len && is_blank(line.ptr[0]))
			line = bytes_skip(line, 1);
		if (starts_comment(line))
			continue;
		ret->line0 = ret->line1 = l->line;
		more = continues(&line, l->escape);
		buf_add_bytes(&text, line);
		if (more)
			join_continuations(l, &text, ret);
		if (!trim_blanks(buf_bytes(&text)).len)
			continue;
		ret->text = arena_bytes(arena, buf_bytes(&text));
		return ret->text.ptr ? 1 : err_oom(err);
	}
	return r;
}

static struct bytes without_tabs(struct bytes line)
{
	while (line.len && line.ptr[0] == '\t')
		line = bytes_skip(line, 1);
	return line;
}

int lines_heredoc(struct lines *l, struct arena *arena, struct dockerfile_heredoc *h,
		  struct err *err)
{
	_cleanup_(buf_release) struct buf body = BUF_INIT;
	uint32_t begin = l->line;
	struct bytes raw;

	while (next_raw(l, &raw)) {
		struct bytes line = h->chomp ? without_tabs(raw) : raw;

		if (bytes_equal(without_newline(line), h->name)) {
			h->content = arena_bytes(arena, buf_bytes(&body));
			return buf_status(&body) < 0 || (body.len && !h->content.ptr)
				   ? err_oom(err)
				   : 0;
		}
		buf_add_bytes(&body, line);
	}
	return err_set(err, EINVAL, "line %u: the heredoc has no end", begin);
}
