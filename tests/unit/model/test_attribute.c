/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include "model/attribute.h"

#define MERGED(t, ...)                                                                         \
	const char *const texts[] = {__VA_ARGS__};                                             \
	_cleanup_(tree_unrefp) struct tree *t = text_merge(texts, ARRAY_SIZE(texts), NULL);    \
	struct layer_bytes b[ARRAY_SIZE(texts)];                                               \
	struct err err = ERR_INIT;                                                             \
	(void)state;                                                                           \
	assert_ok(attribute_layers(t, b, &err), &err)

static void assert_layer(const struct layer_bytes *b, uint64_t content, uint64_t visible,
			 uint64_t files)
{
	assert_int_equal(b->content, content);
	assert_int_equal(b->visible, visible);
	assert_int_equal(b->wasted, content - visible);
	assert_int_equal(b->files, files);
}

static void attribute__what_nobody_touches_is_visible(void **state)
{
	MERGED(t, "file a 100\nfile d/b 20", "file c 3");

	assert_layer(&b[0], 120, 120, 2);
	assert_layer(&b[1], 3, 3, 1);
}

static void attribute__overwritten_bytes_are_wasted(void **state)
{
	MERGED(t, "file a 100\nfile b 1", "file a 30");

	assert_layer(&b[0], 101, 1, 1);
	assert_layer(&b[1], 30, 30, 1);
}

static void attribute__deleted_bytes_are_wasted(void **state)
{
	MERGED(t, "file d/a 100\nfile e/b 20\nfile c 3",
	       "file d/.wh.a 0\nfile e/.wh..wh..opq 0");

	assert_layer(&b[0], 123, 3, 1);
	assert_layer(&b[1], 0, 0, 0);
}

static void attribute__hard_links_count_once(void **state)
{
	MERGED(t, "file a 100\nlink b a\nlink d/c a");

	assert_layer(&b[0], 100, 100, 1);
}

static void attribute__one_name_left_keeps_the_bytes_visible(void **state)
{
	MERGED(t, "file a 100\nlink b a", "file .wh.a 0", "file b 7");

	assert_layer(&b[0], 100, 0, 0);
	assert_layer(&b[1], 0, 0, 0);
	assert_layer(&b[2], 7, 7, 1);
}

static void attribute__a_replaced_first_name_leaves_the_second(void **state)
{
	MERGED(t, "file a 100\nlink b a", "file a 7");

	assert_layer(&b[0], 100, 100, 1);
	assert_layer(&b[1], 7, 7, 1);
}

/* The entry's own layer knows one name of it, the tree shows two. */
static void attribute__a_link_from_above_adds_no_bytes(void **state)
{
	MERGED(t, "file a 100", "link b a\nlink d/c a");

	assert_layer(&b[0], 100, 100, 1);
	assert_layer(&b[1], 0, 0, 0);
}

static void attribute__a_link_from_above_saves_what_was_deleted(void **state)
{
	MERGED(t, "file a 100", "link b a", "file .wh.a 0");

	assert_layer(&b[0], 100, 100, 1);
	assert_layer(&b[1], 0, 0, 0);
}

static void attribute__only_regular_files_are_content(void **state)
{
	MERGED(t, "dir d\nsym s target\nfifo p\nchr c 1 2\nfile f 9");

	assert_layer(&b[0], 9, 9, 1);
}

static void attribute__metadata_is_no_content(void **state)
{
	MERGED(t, "file .wh..wh.aufs 50\nfile .wh..wh.plnk/x 60\nfile f 9");

	assert_layer(&b[0], 9, 9, 1);
}

/* ---- absent and repeated layers ---- */

static void merge_these(struct layer **layers, uint32_t n, struct tree **ret)
{
	struct err err = ERR_INIT;

	assert_ok(merge_layers(layers, n, NULL, NULL, ret, &err), &err);
}

static void attribute__an_absent_layer_has_nothing(void **state)
{
	_cleanup_(layer_unrefp) struct layer *a = text_layer(1, "file a 5", NULL);
	struct layer *layers[] = {NULL, a, NULL};
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	struct layer_bytes b[3];
	struct err err = ERR_INIT;

	(void)state;
	merge_these(layers, 3, &t);
	memset(b, 7, sizeof(b));
	assert_ok(attribute_layers(t, b, &err), &err);
	assert_layer(&b[0], 0, 0, 0);
	assert_layer(&b[1], 5, 5, 1);
	assert_layer(&b[2], 0, 0, 0);
}

static void attribute__a_layer_twice_counts_at_the_higher_position(void **state)
{
	_cleanup_(layer_unrefp) struct layer *a = text_layer(1, "file a 5\nfile b 20", NULL);
	_cleanup_(layer_unrefp) struct layer *c = text_layer(2, "file .wh.a 0\nfile b 1", NULL);
	struct layer *layers[] = {a, c, a};
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	struct layer_bytes b[3];
	struct err err = ERR_INIT;

	(void)state;
	merge_these(layers, 3, &t);
	assert_ok(attribute_layers(t, b, &err), &err);
	assert_layer(&b[0], 0, 0, 0);
	assert_layer(&b[1], 1, 0, 0);
	assert_layer(&b[2], 25, 25, 2);
}

/* What the lower copy shows alone, because the higher one is covered, is still one storing. */
static void attribute__a_layer_twice_and_covered_wastes_once(void **state)
{
	_cleanup_(layer_unrefp) struct layer *a = text_layer(1, "file a 5", NULL);
	_cleanup_(layer_unrefp) struct layer *c = text_layer(2, "file .wh.a 0", NULL);
	struct layer *layers[] = {a, a, c};
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	struct layer_bytes b[3];
	struct err err = ERR_INIT;

	(void)state;
	merge_these(layers, 3, &t);
	assert_ok(attribute_layers(t, b, &err), &err);
	assert_layer(&b[0], 0, 0, 0);
	assert_layer(&b[1], 5, 0, 0);
	assert_layer(&b[2], 0, 0, 0);
}

static void attribute__no_layers_no_bytes(void **state)
{
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	struct tree_totals sums;
	struct layer_bytes b;
	struct err err = ERR_INIT;

	(void)state;
	merge_these(NULL, 0, &t);
	assert_ok(attribute_layers(t, &b, &err), &err);
	assert_int_equal(attribute_totals(t, &sums), 0);
	assert_int_equal(sums.dirs, 1);
	assert_int_equal(sums.files + sums.symlinks + sums.others + sums.bytes + sums.blocks,
			 0);
}

static void attribute__sums_of_absurd_sizes_stay_at_the_top(void **state)
{
	MERGED(t, "file a 9223372036854775807\nfile b 9223372036854775807\nfile c 9");
	struct tree_totals sums;

	assert_layer(&b[0], UINT64_MAX, UINT64_MAX, 3);
	assert_int_equal(attribute_totals(t, &sums), 0);
	assert_int_equal(sums.bytes, UINT64_MAX);
}

/* ---- totals ---- */

static struct tree_totals totals_of(const char *lower, const char *upper)
{
	const char *const texts[] = {lower, upper};
	_cleanup_(tree_unrefp) struct tree *t = text_merge(texts, 2, NULL);
	struct tree_totals sums;

	memset(&sums, 7, sizeof(sums));
	assert_int_equal(attribute_totals(t, &sums), 0);
	return sums;
}

static void attribute__totals_by_type(void **state)
{
	struct tree_totals s = totals_of("dir d\nfile d/e/f 10\nsym d/s target\nfifo p",
					 "chr c 1 2\nfile g 2000\nsym x y");

	(void)state;
	assert_int_equal(s.files, 2);
	assert_int_equal(s.dirs, 3);
	assert_int_equal(s.symlinks, 2);
	assert_int_equal(s.others, 2);
	assert_int_equal(s.bytes, 2010);
	assert_int_equal(s.symlink_bytes, 7);
}

static void attribute__blocks_round_up_per_file(void **state)
{
	struct tree_totals s = totals_of("file a 1\nfile b 512\nfile c 513\nfile e 0", "");

	(void)state;
	assert_int_equal(s.blocks, 1 + 1 + 2 + 0);
}

static void attribute__totals_count_stored_entries_not_names(void **state)
{
	struct tree_totals s =
	    totals_of("file a 100\nlink b a\nsym s target\nlink t s\nfifo p\n"
		      "link q p",
		      "link c b");

	(void)state;
	assert_int_equal(s.files, 1);
	assert_int_equal(s.bytes, 100);
	assert_int_equal(s.blocks, 1);
	assert_int_equal(s.symlinks, 1);
	assert_int_equal(s.symlink_bytes, 6);
	assert_int_equal(s.others, 1);
}

static void attribute__visible_of_all_layers_is_the_trees_total(void **state)
{
	MERGED(t, "file a 100\nfile b 20\nlink c b\nfile d/x 3", "link e a\nfile d/.wh.x 0",
	       "file b 7\nsym s a");
	struct tree_totals sums;

	assert_int_equal(attribute_totals(t, &sums), 0);
	assert_int_equal(sums.bytes, b[0].visible + b[1].visible + b[2].visible);
	assert_int_equal(sums.files, b[0].files + b[1].files + b[2].files);
	assert_int_equal(sums.bytes, 127);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(attribute__what_nobody_touches_is_visible),
	    cmocka_unit_test(attribute__overwritten_bytes_are_wasted),
	    cmocka_unit_test(attribute__deleted_bytes_are_wasted),
	    cmocka_unit_test(attribute__hard_links_count_once),
	    cmocka_unit_test(attribute__one_name_left_keeps_the_bytes_visible),
	    cmocka_unit_test(attribute__a_replaced_first_name_leaves_the_second),
	    cmocka_unit_test(attribute__a_link_from_above_adds_no_bytes),
	    cmocka_unit_test(attribute__a_link_from_above_saves_what_was_deleted),
	    cmocka_unit_test(attribute__only_regular_files_are_content),
	    cmocka_unit_test(attribute__metadata_is_no_content),
	    cmocka_unit_test(attribute__an_absent_layer_has_nothing),
	    cmocka_unit_test(attribute__a_layer_twice_counts_at_the_higher_position),
	    cmocka_unit_test(attribute__a_layer_twice_and_covered_wastes_once),
	    cmocka_unit_test(attribute__no_layers_no_bytes),
	    cmocka_unit_test(attribute__sums_of_absurd_sizes_stay_at_the_top),
	    cmocka_unit_test(attribute__totals_by_type),
	    cmocka_unit_test(attribute__blocks_round_up_per_file),
	    cmocka_unit_test(attribute__totals_count_stored_entries_not_names),
	    cmocka_unit_test(attribute__visible_of_all_layers_is_the_trees_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
