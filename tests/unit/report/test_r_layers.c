/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

static void r_layers__in_build_order_with_the_numbers_worked_out_by_hand(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_IMAGE, "layers", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 2);
	assert_tsv(&t, 1, "nn", "01");
	assert_tsv(&t, 1, "slug", "ADD-rootfs.tar");
	assert_tsv(&t, 1, "layer", "aaaaaaaaaaaa-ADD-rootfs.tar");
	assert_tsv(&t, 1, "codec", "none");
	assert_tsv(&t, 1, "blob_bytes", "3000");
	assert_tsv(&t, 1, "tar_bytes", "3000");
	assert_tsv(&t, 1, "content_bytes", "1107");
	assert_tsv(&t, 1, "visible_bytes", "1007");
	assert_tsv(&t, 1, "wasted_bytes", "100");
	assert_tsv(&t, 1, "entries", "7");
	assert_tsv(&t, 1, "images", "2");
	assert_tsv(&t, 1, "instruction", "ADD rootfs.tar /");
	assert_tsv(&t, 2, "nn", "02");
	assert_tsv(&t, 2, "visible_bytes", "50");
	assert_tsv(&t, 2, "wasted_bytes", "0");
	assert_tsv(&t, 2, "images", "1");
	assert_tsv(&t, 2, "instruction", "RUN echo 'a\tb'\n\x1b[31m");
}

/* Σ visible = du -sb of the rootfs without symlinks; Σ content − Σ visible = Σ wasted. */
static void r_layers__adds_up(void **state)
{
	struct report_index *x = *state;
	_cleanup_(buf_release) struct buf t =
	    report_render(x, REPORT_IMAGE, "layers", REPORT_JSON);
	json_t *root, *rows = json_rows(&t, "stagefs/layers/1", &root), *row;
	json_int_t content = 0, visible = 0, wasted = 0;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		content += json_integer_value(json_object_get(row, "content_bytes"));
		visible += json_integer_value(json_object_get(row, "visible_bytes"));
		wasted += json_integer_value(json_object_get(row, "wasted_bytes"));
	}
	assert_int_equal(visible, 1057);
	assert_int_equal(wasted, content - visible);
	json_decref(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, report_setup, report_teardown)
	    TEST(r_layers__in_build_order_with_the_numbers_worked_out_by_hand),
	    TEST(r_layers__adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
