/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a person sees: results on standard output, talk on standard error.
 * The only files that print are main.c, out.c and the commands.
 */
#include "util/buf.h"
#include "util/err.h"

/* All of it, or -errno: a full disk or a closed pipe is an error, not silence. EPIPE is kept.
 */
int out_write(struct bytes b, struct err *err) _must_check_;
/* "stagefs: <line>\n" on standard error. */
void out_complain(const char *line);

/* A table for people: cells are escaped, columns padded, numbers to the right. */
struct out_table;
enum out_align { OUT_LEFT, OUT_RIGHT };
struct out_column {
	const char *title;
	enum out_align align;
};
int out_table_new(const struct out_column *columns, size_t n,
		  struct out_table **ret) _must_check_;
void out_table_free(struct out_table *t);
DEFINE_CLEANUP(struct out_table *, out_table_free)
/* The next cell, row by row; the bytes are escaped and copied. */
int out_table_cell(struct out_table *t, struct bytes text) _must_check_;
int out_table_print(struct out_table *t, struct err *err) _must_check_;
