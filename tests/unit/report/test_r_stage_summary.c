/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

static void r_stage_summary__what_it_stands_on_and_holds(void **state)
{
	_cleanup_(buf_release) struct buf t =
	    stages_render(*state, REPORT_STAGE, "build", "summary", REPORT_TXT);

	assert_string_equal(
	    buf_str(&t),
	    "stage build of webapp:production\n"
	    "named by tag; stands on stage deps (chain)\n"
	    "5 layers, 3 of them its base's; known by chain\n\n"
	    "build holds 1.69 kB: 1.58 kB base, 77 B made by its own instructions, 30 B from\n"
	    "the build context.\n"
	    "build left 30 B behind, 30 B of it /app/src/i.ts.\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(r_stage_summary__what_it_stands_on_and_holds,
					    stages_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
