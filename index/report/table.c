/* SPDX-License-Identifier: MIT */
#include "report/table.h"

#include "util/escape.h"

void table_begin(struct table *t, const char *report, const struct column *columns, size_t n,
		 bool json, struct buf *out)
{
	*t = (struct table){report, columns, n, json, 0, out};
	if (json) {
		buf_addf(out, "{\"schema\": \"stagefs/%s/1\", \"rows\": [", report);
		return;
	}
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%s", i ? "\t" : "", columns[i].name);
	buf_add_char(out, '\n');
}

/* What stands before a cell, and in JSON its key. */
static void open_cell(struct table *t)
{
	size_t column = t->at % t->n;

	if (!t->json) {
		if (column)
			buf_add_char(t->out, '\t');
		return;
	}
	if (column == 0)
		buf_add_str(t->out, t->at ? ",\n{" : "\n{");
	buf_add_str(t->out, column ? ", \"" : "\"");
	buf_add_str(t->out, t->columns[column].name);
	buf_add_str(t->out, "\": ");
}

static void close_cell(struct table *t)
{
	t->at++;
	if (t->at % t->n == 0)
		buf_add_char(t->out, t->json ? '}' : '\n');
}

void table_text(struct table *t, struct bytes text)
{
	open_cell(t);
	if (t->json)
		escape_json(t->out, text);
	else
		escape_text(t->out, text);
	close_cell(t);
}

void table_unknown(struct table *t)
{
	open_cell(t);
	if (t->json)
		buf_add_str(t->out, "null");
	close_cell(t);
}

void table_str(struct table *t, const char *s)
{
	if (s)
		table_text(t, bytes_from_str(s));
	else
		table_unknown(t);
}

void table_number(struct table *t, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + v % 10);
	while (v /= 10);
	open_cell(t);
	buf_add(t->out, digits + at, sizeof(digits) - at);
	close_cell(t);
}

void table_bool(struct table *t, bool v)
{
	open_cell(t);
	buf_add_str(t->out, v ? "true" : "false");
	close_cell(t);
}

int table_end(struct table *t)
{
	if (t->json)
		buf_add_str(t->out, t->at ? "\n]}\n" : "]}\n");
	return buf_status(t->out);
}
