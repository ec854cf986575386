/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

static void r_history__every_entry_with_the_layer_it_made(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "history", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 3);
	assert_tsv(&t, 1, "ord", "0");
	assert_tsv(&t, 1, "layer", "01");
	assert_tsv(&t, 1, "empty_layer", "false");
	assert_tsv(&t, 2, "layer", "");
	assert_tsv(&t, 2, "empty_layer", "true");
	assert_tsv(&t, 2, "instruction", "ENV A=b");
	assert_tsv(&t, 3, "layer", "02");
	assert_tsv(&t, 3, "created", "2026-01-02T03:04:05Z");
	assert_tsv(&t, 3, "created_by", NASTY_RUN);
	assert_tsv(&t, 3, "comment", "buildkit.dockerfile.v0");
	assert_tsv(&t, 3, "author", "");
}

static void r_history__json_strings_unescape_to_the_exact_bytes(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "history", REPORT_JSON);
	json_t *root, *rows = json_rows(&t, "stagefs/history/1", &root);

	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(rows, 2), "created_by")),
	    "RUN /bin/sh -c echo 'a\\tb'\\n\\x1b[31m # buildkit");
	json_decref(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, report_setup, report_teardown)
	    TEST(r_history__every_entry_with_the_layer_it_made),
	    TEST(r_history__json_strings_unescape_to_the_exact_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
