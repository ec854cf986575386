/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A small index whose numbers are worked out by hand:
 *
 *   layer A, 3,000 bytes of tar             layer B, 2,000 bytes of tar
 *     bin/sh     1,000 bytes                  etc/a   40 bytes, over A's
 *     bin/sh2    the same file                etc/b   10 bytes
 *     etc/a        100 bytes
 *     NASTY          7 bytes
 *   content 1,107                           content 50
 *
 *   image app:1 (also app:latest): A, B     visible 1,057 = A 1,007 + B 50; wasted 100
 *   image base:1: A                         visible 1,107; nothing wasted; all shared
 *
 * A is stored plain (3,000 bytes), B as gzip (150 bytes).
 */
#include "test.h"

#include "report/report.h"

#include <jansson.h>

#define NASTY       "n\n\t\\\x1b\xff\xe2\x80\xae"
#define NASTY_SHOWN "n\\n\\t\\\\\\x1b\\xff\\xe2\\x80\\xae"
#define NASTY_RUN   "RUN /bin/sh -c echo 'a\tb'\n\x1b[31m # buildkit"

struct report_index {
	char dir[64], path[96];
	struct db *db, *forest_db;
	struct forest *forest;
	struct catalog *catalog;
	struct report_ctx ctx; /* image: app:1 */
	struct err err;
};

int report_setup(void **state);
int report_teardown(void **state);
const struct catalog_image *report_image(const struct report_index *x, const char *name);

/* Renders; fails the test if that fails or if a control byte other than \n and \t is in it. */
struct buf report_render(struct report_index *x, enum report_scope scope, const char *name,
			 enum report_format format);

/*
 * Another reader of TSV than the writer's own: cell (row from 1, column by name), unescaped.
 * Fails the test where rows have different lengths or an escape is none. Free it.
 */
char *tsv_cell(const struct buf *tsv, size_t row, const char *column, size_t *ret_len);
void assert_tsv(const struct buf *tsv, size_t row, const char *column, const char *want);
size_t tsv_rows(const struct buf *tsv);
/* The rows of a JSON report; checks its schema name. Borrowed from *ret_root (json_decref). */
json_t *json_rows(const struct buf *text, const char *schema, json_t **ret_root);
