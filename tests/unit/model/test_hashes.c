/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/hashes.h"

static void hashes__of_files_and_of_nothing_else(void **state)
{
	struct bx *x = *state;
	struct hashes h = {0};
	struct tree *t;
	int64_t image;

	bx_layer(x, "sha256:1", "a=10:7@1 d/b=10:8@1 d/empty=0:0@1");
	bx_layer(x, "sha256:2", "c=10:7@1");
	image = bx_image(x, "app:1", "sha256:1 sha256:2", "RUN a|RUN b");
	bx_load(x);
	h.forest = x->forest;
	assert_ok(forest_tree(x->forest, image, 2, &t, &x->err), &x->err);
	for (uint32_t i = 0; i < t->n; i++) {
		const unsigned char *hash;
		const char *want =
		    bytes_equal(node_name(&t->nodes[i]), BYTES("b")) ? "\10" : "\7";

		assert_ok(hashes_of(&h, &t->nodes[i], &hash, &x->err), &x->err);
		assert_int_equal(hash != NULL, S_ISREG(t->nodes[i].mode) && t->nodes[i].size);
		if (hash)
			assert_memory_equal(hash, want, 2);
	}
	assert_int_equal(h.layers.n, 2);
	hashes_release(&h);
	tree_unref(t);
}

static void hashes__tell_what_is_the_same(void **state)
{
	static const struct {
		const char *a, *b;
		int same;
	} rows[] = {
	    {"x", "copy", 1},       {"x", "x", 1},      {"x", "other", 0}, {"x", "longer", 0},
	    {"none", "nothing", 1}, {"none", "dir", 0}, {"dir", "dir", 1},
	};
	struct bx *x = *state;
	struct hashes h = {0};
	struct tree *t;
	int64_t image;

	bx_layer(x, "sha256:1", "x=10:7@1 other=10:8@1 longer=11:7@1 none=0:0@1 dir/f=1:1@1");
	bx_layer(x, "sha256:2", "copy=10:7@9 nothing=0:0@9");
	image = bx_image(x, "app:1", "sha256:1 sha256:2", "RUN a|RUN b");
	bx_load(x);
	h.forest = x->forest;
	assert_ok(forest_tree(x->forest, image, 2, &t, &x->err), &x->err);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t a = node_lookup(t->nodes, bytes_from_str(rows[i].a));
		uint32_t b = node_lookup(t->nodes, bytes_from_str(rows[i].b));

		assert_int_equal(hashes_same(&h, &t->nodes[a], &t->nodes[b], &x->err),
				 rows[i].same);
	}
	hashes_release(&h);
	tree_unref(t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(hashes__of_files_and_of_nothing_else, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(hashes__tell_what_is_the_same, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
