/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

static void r_images__largest_first_with_the_numbers_worked_out_by_hand(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_INDEX, "images", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 2);
	assert_tsv(&t, 1, "name", "base:1");
	assert_tsv(&t, 1, "visible_bytes", "1107");
	assert_tsv(&t, 1, "wasted_bytes", "0");
	assert_tsv(&t, 1, "unique_bytes", "0");
	assert_tsv(&t, 1, "shared_bytes", "1107");
	assert_tsv(&t, 1, "base", "");
	assert_tsv(&t, 2, "name", "app:1");
	assert_tsv(&t, 2, "base", "base:1");
	assert_tsv(&t, 2, "platform", "linux/amd64");
	assert_tsv(&t, 2, "config_digest", "sha256:0101");
	assert_tsv(&t, 2, "created", "2026-01-02T03:04:05Z");
	assert_tsv(&t, 2, "layers", "2");
	assert_tsv(&t, 2, "content_bytes", "1157");
	assert_tsv(&t, 2, "visible_bytes", "1057");
	assert_tsv(&t, 2, "wasted_bytes", "100");
	assert_tsv(&t, 2, "unique_bytes", "50");
	assert_tsv(&t, 2, "shared_bytes", "1107");
	assert_tsv(&t, 2, "blob_bytes", "");
	assert_tsv(&t, 2, "format", "docker-archive");
}

static void r_images__unknown_pull_size_is_null_in_json(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_INDEX, "images", REPORT_JSON);
	json_t *root, *rows = json_rows(&t, "stagefs/images/1", &root);

	assert_int_equal(json_array_size(rows), 2);
	assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "blob_bytes")));
	assert_int_equal(
	    json_integer_value(json_object_get(json_array_get(rows, 1), "unique_bytes")), 50);
	json_decref(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, report_setup, report_teardown)
	    TEST(r_images__largest_first_with_the_numbers_worked_out_by_hand),
	    TEST(r_images__unknown_pull_size_is_null_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
