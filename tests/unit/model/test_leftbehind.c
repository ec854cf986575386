/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/leftbehind.h"

static void check(struct bx *x, const char *stage, uint64_t made, uint64_t files,
		  uint64_t bytes)
{
	struct left_behind l;

	assert_ok(left_behind_make(x->forest, x->catalog,
				   bx_stage(x, "webapp:production", stage), &l, &x->err),
		  &x->err);
	assert_int_equal(l.made_bytes, made);
	assert_int_equal(l.files, files);
	assert_int_equal(l.bytes, bytes);
	left_behind_release(&l);
}

/* package.json is one stored file of deps and production: it lasts. */
static void leftbehind__what_nobody_took(void **state)
{
	struct bx *x = *state;

	bx_webapp(x);
	bx_load(x);
	check(x, "deps", 41 + 42 + 500, 1, 500);
	check(x, "build", 30 + 77, 1, 30);
	check(x, "production", 41 + 42 + 77, 0, 0);
	check(x, "base", 1000, 0, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(leftbehind__what_nobody_took, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
