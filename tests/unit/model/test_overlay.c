/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include "model/overlay.h"

/* An overlay that shows one layer, name by name. */
static void show_layer(struct overlay *o, struct layer *const *layer)
{
	struct err err = ERR_INIT;
	const struct layer *l = *layer;

	assert_ok(overlay_init(o, layer, 1, &err), &err);
	overlay_show(o, 0, (struct overlay_source){0, 0});
	/* Nodes come parents first, so positions in both are equal. */
	for (uint32_t i = 1, at; i < l->n; i++) {
		assert_ok(nametree_add(&o->names, l->nodes[i].parent, node_name(&l->nodes[i]),
				       &at, &err),
			  &err);
		assert_int_equal(at, i);
		overlay_show(o, at, (struct overlay_source){i, 0});
	}
}

static void overlay__resolves(void **state)
{
	static const struct {
		const char *from, *path;
		bool follow;
		const char *to; /* NULL: nowhere */
	} rows[] = {
	    {"", "a/b/f", true, "a/b/f"},
	    {"", "", true, ""},
	    {"a", "b/f", true, "a/b/f"},
	    {"a", "/a/b/f", true, "a/b/f"},
	    {"a/b", "../b/./f", true, "a/b/f"},
	    {"a/b", "../../../../../a", true, "a"},
	    {"", "s", true, "a/b"},
	    {"", "s", false, "s"},
	    {"", "s/f", false, "a/b/f"},
	    {"", "s/..", false, "a"},
	    {"", "t/f", true, "a/b/f"},
	    {"", "t", true, "a/b"},
	    {"a", "abs/f", true, "a/b/f"},
	    {"", "loop", true, NULL},
	    {"", "loop", false, "loop"},
	    {"", "loop/x", false, NULL},
	    {"", "dangling", true, NULL},
	    {"", "a/b/f/..", true, NULL},
	    {"", "a/b/f/x", true, NULL},
	    {"", "nope", true, NULL},
	};
	_cleanup_(layer_unrefp) struct layer *l =
	    text_layer(1,
		       "file a/b/f 1\nsym s a/b\nsym t s\nsym a/abs /t\nsym loop loop\n"
		       "sym dangling nope\n",
		       NULL);
	_cleanup_(overlay_release) struct overlay o;

	(void)state;
	show_layer(&o, &l);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = ERR_INIT;
		uint32_t got;
		int r =
		    overlay_resolve(&o, node_lookup(l->nodes, bytes_from_str(rows[i].from)),
				    bytes_from_str(rows[i].path), rows[i].follow, &got, &err);

		if (r != (rows[i].to != NULL) ||
		    (r && got != node_lookup(l->nodes, bytes_from_str(rows[i].to))))
			fail_msg("%s from %s", rows[i].path, rows[i].from);
	}
}

/* Forty links are followed, as the kernel does, and no more. */
static void overlay__forty_links(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct layer *l;
	struct overlay o;
	struct err err = ERR_INIT;
	uint32_t got;

	(void)state;
	buf_add_str(&text, "dir l0\n");
	for (int i = 1; i <= 41; i++)
		buf_addf(&text, "sym l%d l%d\n", i, i - 1);
	l = text_layer(1, buf_str(&text), NULL);
	show_layer(&o, &l);
	assert_int_equal(overlay_resolve(&o, 0, BYTES("l40"), true, &got, &err), 1);
	assert_int_equal(overlay_resolve(&o, 0, BYTES("l41"), true, &got, &err), 0);
	overlay_release(&o);
	layer_unref(l);
}

static void overlay__long_ways_are_given_up(void **state)
{
	_cleanup_(layer_unrefp) struct layer *l = text_layer(1, "file d/f 1", NULL);
	_cleanup_(overlay_release) struct overlay o;
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	uint32_t got;

	(void)state;
	show_layer(&o, &l);
	for (int i = 0; i < 2000; i++)
		buf_add_str(&path, "d/../");
	assert_int_equal(overlay_resolve(&o, 0, buf_bytes(&path), true, &got, &err), 1);
	for (int i = 0; i < 100; i++)
		buf_add_str(&path, "d/../");
	assert_int_equal(overlay_resolve(&o, 0, buf_bytes(&path), true, &got, &err), 0);
}

static void overlay__freezes_what_it_shows(void **state)
{
	static const char members[] = "chr a/c 5 1\ndir e\nfile a/f 3\nlink g a/f\nsym s a\n";
	_cleanup_(layer_unrefp) struct layer *l = text_layer(1, members, NULL);
	_cleanup_(overlay_release) struct overlay o;
	_cleanup_free_ char *of_layer = text_of(l->nodes, l->n), *of_tree = NULL;
	struct err err = ERR_INIT;
	struct tree *t;

	(void)state;
	show_layer(&o, &l);
	assert_ok(overlay_freeze(&o, &t, &err), &err);
	assert_well_formed(t->nodes, t->n);
	of_tree = text_of(t->nodes, t->n);
	assert_string_equal(of_tree, of_layer);
	tree_unref(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(overlay__resolves),
	    cmocka_unit_test(overlay__forty_links),
	    cmocka_unit_test(overlay__long_ways_are_given_up),
	    cmocka_unit_test(overlay__freezes_what_it_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
