/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include "model/subtree.h"

static void subtree__what_is_kept_and_the_way_there(void **state)
{
	static const char *const texts[] = {
	    "file a/b/c 1\nfile a/d 2\nfile e 3\ndir empty\ndir x/y"};
	struct tree *t = text_merge(texts, 1, NULL), *part = NULL;
	bool keep[32] = {false};
	char *got;

	(void)state;
	keep[node_lookup(t->nodes, BYTES("a/b/c"))] = true;
	keep[node_lookup(t->nodes, BYTES("empty"))] = true;
	assert_int_equal(subtree_make(t, keep, &part, NULL), 0);
	assert_well_formed(part->nodes, part->n);
	assert_int_equal(part->n, 5);
	got = text_of(part->nodes, part->n);
	assert_non_null(strstr(got, "a/b/c"));
	assert_non_null(strstr(got, "empty/"));
	assert_null(strstr(got, "a/d"));
	assert_int_equal(part->nodes[node_lookup(part->nodes, BYTES("a/b/c"))].inode,
			 t->nodes[node_lookup(t->nodes, BYTES("a/b/c"))].inode);
	free(got);
	tree_unref(t); /* the part keeps the names alive */
	assert_bytes_equal_str(node_name(&part->nodes[1]), "a");
	tree_unref(part);
}

static void subtree__nothing_kept_is_a_root(void **state)
{
	static const char *const texts[] = {"file a 1"};
	struct tree *t = text_merge(texts, 1, NULL), *part = NULL;
	bool keep[32] = {false};

	(void)state;
	assert_int_equal(subtree_make(t, keep, &part, NULL), 0);
	assert_int_equal(part->n, 1);
	assert_int_equal(part->nodes[0].count, 0);
	tree_unref(part);
	tree_unref(t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(subtree__what_is_kept_and_the_way_there),
	    cmocka_unit_test(subtree__nothing_kept_is_a_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
