/* SPDX-License-Identifier: MIT */
#include "out.h"

#include "util/escape.h"
#include "util/vec.h"

#include <stdio.h>

DEFINE_VEC(cell_vec, char *)

struct out_table {
	struct out_column columns[16];
	size_t n;
	struct cell_vec cells;
};

int out_write(struct bytes b, struct err *err)
{
	while (b.len) {
		ssize_t n = write(STDOUT_FILENO, b.ptr, b.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "standard output");
		b = bytes_skip(b, (size_t)n);
	}
	return 0;
}

void out_complain(const char *line)
{
	fprintf(stderr, "stagefs: %s\n", line);
}

int out_table_new(const struct out_column *columns, size_t n, struct out_table **ret)
{
	struct out_table *t = calloc(1, sizeof(*t));

	if (!t || n > ARRAY_SIZE(t->columns)) {
		free(t);
		return -ENOMEM;
	}
	memcpy(t->columns, columns, n * sizeof(*columns));
	t->n = n;
	*ret = t;
	return 0;
}

void out_table_free(struct out_table *t)
{
	if (!t)
		return;
	vec_foreach (c, &t->cells)
		free(*c);
	cell_vec_release(&t->cells);
	free(t);
}

int out_table_cell(struct out_table *t, struct bytes text)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	int r = escape_text(&b, text);

	if (r == 0 && !b.ptr)
		r = buf_reserve(&b, 1);
	if (r == 0)
		r = cell_vec_push(&t->cells, b.ptr);
	if (r == 0)
		buf_steal(&b);
	return r;
}

/* Columns on a terminal: code points, close enough for names. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void add_cell(struct buf *line, const char *text, size_t pad, enum out_align align,
		     bool last)
{
	size_t w = width(text);
	size_t fill = pad > w ? pad - w : 0;

	if (align == OUT_RIGHT)
		buf_addf(line, "%*s", (int)fill, "");
	buf_add_str(line, text);
	if (align == OUT_LEFT && !last)
		buf_addf(line, "%*s", (int)fill, "");
	buf_add_str(line, last ? "\n" : "  ");
}

int out_table_print(struct out_table *t, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	size_t widths[ARRAY_SIZE(t->columns)];

	for (size_t c = 0; c < t->n; c++)
		widths[c] = width(t->columns[c].title);
	for (size_t i = 0; i < t->cells.n; i++)
		widths[i % t->n] = MAX(widths[i % t->n], width(t->cells.v[i]));
	for (size_t c = 0; c < t->n; c++)
		add_cell(&text, t->columns[c].title, widths[c], t->columns[c].align,
			 c + 1 == t->n);
	for (size_t i = 0; i < t->cells.n; i++) {
		size_t c = i % t->n;

		add_cell(&text, t->cells.v[i], widths[c], t->columns[c].align, c + 1 == t->n);
	}
	if (buf_status(&text) < 0)
		return err_oom(err);
	return out_write(buf_bytes(&text), err);
}
