/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

static void r_instructions__with_layers_and_sources(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    stages_render(*state, REPORT_STAGE, "production", "instructions", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 3);
	assert_tsv(&t, 1, "ord", "0");
	assert_tsv(&t, 1, "line", "");
	assert_tsv(&t, 1, "layer", "02");
	assert_tsv(&t, 1, "from", "@context");
	assert_tsv(&t, 3, "keyword", "COPY");
	assert_tsv(&t, 3, "instruction", "COPY /app/dist /app/dist");
	assert_tsv(&t, 3, "layer", "04");
	assert_tsv(&t, 3, "from", "build");
	assert_tsv(&t, 3, "evidence", "history");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_instructions__with_layers_and_sources,
					    stages_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
