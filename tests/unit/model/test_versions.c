/* SPDX-License-Identifier: MIT */
#include "random_layers.h"
#include "tree_text.h"

#include "model/versions.h"

static struct versions *make(struct tree *t)
{
	struct versions *v;
	struct err err = ERR_INIT;

	assert_ok(versions_make(t, &v, &err), &err);
	return v;
}

/* "1=100 2- 3=7": from which layer on, its size or "d" for a directory, "-" for an end. */
static void assert_life(const struct versions *v, const char *path, const char *want)
{
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	uint32_t at = versions_find(v, bytes_from_str(path));

	for (uint32_t i = at == VERSION_NONE ? at : versions_first(v, at); i != VERSION_NONE;
	     i = v->v.v[i].next) {
		const struct version *x = &v->v.v[i];

		buf_addf(&got, "%s%u", got.len ? " " : "", x->position + 1);
		if (x->how != MERGE_SHOWN)
			buf_add_char(&got, '-');
		else if (node_is_dir(version_node(v, x)))
			buf_add_char(&got, 'd');
		else
			buf_addf(&got, "=%llu", (unsigned long long)version_node(v, x)->size);
	}
	if (strcmp(buf_str(&got), want) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", path, buf_str(&got), want);
}

#define VERSIONS(v, ...)                                                                       \
	const char *const texts[] = {__VA_ARGS__};                                             \
	_cleanup_(tree_unrefp) struct tree *t = text_merge(texts, ARRAY_SIZE(texts), NULL);    \
	_cleanup_(versions_freep) struct versions *v = make(t);                                \
	(void)state

static void versions__come_in_the_order_of_layers(void **state)
{
	VERSIONS(v, "file a 100\nfile d/b 20", "file a 30", "file .wh.a 0", "file a 7");

	assert_life(v, "a", "1=100 2=30 3- 4=7");
	assert_life(v, "d/b", "1=20");
	assert_life(v, "/d//b", "1=20");
	assert_life(v, "d", "1d");
	assert_life(v, "nowhere", "");
	assert_life(v, "d/nowhere", "");
}

static void versions__end_with_what_is_above_them(void **state)
{
	VERSIONS(v, "file d/e/f 1\nfile o/x 2\nfile r/y/z 3", "file .wh.d 0",
		 "file o/.wh..wh..opq 0\nfile o/n 4", "file r 5");

	assert_life(v, "d", "1d 2-");
	assert_life(v, "d/e", "1d 2-");
	assert_life(v, "d/e/f", "1=1 2-");
	assert_life(v, "o", "1d");
	assert_life(v, "o/x", "1=2 3-");
	assert_life(v, "o/n", "3=4");
	assert_life(v, "r", "1d 4=5");
	assert_life(v, "r/y/z", "1=3 4-");
}

static const struct version *last(const struct versions *v, const char *path)
{
	uint32_t at = versions_find(v, bytes_from_str(path));

	assert_int_not_equal(at, VERSION_NONE);
	return &v->v.v[nametree_at(&v->paths, at)->aux];
}

static void versions__know_what_ended_them(void **state)
{
	VERSIONS(v, "file d/f 1\nfile o/x 2\nfile r/z 3",
		 "file .wh.d 0\nfile o/.wh..wh..opq 0\nfile r 5");
	const struct version *x = last(v, "d/f");

	assert_int_equal(x->how, MERGE_WHITEOUT);
	assert_bytes_equal_str(node_name(&t->layers[1]->nodes[x->by]), ".wh.d");
	x = last(v, "o/x");
	assert_int_equal(x->how, MERGE_OPAQUE);
	assert_bytes_equal_str(node_name(&t->layers[1]->nodes[x->by]), ".wh..wh..opq");
	x = last(v, "r/z");
	assert_int_equal(x->how, MERGE_REPLACED);
	assert_bytes_equal_str(node_name(&t->layers[1]->nodes[x->by]), "r");
}

/* rm -rf d; mkdir d; echo > d/f: one layer, one version. */
static void versions__of_one_layer_are_one(void **state)
{
	VERSIONS(v, "file d/f 1\nfile d/g 2", "dir d\nfile d/.wh..wh..opq 0\nfile d/f 3",
		 "file .wh.d 0\nfile d/f 4");

	assert_life(v, "d/f", "1=1 2=3 3=4");
	assert_life(v, "d/g", "1=2 2-");
	assert_int_equal(last(v, "d/f")->ended_by, MERGE_WHITEOUT);
}

static void versions__are_where_the_tree_shows_them(void **state)
{
	VERSIONS(v, "dir usr/lib\nsym lib usr/lib", "file lib/x 5", "link y lib/x");

	assert_life(v, "usr/lib/x", "2=5");
	assert_life(v, "lib/x", "");
	assert_life(v, "y", "3=5");
	assert_int_equal(last(v, "y")->layer, 1);
	assert_int_equal(last(v, "y")->position, 2);
}

static void versions__spell_their_path(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	VERSIONS(v, "file d/e/f 1", "file .wh.d 0");

	assert_int_equal(versions_path(v, versions_find(v, BYTES("d/e/f")), &path), 0);
	assert_bytes_equal_str(buf_bytes(&path), "d/e/f");
	assert_int_equal(versions_path(v, 0, &path), 0);
	assert_int_equal(path.len, 0);
}

static int is_last(void *arg, uint32_t index, struct bytes path)
{
	const struct versions *v = arg;
	uint32_t at = versions_find(v, path);
	const struct version *x;

	assert_int_not_equal(at, VERSION_NONE);
	x = &v->v.v[nametree_at(&v->paths, at)->aux];
	assert_int_equal(x->how, MERGE_SHOWN);
	assert_true(version_node(v, x)->inode == v->tree->nodes[index].inode);
	return 0;
}

/* What the last versions show is the merged tree, and nothing else. */
static void versions__last_ones_are_the_tree(void **state)
{
	struct random_layers random;

	(void)state;
	random_layers_init(&random);
	for (int round = 0; round < 300; round++) {
		struct buf texts[TEXT_LAYERS_MAX] = {0};
		const char *lines[TEXT_LAYERS_MAX];
		uint32_t shown = 0;
		struct versions *v;
		struct tree *t;

		for (int i = 0; i < TEXT_LAYERS_MAX; i++) {
			random_layers_text(&random, 12, 9, &texts[i]);
			lines[i] = buf_str(&texts[i]);
		}
		t = text_merge(lines, TEXT_LAYERS_MAX, NULL);
		v = make(t);
		assert_int_equal(tree_walk(t->nodes, t->n, is_last, v), 0);
		vec_foreach (n, &v->paths.nodes)
			shown += v->v.v[n->aux].how == MERGE_SHOWN;
		assert_int_equal(shown, t->n);
		versions_free(v);
		tree_unref(t);
		for (int i = 0; i < TEXT_LAYERS_MAX; i++)
			buf_release(&texts[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(versions__come_in_the_order_of_layers),
	    cmocka_unit_test(versions__end_with_what_is_above_them),
	    cmocka_unit_test(versions__know_what_ended_them),
	    cmocka_unit_test(versions__of_one_layer_are_one),
	    cmocka_unit_test(versions__are_where_the_tree_shows_them),
	    cmocka_unit_test(versions__spell_their_path),
	    cmocka_unit_test(versions__last_ones_are_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
