/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

static void node__child_of_every_position(void **state)
{
	_cleanup_(layer_unrefp) struct layer *l =
	    text_layer(1, "file d 1\nfile b 1\nfile bb 1\nfile a/x 1\nfile z 1", NULL);
	static const char *const names[] = {"a", "b", "bb", "d", "z"};

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(node_child(l->nodes, 0, bytes_from_str(names[i])), i + 1);
	assert_int_equal(node_child(l->nodes, 0, BYTES("")), 0);
	assert_int_equal(node_child(l->nodes, 0, BYTES("A")), 0);
	assert_int_equal(node_child(l->nodes, 0, BYTES("c")), 0);
	assert_int_equal(node_child(l->nodes, 0, BYTES("zz")), 0);
	assert_int_equal(node_child(l->nodes, 0, BYTES("x")), 0);
}

/* first and count of a device are its numbers, not children. */
static void node__devices_have_no_children(void **state)
{
	_cleanup_(layer_unrefp) struct layer *l = text_layer(1, "chr a 1 3\nfile b 1", NULL);

	(void)state;
	assert_int_equal(node_child(l->nodes, 1, BYTES("b")), 0);
	assert_int_equal(node_lookup(l->nodes, BYTES("a/b")), UINT32_MAX);
}

static void node__lookup(void **state)
{
	_cleanup_(layer_unrefp) struct layer *l =
	    text_layer(1, "file a/b/c 1\nsym s a\nfile f 2", NULL);

	(void)state;
	assert_int_equal(node_lookup(l->nodes, BYTES("")), 0);
	assert_int_equal(node_lookup(l->nodes, BYTES("a/b/c")), 5);
	assert_int_equal(node_lookup(l->nodes, BYTES("/a//b/c/")), 5);
	assert_int_equal(node_lookup(l->nodes, BYTES("a/c")), UINT32_MAX);
	assert_int_equal(node_lookup(l->nodes, BYTES("s/b")), UINT32_MAX);
	assert_int_equal(node_lookup(l->nodes, BYTES("f/x")), UINT32_MAX);
}

static void node__path_is_the_way_back(void **state)
{
	_cleanup_(layer_unrefp) struct layer *l =
	    text_layer(1, "file a/b/c 1\nfile longer-name 2", NULL);
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	(void)state;
	for (uint32_t i = 0; i < l->n; i++) {
		assert_int_equal(node_path(l->nodes, i, &path), 0);
		assert_int_equal(node_lookup(l->nodes, buf_bytes(&path)), i);
	}
	assert_int_equal(node_path(l->nodes, node_lookup(l->nodes, BYTES("a/b/c")), &path), 0);
	assert_string_equal(buf_str(&path), "a/b/c");
	assert_int_equal(node_path(l->nodes, 0, &path), 0);
	assert_string_equal(buf_str(&path), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(node__child_of_every_position),
	    cmocka_unit_test(node__devices_have_no_children),
	    cmocka_unit_test(node__lookup),
	    cmocka_unit_test(node__path_is_the_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
