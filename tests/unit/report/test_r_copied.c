/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

static void r_copied__in_largest_first(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    stages_render(*state, REPORT_STAGE, "production", "copied-in", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 2);
	assert_tsv(&t, 1, "path", "/app/dist/o.js");
	assert_tsv(&t, 1, "size", "77");
	assert_tsv(&t, 1, "from", "build");
	assert_tsv(&t, 1, "source_path", "/app/dist/o.js");
	assert_tsv(&t, 1, "match", "exact");
	assert_tsv(&t, 1, "layer", "04");
	assert_tsv(&t, 1, "evidence", "content");
	assert_tsv(&t, 2, "path", "/app/nm/left.js");
	assert_tsv(&t, 2, "from", "deps");
}

static void r_copied__out_is_the_other_side(void **state)
{
	_cleanup_(buf_release) struct buf deps =
	    stages_render(*state, REPORT_STAGE, "deps", "copied-out", REPORT_TSV);
	_cleanup_(buf_release) struct buf production =
	    stages_render(*state, REPORT_STAGE, "production", "copied-out", REPORT_TSV);

	assert_int_equal(tsv_rows(&deps), 1);
	assert_tsv(&deps, 1, "source_path", "/app/nm/left.js");
	assert_tsv(&deps, 1, "to", "production");
	assert_tsv(&deps, 1, "path", "/app/nm/left.js");
	assert_tsv(&deps, 1, "match", "exact");
	assert_int_equal(tsv_rows(&production), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_copied__in_largest_first, stages_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(r_copied__out_is_the_other_side, stages_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
