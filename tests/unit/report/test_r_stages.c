/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

static void r_stages__adds_up_to_what_the_image_ships(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    stages_render(*state, REPORT_IMAGE, "production", "stages", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 4);
	assert_tsv(&t, 1, "origin", "@base");
	assert_tsv(&t, 1, "bytes", "1000");
	assert_tsv(&t, 1, "exact", "");
	assert_tsv(&t, 2, "origin", "build");
	assert_tsv(&t, 2, "bytes", "77");
	assert_tsv(&t, 2, "files", "1");
	assert_tsv(&t, 2, "exact", "1");
	assert_tsv(&t, 2, "unmatched", "0");
	assert_tsv(&t, 2, "evidence", "content");
	assert_tsv(&t, 3, "origin", "deps");
	assert_tsv(&t, 3, "bytes", "42");
	assert_tsv(&t, 4, "origin", "@context");
	assert_tsv(&t, 4, "bytes", "41");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_stages__adds_up_to_what_the_image_ships,
					    stages_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
