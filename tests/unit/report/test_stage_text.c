/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

#include "report/stage_text.h"

static void stage_text__two_sentences(void **state)
{
	struct bx *x = *state;
	struct report_ctx ctx = {.catalog = x->catalog, .forest = x->forest, .db = x->db};
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	assert_ok(stage_text_ships(&ctx, bx_stage(x, "webapp:production", "production"), &out,
				   &x->err),
		  &x->err);
	assert_string_equal(
	    buf_str(&out),
	    "production ships 1.16 kB: 1.00 kB base, 77 B copied from build, 42 B copied from\n"
	    "deps, 41 B from the build context.\n");
	buf_clear(&out);
	assert_ok(
	    stage_text_left(&ctx, bx_stage(x, "webapp:production", "deps"), &out, &x->err),
	    &x->err);
	assert_string_equal(buf_str(&out),
			    "deps left 500 B behind, 500 B of it /app/nm/tsc.js.\n");
	buf_clear(&out);
	assert_ok(stage_text_left(&ctx, bx_stage(x, "webapp:production", "production"), &out,
				  &x->err),
		  &x->err);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_text__two_sentences, stages_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
