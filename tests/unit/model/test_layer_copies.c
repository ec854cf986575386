/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/layer_copies.h"

static struct layer_copies *get(struct bx *x, int64_t layer)
{
	struct layer_copies *l = NULL;

	assert_ok(layer_copies_load(x->db, layer, &l, &x->err), &x->err);
	return l;
}

static void layer_copies__count_the_whole_index(void **state)
{
	struct bx *x = *state;
	int64_t one = bx_layer(x, "sha256:1", "a=5:1@7 b=5:1@9 c=6:2@7 d=0:3@7");
	struct layer_copies *before = get(x, one), *after;

	bx_layer(x, "sha256:2", "e=5:1@1 f=6:1@1 g=0:3@1");
	after = get(x, one);
	/* a b c d are 1 to 4; the count of before is of the index as it was then. */
	assert_int_equal(layer_copies_at(before, 1), 2);
	assert_int_equal(layer_copies_at(after, 1), 3);
	assert_int_equal(layer_copies_at(after, 2), 3);
	assert_int_equal(layer_copies_at(after, 3), 1);
	assert_int_equal(layer_copies_at(after, 4), 0);
	assert_int_equal(layer_copies_at(after, 0), 0);
	assert_int_equal(layer_copies_at(after, UINT32_MAX), 0);
	layer_copies_unref(before);
	layer_copies_unref(after);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(layer_copies__count_the_whole_index, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
