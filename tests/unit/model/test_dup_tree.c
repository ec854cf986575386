/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/dup_tree.h"

/* "DIR/LINK -> TARGET" a line. */
static char *tree_lines(struct bx *x)
{
	struct buf out = BUF_INIT;
	struct tree *t;

	assert_ok(dup_tree(x->forest, x->catalog, &t, &x->err), &x->err);
	for (uint32_t i = 1; i < t->n; i++) {
		const struct node *n = &t->nodes[i], *dir = &t->nodes[n->parent];

		if (node_is_dir(n))
			continue;
		assert_true(S_ISLNK(n->mode));
		assert_int_equal(node_child(t->nodes, n->parent, node_name(n)), i);
		buf_addf(&out, "%.*s/%.*s -> %.*s\n", (int)dir->name_len, dir->name,
			 (int)n->name_len, n->name, (int)n->size, n->link);
	}
	for (uint32_t i = 0; i < t->n; i++)
		if (i && node_is_dir(&t->nodes[i]))
			assert_int_equal(node_child(t->nodes, 0, node_name(&t->nodes[i])), i);
	tree_unref(t);
	return buf_steal(&out);
}

static void assert_lines(struct bx *x, const char *want)
{
	_cleanup_free_ char *got = tree_lines(x);

	assert_string_equal(got ? got : "", want);
}

static void dup_tree__a_link_for_each_copy(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "bin/a=4096:1@1 small=4095:2@1 lib/small=4095:2@1");
	bx_layer(x, "sha256:2", "opt/b=4096:1@1 z=9000:3@1 y=9000:3@1");
	bx_image(x, "one:1", "sha256:1", "RUN make");
	bx_image(x, "two:1", "sha256:1 sha256:2", "RUN make|RUN more");
	bx_load(x);
	assert_lines(x,
		     "4096-01000000-a/1-a -> ../../../images/one:1/layers/01-RUN-make/bin/a\n"
		     "4096-01000000-a/2-b -> ../../../images/two:1/layers/02-RUN-more/opt/b\n"
		     "9000-03000000-y/1-y -> ../../../images/two:1/layers/02-RUN-more/y\n"
		     "9000-03000000-y/2-z -> ../../../images/two:1/layers/02-RUN-more/z\n");
}

static void dup_tree__nothing_twice_is_an_empty_directory(void **state)
{
	struct bx *x = *state;
	struct tree *t;

	bx_layer(x, "sha256:1", "bin/a=4096:1@1");
	bx_image(x, "one:1", "sha256:1", "RUN make");
	bx_load(x);
	assert_ok(dup_tree(x->forest, x->catalog, &t, &x->err), &x->err);
	assert_int_equal(t->n, 1);
	assert_true(node_is_dir(t->nodes));
	assert_int_equal(t->nodes->count, 0);
	tree_unref(t);
}

/* a/f and a/g have one content, b/f and b/g another, and the hashes begin alike. */
static void put_colliding_layer(struct bx *x)
{
	static const struct {
		const char *name;
		uint32_t parent;
		unsigned char content;
	} all[] = {{"", 0, 0},  {"a", 0, 0}, {"b", 0, 0}, {"f", 1, 1},
		   {"g", 1, 1}, {"f", 2, 2}, {"g", 2, 2}};
	struct layer_row layer = {.tar_bytes = 1, .entries = ARRAY_SIZE(all)};

	assert_ok(layers_stage(x->db, "sha256:1", "r", &layer.id, &x->err), &x->err);
	for (uint32_t i = 0; i < ARRAY_SIZE(all); i++) {
		unsigned char hash[32] = {1, 2, 3, 4, all[i].content};
		struct entry_row row = {.id = ENTRY_ID(layer.id, i),
					.inode = ENTRY_ID(layer.id, i),
					.parent = all[i].parent,
					.name = bytes_from_str(all[i].name),
					.mode = 0040755,
					.nlink = 1,
					.data = -1};

		if (all[i].content) {
			row.mode = 0100644;
			row.size = row.stored = 5000;
			row.data = 512;
			row.xxh128 = bytes_make(hash, 16);
			row.sha256 = bytes_make(hash, 32);
		}
		assert_ok(entries_insert(x->db, &row, &x->err), &x->err);
	}
	assert_ok(layers_finish(x->db, &layer, &x->err), &x->err);
	assert_ok(layers_publish(x->db, layer.id, &x->err), &x->err);
}

/* Eight digits can be made equal by an author of images: such folders have all of them. */
static void dup_tree__hashes_that_begin_alike_are_told_apart(void **state)
{
	struct bx *x = *state;

	put_colliding_layer(x);
	bx_image(x, "one:1", "sha256:1", "RUN make");
	bx_load(x);
	assert_lines(x, "5000-01020304010000000000000000000000-f/1-f -> "
			"../../../images/one:1/layers/01-RUN-make/a/f\n"
			"5000-01020304010000000000000000000000-f/2-g -> "
			"../../../images/one:1/layers/01-RUN-make/a/g\n"
			"5000-01020304020000000000000000000000-f/1-f -> "
			"../../../images/one:1/layers/01-RUN-make/b/f\n"
			"5000-01020304020000000000000000000000-f/2-g -> "
			"../../../images/one:1/layers/01-RUN-make/b/g\n");
}

static void dup_tree__names_are_mount_components(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a/x\n\xff%=5000:1@1 b/x\n\xff%=5000:1@1");
	bx_image(x, "one:1", "sha256:1", "RUN make");
	bx_load(x);
	/* The targets keep the bytes. */
	assert_lines(x, "5000-01000000-x%0A%FF%/1-x%0A%FF% -> "
			"../../../images/one:1/layers/01-RUN-make/a/x\n\xff%\n"
			"5000-01000000-x%0A%FF%/2-x%0A%FF% -> "
			"../../../images/one:1/layers/01-RUN-make/b/x\n\xff%\n");
}

static void dup_tree__is_kept_until_the_index_grows(void **state)
{
	struct bx *x = *state;
	struct tree *a, *b, *c;

	bx_layer(x, "sha256:1", "a=5000:1@1 b=5000:1@1");
	bx_image(x, "one:1", "sha256:1", "RUN make");
	bx_load(x);
	assert_ok(dup_tree(x->forest, x->catalog, &a, &x->err), &x->err);
	assert_ok(dup_tree(x->forest, x->catalog, &b, &x->err), &x->err);
	assert_ptr_equal(a, b);
	assert_true(forest_memory(x->forest) > a->n * sizeof(struct node));
	x->catalog->generation++;
	assert_ok(dup_tree(x->forest, x->catalog, &c, &x->err), &x->err);
	assert_ptr_not_equal(a, c);
	tree_unref(a);
	tree_unref(b);
	tree_unref(c);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bx_setup, bx_teardown)
	static const struct CMUnitTest tests[] = {
	    TEST(dup_tree__a_link_for_each_copy),
	    TEST(dup_tree__nothing_twice_is_an_empty_directory),
	    TEST(dup_tree__hashes_that_begin_alike_are_told_apart),
	    TEST(dup_tree__names_are_mount_components),
	    TEST(dup_tree__is_kept_until_the_index_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
