/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

static void r_left_behind__what_nobody_took(void **state)
{
	_cleanup_(buf_release) struct buf deps =
	    stages_render(*state, REPORT_STAGE, "deps", "left-behind", REPORT_TSV);
	_cleanup_(buf_release) struct buf production =
	    stages_render(*state, REPORT_STAGE, "production", "left-behind", REPORT_TSV);

	assert_int_equal(tsv_rows(&deps), 1);
	assert_tsv(&deps, 1, "path", "/app/nm/tsc.js");
	assert_tsv(&deps, 1, "size", "500");
	assert_tsv(&deps, 1, "layer", "03");
	assert_tsv(&deps, 1, "instruction", "RUN npm install");
	assert_int_equal(tsv_rows(&production), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_left_behind__what_nobody_took, stages_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
