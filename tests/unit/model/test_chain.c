/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "model/chain.h"

#include <stdio.h>

static uint32_t add(struct chains *c, uint32_t parent, const char *diff_id)
{
	uint32_t node;

	assert_int_equal(chains_add(c, parent, bytes_from_str(diff_id), 0, &node), 0);
	return node;
}

/* The DiffID of an empty layer stands at many places of one image. */
static void chain__one_diff_id_has_many_places(void **state)
{
	struct chains c;
	uint32_t a, aa, b, ba;

	(void)state;
	assert_int_equal(chains_init(&c), 0);
	a = add(&c, CHAIN_ROOT, "a");
	aa = add(&c, a, "a");
	b = add(&c, CHAIN_ROOT, "b");
	ba = add(&c, b, "a");
	assert_true(a != aa && aa != ba && a != ba);
	assert_int_equal(add(&c, a, "a"), aa);
	assert_int_equal(chains_find(&c, b, BYTES("a")), ba);
	assert_int_equal(chains_find(&c, ba, BYTES("a")), CHAIN_NONE);
	assert_int_equal(c.nodes[aa].depth, 2);
	chains_release(&c);
}

static void chain__prefixes(void **state)
{
	struct chains c;
	uint32_t a, ab, abc, x;

	(void)state;
	assert_int_equal(chains_init(&c), 0);
	a = add(&c, CHAIN_ROOT, "a");
	ab = add(&c, a, "b");
	abc = add(&c, ab, "c");
	x = add(&c, a, "x");
	assert_int_equal(chains_prefix(&c, abc, 2), ab);
	assert_int_equal(chains_prefix(&c, abc, 0), CHAIN_ROOT);
	assert_true(chains_is_prefix(&c, a, abc));
	assert_true(chains_is_prefix(&c, abc, abc));
	assert_true(chains_is_prefix(&c, CHAIN_ROOT, x));
	assert_false(chains_is_prefix(&c, x, abc));
	assert_false(chains_is_prefix(&c, abc, ab));
	chains_release(&c);
}

static void chain__grows(void **state)
{
	static char names[5000][8];
	static uint32_t nodes[5000];
	struct chains c;

	(void)state;
	assert_int_equal(chains_init(&c), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", i);
		nodes[i] = add(&c, i % 7 ? nodes[i - 1] : CHAIN_ROOT, names[i]);
	}
	for (int i = 0; i < 5000; i++)
		assert_int_equal(chains_find(&c, i % 7 ? nodes[i - 1] : CHAIN_ROOT,
					     bytes_from_str(names[i])),
				 nodes[i]);
	chains_release(&c);
}

static void chain__a_layer_once_known_stays(void **state)
{
	struct chains c;
	uint32_t node;

	(void)state;
	assert_int_equal(chains_init(&c), 0);
	assert_int_equal(chains_add(&c, CHAIN_ROOT, BYTES("a"), 0, &node), 0);
	assert_int_equal(chains_add(&c, CHAIN_ROOT, BYTES("a"), 9, &node), 0);
	assert_int_equal(chains_add(&c, CHAIN_ROOT, BYTES("a"), 0, &node), 0);
	assert_int_equal(c.nodes[node].layer, 9);
	chains_release(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chain__one_diff_id_has_many_places),
	    cmocka_unit_test(chain__prefixes),
	    cmocka_unit_test(chain__grows),
	    cmocka_unit_test(chain__a_layer_once_known_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
