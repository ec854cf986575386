/* SPDX-License-Identifier: MIT */
#include "model/nametree.h"
#include "test.h"
#include "util/arena.h"

#include <stdio.h>

static uint32_t add(struct nametree *t, uint32_t parent, const char *name)
{
	struct err err = ERR_INIT;
	uint32_t ret = 0;

	assert_ok(nametree_add(t, parent, bytes_from_str(name), &ret, &err), &err);
	assert_int_not_equal(ret, 0);
	return ret;
}

static void init(struct nametree *t)
{
	struct err err = ERR_INIT;

	assert_ok(nametree_init(t, &err), &err);
}

static void nametree__finds_by_parent_and_name(void **state)
{
	_cleanup_(nametree_release) struct nametree t;
	uint32_t a, b, ab, ba;

	(void)state;
	init(&t);
	a = add(&t, 0, "a");
	b = add(&t, 0, "b");
	ab = add(&t, a, "b");
	ba = add(&t, b, "a");
	assert_int_equal(nametree_find(&t, 0, BYTES("a")), a);
	assert_int_equal(nametree_find(&t, 0, BYTES("b")), b);
	assert_int_equal(nametree_find(&t, a, BYTES("b")), ab);
	assert_int_equal(nametree_find(&t, b, BYTES("a")), ba);
	assert_int_equal(nametree_find(&t, a, BYTES("a")), 0);
	assert_int_equal(nametree_find(&t, 0, BYTES("ab")), 0);
	assert_int_equal(nametree_find(&t, 0, BYTES("")), 0);
}

/* Names around the eight bytes that the hash takes at once, and through several resizings. */
static void nametree__holds_many(void **state)
{
	_cleanup_(nametree_release) struct nametree t;
	_cleanup_(arena_release) struct arena arena = {0};
	uint32_t nodes[3000];
	char name[24];

	(void)state;
	init(&t);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "%0*d", 1 + i % 20, i);
		nodes[i] =
		    add(&t, i % 2 ? nodes[i / 2] : 0, arena_dup(&arena, name, strlen(name)));
	}
	assert_int_equal(t.live, 3001);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "%0*d", 1 + i % 20, i);
		assert_int_equal(
		    nametree_find(&t, i % 2 ? nodes[i / 2] : 0, bytes_from_str(name)),
		    nodes[i]);
	}
}

static void nametree__removes_subtrees(void **state)
{
	_cleanup_(nametree_release) struct nametree t;
	uint32_t a, b, c, ax, axy, again;

	(void)state;
	init(&t);
	a = add(&t, 0, "a");
	b = add(&t, 0, "b");
	c = add(&t, 0, "c");
	ax = add(&t, b, "x");
	axy = add(&t, ax, "y");
	add(&t, ax, "z");
	nametree_remove(&t, b);
	assert_int_equal(t.live, 3);
	assert_int_equal(nametree_find(&t, 0, BYTES("b")), 0);
	assert_int_equal(nametree_find(&t, ax, BYTES("y")), 0);
	assert_true(nametree_at(&t, b)->dead && nametree_at(&t, axy)->dead);
	assert_int_equal(nametree_find(&t, 0, BYTES("a")), a);
	assert_int_equal(nametree_find(&t, 0, BYTES("c")), c);
	again = add(&t, 0, "b");
	assert_int_not_equal(again, b);
	assert_int_equal(nametree_at(&t, again)->first, 0);
}

static void nametree__growing_does_not_bring_back_the_dead(void **state)
{
	_cleanup_(nametree_release) struct nametree t;
	_cleanup_(arena_release) struct arena arena = {0};
	char name[8];

	(void)state;
	init(&t);
	nametree_remove(&t, add(&t, 0, "gone"));
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "%d", i);
		add(&t, 0, arena_dup(&arena, name, strlen(name)));
	}
	assert_int_equal(nametree_find(&t, 0, BYTES("gone")), 0);
}

static void nametree__clears_below(void **state)
{
	_cleanup_(nametree_release) struct nametree t;
	uint32_t a, b;

	(void)state;
	init(&t);
	a = add(&t, 0, "a");
	b = add(&t, 0, "b");
	add(&t, add(&t, a, "x"), "y");
	add(&t, a, "z");
	nametree_clear(&t, a);
	assert_int_equal(t.live, 3);
	assert_int_equal(nametree_find(&t, 0, BYTES("a")), a);
	assert_int_equal(nametree_find(&t, 0, BYTES("b")), b);
	nametree_clear(&t, 0);
	assert_int_equal(t.live, 1);
	assert_int_equal(nametree_at(&t, 0)->first, 0);
}

static void nametree__deep_removal_does_not_recurse(void **state)
{
	_cleanup_(nametree_release) struct nametree t;
	uint32_t top, at;

	(void)state;
	init(&t);
	at = top = add(&t, 0, "d");
	for (int i = 0; i < 1000000; i++)
		at = add(&t, at, "d");
	nametree_remove(&t, top);
	assert_int_equal(t.live, 1);
}

static void nametree__numbers_breadth_first(void **state)
{
	static const struct name_slot want[] = {
	    {0, 0, 1, 3}, {3, 0, 4, 2}, {1, 0, 6, 0}, {2, 0, 6, 1},
	    {5, 1, 7, 0}, {4, 1, 7, 0}, {6, 3, 7, 0},
	};
	_cleanup_(name_slot_vec_release) struct name_slot_vec got = {0};
	_cleanup_(nametree_release) struct nametree t;
	struct err err = ERR_INIT;
	uint32_t a, b;

	(void)state;
	init(&t);
	add(&t, 0, "b");
	b = add(&t, 0, "b-");
	a = add(&t, 0, "a");
	add(&t, a, "\xff");
	add(&t, a, "z");
	add(&t, b, "x");
	nametree_remove(&t, add(&t, 0, "gone"));
	assert_ok(nametree_number(&t, &got, &err), &err);
	assert_int_equal(got.n, ARRAY_SIZE(want));
	for (size_t i = 0; i < got.n; i++) {
		assert_int_equal(got.v[i].node, want[i].node);
		assert_int_equal(got.v[i].parent, want[i].parent);
		assert_int_equal(got.v[i].first, want[i].first);
		assert_int_equal(got.v[i].count, want[i].count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nametree__finds_by_parent_and_name),
	    cmocka_unit_test(nametree__holds_many),
	    cmocka_unit_test(nametree__removes_subtrees),
	    cmocka_unit_test(nametree__growing_does_not_bring_back_the_dead),
	    cmocka_unit_test(nametree__clears_below),
	    cmocka_unit_test(nametree__deep_removal_does_not_recurse),
	    cmocka_unit_test(nametree__numbers_breadth_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
