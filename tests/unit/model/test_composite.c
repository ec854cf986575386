/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include "model/composite.h"

static const struct node *node_of(const struct layer *l, const char *path)
{
	uint32_t at = node_lookup(l->nodes, bytes_from_str(path));

	assert_int_not_equal(at, UINT32_MAX);
	return &l->nodes[at];
}

static void composite__shows_nodes_under_names_of_its_own(void **state)
{
	static const char *const texts[] = {"file d/f 7\nsym s t", "dir d 711\nfile d/g 9"};
	_cleanup_(tree_unrefp) struct tree *of = text_merge(texts, 2, NULL), *t = NULL;
	_cleanup_(composite_release) struct composite c;
	_cleanup_free_ char *text = NULL;
	struct err err = ERR_INIT;
	uint32_t a, b, f;

	(void)state;
	assert_ok(composite_init(&c, &err), &err);
	assert_ok(composite_put(&c, 0, arena_bytes(&c.own->names, BYTES("z")), NULL, &a, &err),
		  &err);
	assert_ok(composite_put(&c, 0, BYTES("d"), node_of(of->layers[1], "d"), &b, &err),
		  &err);
	assert_ok(composite_put(&c, a, arena_bytes(&c.own->names, BYTES("other")),
				node_of(of->layers[0], "d/f"), &f, &err),
		  &err);
	assert_ok(composite_put(&c, b, BYTES("g"), node_of(of->layers[1], "d/g"), &f, &err),
		  &err);
	assert_ok(composite_put(&c, b, BYTES("none"), &composite_empty_file, &f, &err), &err);
	assert_ok(composite_freeze(&c, of, &t, &err), &err);
	assert_well_formed(t->nodes, t->n);
	text = text_of(t->nodes, t->n);
	assert_string_equal(text, "d/ 711\nd/g =9\nd/none =0\nz/ implied\nz/other =7\n");
	assert_true(t->nodes[node_lookup(t->nodes, BYTES("z/other"))].inode ==
		    node_of(of->layers[0], "d/f")->inode);
	assert_true(tree_memory(t) > t->n * sizeof(*t->nodes));
	assert_int_equal(t->layers[1]->refs, 2);
}

static void composite__a_name_shows_what_was_put_last(void **state)
{
	static const char *const texts[] = {"file f 7\ndir d 700"};
	_cleanup_(tree_unrefp) struct tree *of = text_merge(texts, 1, NULL), *t = NULL;
	_cleanup_(composite_release) struct composite c;
	_cleanup_free_ char *text = NULL;
	struct err err = ERR_INIT;
	uint32_t a, b, f;

	(void)state;
	assert_ok(composite_init(&c, &err), &err);
	assert_ok(composite_put(&c, 0, BYTES("d"), NULL, &a, &err), &err);
	assert_ok(composite_put(&c, a, BYTES("f"), node_of(of->layers[0], "f"), &f, &err),
		  &err);
	assert_ok(composite_put(&c, 0, BYTES("d"), node_of(of->layers[0], "d"), &b, &err),
		  &err);
	assert_int_equal(a, b);
	assert_ok(composite_freeze(&c, of, &t, &err), &err);
	text = text_of(t->nodes, t->n);
	assert_string_equal(text, "d/ 700\nd/f =7\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(composite__shows_nodes_under_names_of_its_own),
	    cmocka_unit_test(composite__a_name_shows_what_was_put_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
