/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct table: rows of a report and their framing as TSV and JSON (DESIGN 1.2).
 * Folder-private.
 *
 * Cells are added row by row in column order. TSV: a header line, TAB between columns,
 * escape_text() cells, an unknown value is empty. JSON: {"schema": "stagefs/<report>/1",
 * "rows": [{column: value, ...}, ...]}, an unknown value is null.
 */
#include "util/buf.h"

enum column_type { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_BOOL };

struct column {
	const char *name;
	enum column_type type;
};

struct table {
	const char *report;
	const struct column *columns;
	size_t n;
	bool json;
	size_t at;       /* cells so far */
	struct buf *out; /* borrowed */
};

void table_begin(struct table *t, const char *report, const struct column *columns, size_t n,
		 bool json, struct buf *out);
void table_text(struct table *t, struct bytes text);
void table_str(struct table *t, const char *s); /* NULL: unknown */
void table_number(struct table *t, uint64_t v);
void table_bool(struct table *t, bool v);
void table_unknown(struct table *t);
/* 0, or -ENOMEM if any append failed. */
int table_end(struct table *t) _must_check_;
