/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

/* Each stored file once, with its own layer, stage and origin; largest first, then by path. */
static void r_files__of_a_build(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    stages_render(*state, REPORT_IMAGE, "production", "files", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 4);
	assert_tsv(&t, 1, "path", "/bin/sh");
	assert_tsv(&t, 1, "size", "1000");
	assert_tsv(&t, 1, "names", "1");
	assert_tsv(&t, 1, "layer", "01");
	assert_tsv(&t, 1, "origin", "@base");
	assert_tsv(&t, 1, "xxh128", "01000000000000000000000000000000");
	assert_tsv(&t, 1, "copies", "1");
	assert_tsv(&t, 2, "path", "/app/dist/o.js");
	assert_tsv(&t, 2, "instruction", "COPY /app/dist /app/dist");
	assert_tsv(&t, 2, "stage", "production");
	assert_tsv(&t, 2, "origin", "build");
	assert_tsv(&t, 2, "copies", "2");
	assert_tsv(&t, 3, "path", "/app/nm/left.js");
	assert_tsv(&t, 3, "origin", "deps");
	assert_tsv(&t, 3, "copies", "2");
	assert_tsv(&t, 4, "path", "/app/package.json");
	assert_tsv(&t, 4, "origin", "@context");
	assert_tsv(&t, 4, "copies", "1");
}

/* What build has of deps, deps made. */
static void r_files__name_the_stage_that_made_them(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    stages_render(*state, REPORT_IMAGE, "build", "files", REPORT_TSV);

	assert_int_equal(tsv_rows(&t), 6);
	assert_tsv(&t, 2, "path", "/app/nm/tsc.js");
	assert_tsv(&t, 2, "stage", "deps");
	assert_tsv(&t, 3, "path", "/app/dist/o.js");
	assert_tsv(&t, 3, "stage", "build");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_files__of_a_build, stages_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(r_files__name_the_stage_that_made_them,
					    stages_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
