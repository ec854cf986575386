/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

static void r_stages_index__in_build_order_with_what_was_left(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    stages_render(*state, REPORT_BUILD, "production", "stages", REPORT_TSV);
	_cleanup_(buf_release) struct buf all =
	    stages_render(*state, REPORT_INDEX, "production", "stages", REPORT_TSV);

	assert_true(bytes_equal(buf_bytes(&t), buf_bytes(&all))); /* there is one build */
	assert_int_equal(tsv_rows(&t), 4);
	assert_tsv(&t, 1, "stage", "base");
	assert_tsv(&t, 1, "base_kind", "unknown");
	assert_tsv(&t, 1, "base_layers", "");
	assert_tsv(&t, 2, "stage", "deps");
	assert_tsv(&t, 2, "build", "webapp:production");
	assert_tsv(&t, 2, "stage_by", "tag");
	assert_tsv(&t, 2, "base", "base");
	assert_tsv(&t, 2, "base_layers", "1");
	assert_tsv(&t, 2, "layers", "3");
	assert_tsv(&t, 2, "layers_by", "chain");
	assert_tsv(&t, 2, "image", "webapp:deps");
	assert_tsv(&t, 2, "rootfs_bytes", "1583");
	assert_tsv(&t, 2, "made_bytes", "583");
	assert_tsv(&t, 2, "left_bytes", "500");
	assert_tsv(&t, 3, "left_bytes", "30");
	assert_tsv(&t, 4, "target", "true");
	assert_tsv(&t, 4, "rootfs_bytes", "1160");
	assert_tsv(&t, 4, "left_bytes", "0");
}

static void r_stages_index__json_knows_what_is_unknown(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    stages_render(*state, REPORT_BUILD, "production", "stages", REPORT_JSON);
	json_t *root, *rows = json_rows(&t, "stagefs/stages/1", &root);

	assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "base_layers")));
	assert_true(json_is_true(json_object_get(json_array_get(rows, 3), "target")));
	json_decref(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_stages_index__in_build_order_with_what_was_left,
					    stages_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(r_stages_index__json_knows_what_is_unknown,
					    stages_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
