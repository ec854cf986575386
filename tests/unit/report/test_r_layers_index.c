/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

static void r_layers_index__each_once_with_every_place(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    report_render(*state, REPORT_INDEX, "layers", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 2);
	assert_tsv(&t, 1, "name", "aaaaaaaaaaaa-ADD-rootfs.tar");
	assert_tsv(&t, 1, "content_bytes", "1107");
	assert_tsv(&t, 1, "tar_bytes", "3000");
	assert_tsv(&t, 1, "entries", "7");
	assert_tsv(&t, 1, "images", "2");
	assert_tsv(&t, 1, "places", "app:1:01 base:1:01");
	assert_tsv(&t, 2, "content_bytes", "50");
	assert_tsv(&t, 2, "images", "1");
	assert_tsv(&t, 2, "places", "app:1:02");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_layers_index__each_once_with_every_place,
					    report_setup, report_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
