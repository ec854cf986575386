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

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(hashes__of_files_and_of_nothing_else, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
