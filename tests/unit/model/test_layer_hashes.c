/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/layer_hashes.h"

#include <stdio.h>

#define FILES 30

static void layer_hashes__by_sequence(void **state)
{
	struct bx *x = *state;
	_cleanup_(layer_hashes_unrefp) struct layer_hashes *l = NULL;
	int64_t layer;
	char files[4000] = "";
	size_t at = 0;

	/* The root is 0; names sort as they are numbered, every third file is empty. */
	for (int i = 1; i <= FILES; i++)
		at += (size_t)snprintf(files + at, sizeof(files) - at, "%sf%03d=%d:%d@1",
				       i > 1 ? " " : "", i, i % 3 ? 5 : 0, i % 120 + 1);
	layer = bx_layer(x, "sha256:1", files);
	assert_ok(layer_hashes_load(x->db, layer, &l, &x->err), &x->err);
	assert_int_equal(l->layer, layer);
	assert_null(layer_hashes_at(l, 0));
	for (uint32_t i = 1; i <= FILES; i++) {
		const unsigned char *hash = layer_hashes_at(l, i);

		assert_int_equal(hash != NULL, i % 3 != 0);
		if (hash)
			assert_int_equal(hash[0], i % 120 + 1);
	}
	assert_null(layer_hashes_at(l, FILES + 1));
	assert_null(layer_hashes_at(l, UINT32_MAX));
	assert_true(layer_hashes_memory(l) >= FILES * 24);
}

static void layer_hashes__none_of_a_layer_that_is_not_there(void **state)
{
	struct bx *x = *state;
	_cleanup_(layer_hashes_unrefp) struct layer_hashes *l = NULL;

	assert_ok(layer_hashes_load(x->db, 99, &l, &x->err), &x->err);
	assert_null(layer_hashes_at(l, 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(layer_hashes__by_sequence, bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(layer_hashes__none_of_a_layer_that_is_not_there,
					    bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
