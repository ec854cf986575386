/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

struct seen {
	const struct node *nodes;
	struct buf text;
	uint32_t stop_at;
};

static int see(void *arg, uint32_t index, struct bytes path)
{
	struct seen *s = arg;

	assert_int_equal(node_lookup(s->nodes, path), index);
	buf_add_bytes(&s->text, path);
	buf_add_char(&s->text, '\n');
	return index == s->stop_at ? 7 : 0;
}

static void tree__walk_in_path_order(void **state)
{
	_cleanup_(layer_unrefp) struct layer *l = text_layer(
	    1, "dir e\nfile a/b/c 1\nfile a/b/d 1\nfile a/x 1\nchr dev 9 9\nfile z/y 1", NULL);
	struct seen s = {.nodes = l->nodes};

	(void)state;
	assert_int_equal(tree_walk(l->nodes, l->n, see, &s), 0);
	assert_string_equal(buf_str(&s.text), "a\na/b\na/b/c\na/b/d\na/x\ndev\ne\nz\nz/y\n");
	buf_release(&s.text);
}

static void tree__walk_ends_when_told(void **state)
{
	_cleanup_(layer_unrefp) struct layer *l = text_layer(1, "file a/b 1\nfile c 1", NULL);
	struct seen s = {.nodes = l->nodes, .stop_at = 3};

	(void)state;
	assert_int_equal(tree_walk(l->nodes, l->n, see, &s), 7);
	assert_string_equal(buf_str(&s.text), "a\na/b\n");
	buf_release(&s.text);
}

static void tree__walk_of_an_empty_root(void **state)
{
	_cleanup_(layer_unrefp) struct layer *l = text_layer(1, "", NULL);
	struct seen s = {.nodes = l->nodes};

	(void)state;
	assert_int_equal(tree_walk(l->nodes, l->n, see, &s), 0);
	assert_int_equal(tree_walk(NULL, 0, see, &s), 0);
	assert_int_equal(s.text.len, 0);
}

static void tree__keeps_its_layers(void **state)
{
	struct layer *l = text_layer(1, "file a 1", NULL);
	struct err err = ERR_INIT;
	struct tree *t;

	(void)state;
	assert_ok(merge_layers(&l, 1, NULL, NULL, &t, &err), &err);
	assert_int_equal(l->refs, 2);
	assert_ptr_equal(tree_ref(t), t);
	tree_unref(t);
	assert_int_equal(l->refs, 2);
	assert_true(tree_memory(t) >= 2 * sizeof(struct node));
	tree_unref(t);
	assert_int_equal(l->refs, 1);
	layer_unref(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tree__walk_in_path_order),
	    cmocka_unit_test(tree__walk_ends_when_told),
	    cmocka_unit_test(tree__walk_of_an_empty_root),
	    cmocka_unit_test(tree__keeps_its_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
