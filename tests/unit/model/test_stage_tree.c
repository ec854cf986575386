/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/stage_tree.h"
#include "tree_text.h"

static int list(void *arg, uint32_t code, const char *name)
{
	return buf_addf(arg, "%u=%s ", code, name);
}

static void stage_tree__origins_have_codes(void **state)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct bx *x = *state;

	bx_webapp(x);
	bx_load(x);
	assert_int_equal(
	    stage_origins(bx_stage(x, "webapp:production", "production"), list, &got), 0);
	/* base, deps, build, production are 0 to 3 */
	assert_string_equal(buf_str(&got), "1=@base 3=@context 17=deps 18=build ");
}

static void has(struct bx *x, const char *stage, enum stage_part part, uint32_t code,
		const char *want)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct tree *t;

	assert_ok(stage_part(x->forest, x->catalog, bx_stage(x, "webapp:production", stage),
			     part, code, &t, &x->err),
		  &x->err);
	assert_well_formed(t->nodes, t->n);
	for (uint32_t i = 0; i < t->n; i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		if (node_is_dir(&t->nodes[i]))
			continue;
		assert_int_equal(node_path(t->nodes, i, &path), 0);
		buf_addf(&got, "%s ", buf_str(&path));
	}
	assert_string_equal(buf_str(&got), want);
	tree_unref(t);
}

static void stage_tree__parts_of_a_stage(void **state)
{
	struct bx *x = *state;

	bx_webapp(x);
	bx_load(x);
	has(x, "production", STAGE_FROM, 1, "bin/sh ");
	has(x, "production", STAGE_FROM, 3, "app/package.json ");
	has(x, "production", STAGE_FROM, 17, "app/nm/left.js ");
	has(x, "production", STAGE_FROM, 18, "app/dist/o.js ");
	has(x, "production", STAGE_FROM, 2, "");
	has(x, "build", STAGE_DIFF, 0, "app/dist/o.js app/src/i.ts ");
	has(x, "deps", STAGE_LEFT, 0, "app/nm/tsc.js ");
	has(x, "production", STAGE_LEFT, 0, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_tree__origins_have_codes, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_tree__parts_of_a_stage, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
