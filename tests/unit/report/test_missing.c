/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

static void missing__the_commands_are_filled_in(void **state)
{
	struct bx *x = *state;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct build_stage stage = {.name = "deps", .needed = false};
	struct catalog_build b = {.name = "ghcr.io+acme+app:1.2"};
	struct catalog_stage s = {.s = &stage, .build = &b, .name = "deps"};

	(void)x;
	assert_int_equal(report_missing_stage(&s, &out), 0);
	assert_non_null(
	    strstr(buf_str(&out), "docker build --target deps -t ghcr.io/acme/app:deps ."));
	assert_non_null(
	    strstr(buf_str(&out), "docker save ghcr.io/acme/app:deps | stagefs index -"));
	assert_non_null(strstr(buf_str(&out), "does not need this stage"));
	for (size_t i = 0, column = 0; i < out.len; i++) {
		column = out.ptr[i] == '\n' ? 0 : column + 1;
		assert_true(column <= 82);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(missing__the_commands_are_filled_in, stages_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
