/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/diff.h"

static int tell(void *arg, const struct diff_entry *e)
{
	return buf_addf(arg, "%c%.*s ", "+-~"[e->kind], (int)e -> path.len, e->path.ptr);
}

static void check(struct bx *x, const char *one, const char *two, const char *want)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	int64_t ids[2];
	struct tree *a, *b;
	struct hashes h = {0};

	ids[0] = bx_image(x, "a:1", one, NULL);
	ids[1] = bx_image(x, "b:1", two, NULL);
	bx_load(x);
	h.forest = x->forest;
	assert_ok(forest_tree(x->forest, ids[0], 1, &a, &x->err), &x->err);
	assert_ok(forest_tree(x->forest, ids[1], 1, &b, &x->err), &x->err);
	assert_ok(diff_trees(a, b, &h, tell, &got, &x->err), &x->err);
	assert_string_equal(buf_str(&got), want);
	hashes_release(&h);
	tree_unref(a);
	tree_unref(b);
}

static void diff__added_removed_changed_in_path_order(void **state)
{
	bx_layer(*state, "sha256:1",
		 "a/same=10:1@1 a/size=10:2@1 a/text=10:3@1 gone/x=1:4@1 z=1:1@1");
	bx_layer(*state, "sha256:2",
		 "a/same=10:1@9 a/size=11:2@1 a/text=10:5@1 a/new=1:4@1 z=1:1@1");
	check(*state, "sha256:1", "sha256:2", "+a/new ~a/size ~a/text -gone -gone/x ");
}

static void diff__of_the_same_is_nothing(void **state)
{
	bx_layer(*state, "sha256:1", "a/b=10:1@1 c=0:0@1");
	bx_layer(*state, "sha256:2", "a/b=10:1@2 c=0:0@2");
	check(*state, "sha256:1", "sha256:2", "");
}

/* A file that becomes a directory changes, and what is in it is new. */
static void diff__other_types(void **state)
{
	bx_layer(*state, "sha256:1", "x=10:1@1 y/f=1:2@1");
	bx_layer(*state, "sha256:2", "x/f=1:2@1 y=10:1@1");
	check(*state, "sha256:1", "sha256:2", "~x +x/f ~y -y/f ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(diff__added_removed_changed_in_path_order, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(diff__of_the_same_is_nothing, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(diff__other_types, bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
