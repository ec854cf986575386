/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Reports: a registry {name, scope, formats, render}. fs serves them as files, `stagefs report`
 * prints the same bytes.
 *
 * Formats: .tsv and .json for tables, .txt for text, .ncdu for trees. Table conventions:
 * DESIGN 1.2. A table report is a list of columns and a function that adds rows; report/table.c
 * frames it.
 */
#include "model/forest.h"
#include "util/buf.h"

enum report_scope { REPORT_INDEX, REPORT_IMAGE, REPORT_BUILD, REPORT_STAGE };
enum report_format { REPORT_TXT, REPORT_TSV, REPORT_JSON, REPORT_NCDU };
#define REPORT_FORMATS (REPORT_NCDU + 1)

struct report_ctx {
	const struct catalog *catalog;
	struct forest *forest;
	struct db *db;                     /* used by the renderer's thread only */
	const struct catalog_image *image; /* REPORT_IMAGE */
	const struct catalog_build *build; /* REPORT_BUILD */
	const struct catalog_stage *stage; /* REPORT_STAGE */
};

struct report {
	const char *name; /* "layers" */
	enum report_scope scope;
	unsigned formats; /* 1u << enum report_format */
	const char *what; /* one line for --help and the manual */
	int (*render)(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		      struct err *err);
};

extern const struct report *const reports[]; /* NULL-terminated */

const struct report *report_find(enum report_scope scope, const char *name);
const char *report_format_ext(enum report_format f); /* "txt", "tsv", ... */

/* What a pull transfers; false where the archive holds plain layers. */
bool report_pull_bytes(const struct catalog_image *img, uint64_t *ret);

/* MISSING.txt: what no input holds, and the commands that would supply it. */
int report_missing_stage(const struct catalog_stage *s, struct buf *ret) _must_check_;

/* "1.98 MB" (decimal, as docker prints) into out; returns out. */
const char *format_size(uint64_t bytes, char out[16]);
/* As `du -h` prints it: "1.9M", rounded up. */
const char *format_size_du(uint64_t bytes, char out[16]);
