/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "report/waste_text.h"

static struct catalog_layer layers[] = {{.nn = "01"}, {.nn = "02"}, {.nn = "03"}};
static const struct catalog_image image = {.layers = layers, .n_layers = 3};

static void assert_text(struct waste *rows, size_t n, const char *want)
{
	struct wastes all = {.rows = {rows, n, n}};
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	layers[0].instruction = BYTES("RUN npm ci");
	layers[1].instruction = BYTES("RUN npm prune");
	assert_ok(waste_text(&image, &all, &out, &err), &err);
	assert_string_equal(buf_str(&out), want);
}

/* 60 + 30 of app/nm deleted by 02 outweigh the single 80 that 03 overwrote. */
static void waste_text__the_deepest_path_with_half_of_it(void **state)
{
	struct waste rows[] = {
	    {.path = BYTES("big"), .bytes = 80, .hider = 2, .reason = WASTE_OVERWRITTEN},
	    {.path = BYTES("app/nm/x/a"), .bytes = 30, .hider = 1, .reason = WASTE_DELETED},
	    {.path = BYTES("app/nm/y"), .bytes = 30, .hider = 1, .reason = WASTE_DELETED},
	    {.path = BYTES("app/nm-2"), .bytes = 10, .hider = 1, .reason = WASTE_DELETED},
	    {.path = BYTES("app/nm/z"), .bytes = 20, .hider = 1, .reason = WASTE_DELETED},
	};

	(void)state;
	assert_text(
	    rows, ARRAY_SIZE(rows),
	    "The largest waste is 80 B in /app/nm: stored by 01 RUN npm ci, deleted by 02 "
	    "RUN\nnpm prune.\n");
	assert_text(rows, 1,
		    "The largest waste is 80 B in /big: stored by 01 RUN npm ci, overwritten "
		    "by 03\n(no history).\n");
}

static void waste_text__package_databases(void **state)
{
	struct waste rows[] = {{.path = BYTES("var/lib/dpkg/status"),
				.bytes = 80,
				.hider = 1,
				.reason = WASTE_OVERWRITTEN,
				.package_db = true}};

	(void)state;
	assert_text(rows, 1,
		    "The largest waste is 80 B in /var/lib/dpkg/status: stored by 01 RUN npm "
		    "ci,\noverwritten by 02 RUN npm prune. Most of it is package databases: "
		    "merging these\ninstructions saves it.\n");
}

static void waste_text__nothing_of_nothing(void **state)
{
	struct waste rows[] = {
	    {.path = BYTES("link"), .bytes = 0, .hider = 1, .reason = WASTE_DELETED}};

	(void)state;
	assert_text(rows, 1, "");
	assert_text(rows, 0, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waste_text__the_deepest_path_with_half_of_it),
	    cmocka_unit_test(waste_text__package_databases),
	    cmocka_unit_test(waste_text__nothing_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
