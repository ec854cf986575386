/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "util/escape.h"

#include <ctype.h>

#define BOM BYTES("\xef\xbb\xbf")

enum { SYNTAX, ESCAPE, CHECK, N_DIRECTIVES };
static const char *const directive_names[N_DIRECTIVES] = {"syntax", "escape", "check"};

bool dockerfile_take_line(struct dockerfile_reader *r, struct bytes *ret)
{
	size_t n = bytes_find(r->rest, '\n');

	if (r->rest.len == 0)
		return false;
	*ret = bytes_make(r->rest.ptr, MIN(n + 1, r->rest.len));
	r->rest = bytes_skip(r->rest, ret->len);
	r->line++;
	return true;
}

static struct bytes without_newline(struct bytes line)
{
	while (line.len && strchr("\r\n", line.ptr[line.len - 1]) && line.ptr[line.len - 1])
		line.len--;
	return line;
}

/* \s of a Go regular expression. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\n';
}

static struct bytes skip_blanks(struct bytes s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = bytes_skip(s, 1);
	return s;
}

/* "# name = value"; a value of nothing but blanks is one blank. */
static bool split_directive(struct bytes line, struct bytes *name, struct bytes *value)
{
	size_t n = 0;

	if (line.len == 0 || line.ptr[0] != '#')
		return false;
	line = dockerfile_trim_left(bytes_skip(line, 1));
	while (n < line.len && isalnum((unsigned char)line.ptr[n]))
		n++;
	*name = bytes_make(line.ptr, n);
	line = skip_blanks(bytes_skip(line, n));
	if (n == 0 || line.len < 2 || line.ptr[0] != '=')
		return false;
	*value = bytes_skip(line, 1);
	while (value->len > 1 && is_blank(value->ptr[0]))
		*value = bytes_skip(*value, 1);
	while (value->len > 1 && is_blank(value->ptr[value->len - 1]))
		value->len--;
	return true;
}

static int find_directive(struct bytes line, struct bytes *value)
{
	struct bytes name;

	if (!split_directive(line, &name, value))
		return -1;
	for (int i = 0; i < N_DIRECTIVES; i++)
		if (dockerfile_is(name, directive_names[i]))
			return i;
	return -1;
}

/* The image in "docker/dockerfile:1 its command line". */
static struct bytes syntax_image(struct bytes value)
{
	return bytes_make(value.ptr, bytes_find(value, ' '));
}

/*
 * Behind a "#!" line there are no directives for the parser any more, but who chooses the
 * frontend still looks for the syntax there.
 */
static struct bytes syntax_behind_shebang(struct bytes text)
{
	struct dockerfile_reader r = {.rest = text};
	struct bytes line, value;
	int i;

	if (!bytes_starts_with(text, BYTES("#!")) || !dockerfile_take_line(&r, &line))
		return BYTES_NULL;
	while (dockerfile_take_line(&r, &line)) {
		i = find_directive(without_newline(line), &value);
		if (i < 0)
			break;
		if (i == SYNTAX)
			return syntax_image(value);
	}
	return BYTES_NULL;
}

void dockerfile_reader_init(struct dockerfile_reader *r, struct bytes text)
{
	if (bytes_starts_with(text, BOM))
		text = bytes_skip(text, BOM.len);
	*r = (struct dockerfile_reader){.rest = text, .directives = true, .escape = '\\'};
	r->syntax = syntax_behind_shebang(text);
}

static int take_directive(struct dockerfile_reader *r, struct bytes line, struct err *err)
{
	char shown[32];
	struct bytes value;
	int i = find_directive(line, &value);

	if (i < 0) {
		r->directives = false;
		return 0;
	}
	if (r->seen & 1u << i)
		return err_set(err, EINVAL, "the directive %s is given twice",
			       directive_names[i]);
	r->seen |= 1u << i;
	if (i == SYNTAX)
		r->syntax = syntax_image(value);
	if (i != ESCAPE)
		return 0;
	if (!bytes_equal(value, BYTES("\\")) && !bytes_equal(value, BYTES("`")))
		return err_set(err, EINVAL, "the escape directive must be \\ or `, not \"%s\"",
			       escape_short(value, shown, sizeof(shown)));
	r->escape = value.ptr[0];
	return 0;
}

static bool is_comment(struct bytes line)
{
	line = dockerfile_trim_left(line);
	return line.len && line.ptr[0] == '#';
}

/*
 * Does the line go on? Then its last escape character and what follows are cut off. One that
 * is itself escaped ends nothing; how many stand before that one is not looked at.
 */
static bool cut_continuation(struct bytes *line, char escape)
{
	size_t n = line->len;

	while (n && (line->ptr[n - 1] == ' ' || line->ptr[n - 1] == '\t'))
		n--;
	if (n == 0 || line->ptr[n - 1] != escape || (n > 1 && line->ptr[n - 2] == escape))
		return false;
	line->len = n - 1;
	return true;
}

/* The lines behind one that goes on. */
static int join_lines(struct dockerfile_reader *r, struct bytes first, struct arena *arena,
		      struct bytes *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf joined = BUF_INIT;
	bool goes_on = true;
	struct bytes line;

	buf_add_bytes(&joined, first);
	while (goes_on && dockerfile_take_line(r, &line)) {
		line = without_newline(line);
		if (is_comment(line) || dockerfile_trim_left(line).len == 0)
			continue;
		goes_on = cut_continuation(&line, r->escape);
		buf_add_bytes(&joined, line);
	}
	if (buf_status(&joined) < 0)
		return err_oom(err);
	*ret = arena_bytes(arena, buf_bytes(&joined));
	return ret->ptr ? 0 : err_oom(err);
}

int dockerfile_read_line(struct dockerfile_reader *r, struct arena *arena, struct bytes *ret,
			 struct err *err)
{
	struct bytes line;

	while (dockerfile_take_line(r, &line)) {
		int q = 0;

		r->line0 = r->line;
		line = dockerfile_trim_left(without_newline(line));
		if (r->directives)
			q = take_directive(r, line, err);
		if (q == 0 && is_comment(line))
			continue;
		if (q == 0 && cut_continuation(&line, r->escape))
			q = join_lines(r, line, arena, &line, err);
		if (q < 0)
			return q;
		*ret = dockerfile_trim(line);
		if (ret->len)
			return 1;
	}
	return 0;
}
