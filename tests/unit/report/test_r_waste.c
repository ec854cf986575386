/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

static void r_waste__names_both_layers(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "waste", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 1);
	assert_tsv(&t, 1, "path", "/etc/a");
	assert_tsv(&t, 1, "bytes", "100");
	assert_tsv(&t, 1, "reason", "overwritten");
	assert_tsv(&t, 1, "mark", "");
	assert_tsv(&t, 1, "stored_layer", "01");
	assert_tsv(&t, 1, "stored_instruction", "ADD rootfs.tar /");
	assert_tsv(&t, 1, "hidden_layer", "02");
	assert_tsv(&t, 1, "hidden_instruction", "RUN echo 'a\tb'\n\x1b[31m");
	assert_tsv(&t, 1, "hidden_by", "/etc/a");
	assert_tsv(&t, 1, "stored_again", "");
}

static void r_waste__as_json(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "waste", REPORT_JSON);
	json_t *root, *rows = json_rows(&t, "stagefs/waste/1", &root), *row;

	assert_int_equal(json_array_size(rows), 1);
	row = json_array_get(rows, 0);
	assert_int_equal(json_integer_value(json_object_get(row, "bytes")), 100);
	assert_true(json_is_null(json_object_get(row, "stored_again")));
	json_decref(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, report_setup, report_teardown)
	    TEST(r_waste__names_both_layers),
	    TEST(r_waste__as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
