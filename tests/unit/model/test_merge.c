/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

/* Layers, lowest first, and the tree they come to. */
struct row {
	const char *what;
	const char *layers[TEXT_LAYERS_MAX];
	const char *tree, *findings;
};

static uint32_t count_layers(const struct row *row)
{
	uint32_t n = 0;

	while (n < TEXT_LAYERS_MAX && row->layers[n])
		n++;
	return n;
}

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_(buf_release) struct buf findings = BUF_INIT;
		_cleanup_(tree_unrefp) struct tree *t =
		    text_merge(rows[i].layers, count_layers(&rows[i]), &findings);
		_cleanup_free_ char *tree = text_of(t->nodes, t->n);
		const char *found = rows[i].findings ? rows[i].findings : "";

		if (strcmp(tree, rows[i].tree) || strcmp(buf_str(&findings), found))
			fail_msg("%s:\n%s-- should be\n%s-- findings\n%s-- should be\n%s",
				 rows[i].what, tree, rows[i].tree, buf_str(&findings), found);
	}
}

/* The table at the top of merge.c, cell by cell. */
static void merge__rule_table(void **state)
{
	static const struct row rows[] = {
	    {"directory on nothing", {"file f 1", "dir d 700"}, "d/ 700\nf =1\n"},
	    {"directory on directory",
	     {"dir d 700\nfile d/x 1", "dir d 711"},
	     "d/ 711\nd/x =1\n"},
	    {"directory on implied directory", {"file d/x 1", "dir d 711"}, "d/ 711\nd/x =1\n"},
	    {"directory on symlink",
	     {"dir t\nfile t/x 1\nsym d t", "dir d 711\nfile d/y 2"},
	     "d/ 711\nd/y =2\nt/ 755\nt/x =1\n"},
	    {"directory on file", {"file d 1", "dir d 711"}, "d/ 711\n"},
	    {"directory on fifo", {"fifo d", "dir d 711"}, "d/ 711\n"},

	    {"implied on nothing", {"file f 1", "file d/x 1"}, "d/ implied\nd/x =1\nf =1\n"},
	    {"implied on directory",
	     {"dir d 700\nfile d/x 1", "file d/y 2"},
	     "d/ 700\nd/x =1\nd/y =2\n"},
	    {"implied on implied",
	     {"file d/x 1", "file d/y 2"},
	     "d/ implied\nd/x =1\nd/y =2\n"},
	    {"implied on symlink to a directory",
	     {"dir usr/lib\nsym lib usr/lib", "file lib/x 1"},
	     "lib -> usr/lib\nusr/ implied\nusr/lib/ 755\nusr/lib/x =1\n",
	     "parent-symlink-lower 2 lib\n"},
	    {"implied on dangling symlink",
	     {"sym lib usr/lib", "file lib/x 1"},
	     "lib/ implied\nlib/x =1\n",
	     "parent-not-directory 2 lib\n"},
	    {"implied on symlink to a file",
	     {"file f 1\nsym lib f", "file lib/x 1"},
	     "f =1\nlib/ implied\nlib/x =1\n",
	     "parent-not-directory 2 lib\n"},
	    {"implied on file",
	     {"file d 1", "file d/x 2"},
	     "d/ implied\nd/x =2\n",
	     "parent-not-directory 2 d\n"},
	    {"implied on device",
	     {"chr d 1 3", "file d/x 2"},
	     "d/ implied\nd/x =2\n",
	     "parent-not-directory 2 d\n"},

	    {"file on nothing", {"file f 1", "file g 2"}, "f =1\ng =2\n"},
	    {"file on directory", {"dir d\nfile d/e/x 1", "file d 2"}, "d =2\n"},
	    {"file on symlink", {"file f 1\nsym s f", "file s 2"}, "f =1\ns =2\n"},
	    {"file on file", {"file f 1", "file f 2"}, "f =2\n"},
	    {"symlink on directory", {"file d/x 1", "sym d t"}, "d -> t\n"},
	    {"symlink on file", {"file f 1", "sym f t"}, "f -> t\n"},
	    {"device on file", {"file f 1", "chr f 5 1"}, "f 5:1\n"},

	    {"link to below on nothing", {"file f 1", "link g f"}, "f =1\ng =1\n"},
	    {"link to below on directory",
	     {"file f 1\nfile d/x 2", "link d f"},
	     "d =1\nf =1\n"},
	    {"link to below on file", {"file f 1\nfile g 2", "link g f"}, "f =1\ng =1\n"},
	    {"link to below that is not there",
	     {"file g 2", "link g f"},
	     "g =2\n",
	     "link-target-missing 2 g\n"},
	    {"link to a directory below",
	     {"dir d", "link g d"},
	     "d/ 755\n",
	     "link-target-missing 2 g\n"},

	    {"whiteout of nothing", {"file f 1", "file .wh.g 0"}, "f =1\n"},
	    {"whiteout of file", {"file f 1\nfile g 2", "file .wh.g 0"}, "f =1\n"},
	    {"whiteout of directory", {"file d/e/x 1\nfile f 2", "file .wh.d 0"}, "f =2\n"},
	    {"whiteout of symlink, not of its target",
	     {"dir t\nfile t/x 1\nsym s t", "file .wh.s 0"},
	     "t/ 755\nt/x =1\n"},
	    {"metadata on file",
	     {"file f 1", "file .wh..wh.plnk/1 2\nfile stargz.index.json 3"},
	     "f =1\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void merge__whiteouts(void **state)
{
	static const struct row rows[] = {
	    {"three change sets",
	     {"dir etc\nfile etc/a 1\nfile etc/b 2\nfile root 3",
	      "dir etc\nfile etc/.wh.a 0\nfile etc/c 4", "file etc/a 5\nfile .wh.root 0"},
	     "etc/ 755\netc/a =5\netc/b =2\netc/c =4\n"},
	    {"a change set of one opaque directory",
	     {"file .abc/x 1\nfile foobar 2\nfile keep/y 3",
	      "file .wh..wh..opq 0\ndir .abc\nfile foobar 4"},
	     ".abc/ 755\nfoobar =4\n"},
	    {"opaque behind its siblings",
	     {"file a/x 1\nfile a/y 2", "dir a\nfile a/x 3\nfile a/.wh..wh..opq 0"},
	     "a/ 755\na/x =3\n"},
	    {"opaque without an entry for the directory",
	     {"dir a 700\nfile a/x 1", "file a/.wh..wh..opq 0\nfile a/y 2"},
	     "a/ 700\na/y =2\n"},
	    {"opaque deep down",
	     {"file a/b/c/x 1\nfile a/b/y 2", "file a/b/c/.wh..wh..opq 0"},
	     "a/ implied\na/b/ implied\na/b/c/ implied\na/b/y =2\n"},
	    {"opaque does not reach into layers above",
	     {"file a/x 1", "file a/.wh..wh..opq 0", "file a/z 3"},
	     "a/ implied\na/z =3\n"},
	    {"opaque at the bottom hides nothing",
	     {"file a/.wh..wh..opq 0\nfile a/x 1"},
	     "a/ implied\na/x =1\n"},
	    {"whiteout beside what it names, in front",
	     {"file f 1", "file .wh.f 0\nfile f 2"},
	     "f =2\n"},
	    {"whiteout beside what it names, behind",
	     {"file f 1", "file f 2\nfile .wh.f 0"},
	     "f =2\n"},
	    {"a directory hidden and made anew",
	     {"dir d 700\nfile d/x 1", "file .wh.d 0\nfile d/y 2"},
	     "d/ implied\nd/y =2\n"},
	    {"what is hidden stays hidden",
	     {"file d/x 1", "file .wh.d 0", "dir d\nfile d/y 2"},
	     "d/ 755\nd/y =2\n"},
	    {"what was replaced stays away", {"file d/x 1", "file d 2", "dir d"}, "d/ 755\n"},
	    {"whiteout with a body", {"file f 1", "file .wh.f 7"}, ""},
	    {"whiteout as a symlink", {"file f 1", "sym .wh.f /etc"}, ""},
	    {"whiteout as a hard link", {"file f 1", "link .wh.f f"}, ""},
	    {"whiteout of a hidden file", {"file .f 1\nfile f 2", "file .wh..f 0"}, "f =2\n"},
	    {"whiteout of nothing hides nothing",
	     {"file a/f 1", "file .wh. 0\nfile .wh.. 0\nfile a/.wh... 0"},
	     "a/ implied\na/f =1\n"},
	    {"AUFS names hide nothing",
	     {"file plnk 1\nfile d/.opq 2", "file .wh..wh.plnk 0\nfile d/.wh..wh.opq 0"},
	     "d/ implied\nd/.opq =2\nplnk =1\n"},
	    {"overlayfs' device is a device", {"file f 1", "chr f 0 0"}, "f 0:0\n"},
	    {"whiteout of one of two names",
	     {"file f 1\nlink g f", "file .wh.f 0"},
	     "g =1 x2\n"},
	    {"whiteout below a directory that replaces a file",
	     {"file d 1\nfile x 2", "dir d\nfile d/.wh.x 0"},
	     "d/ 755\nx =2\n"},
	    {"whiteout through a symlink of the tree",
	     {"dir usr/lib\nfile usr/lib/x 1\nsym lib usr/lib", "file lib/.wh.x 0"},
	     "lib -> usr/lib\nusr/ implied\nusr/lib/ 755\n",
	     "parent-symlink-lower 2 lib\n"},
	    {"whiteout under an entry for the directory does not go through the symlink",
	     {"dir usr/lib\nfile usr/lib/x 1\nsym lib usr/lib", "dir lib\nfile lib/.wh.x 0"},
	     "lib/ 755\nusr/ implied\nusr/lib/ 755\nusr/lib/x =1\n"},
	    {"a hidden symlink is not followed",
	     {"dir t\nfile t/x 1\nsym !s t", "file .wh.!s 0\nfile !s/.wh.x 0\nfile !s/y 2"},
	     "!s/ implied\n!s/y =2\nt/ 755\nt/x =1\n"},
	    {"two ways to a directory, one of which hides it",
	     {"file a/b/x 1\nsym z a/b", "file a/.wh.b 0\nfile z/.wh.x 0"},
	     "a/ implied\nz/ implied\n",
	     "parent-not-directory 2 z\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void merge__symlinked_parents(void **state)
{
	static const struct row rows[] = {
	    {"absolute targets start at the tree's root",
	     {"dir usr/lib\nsym lib /usr/lib", "file lib/x/y 1"},
	     "lib -> /usr/lib\nusr/ implied\nusr/lib/ 755\nusr/lib/x/ implied\n"
	     "usr/lib/x/y =1\n",
	     "parent-symlink-lower 2 lib\n"},
	    {".. ends at the root",
	     {"dir t\nsym a/s ../../../../t", "file a/s/x 1"},
	     "a/ implied\na/s -> ../../../../t\nt/ 755\nt/x =1\n",
	     "parent-symlink-lower 2 a/s\n"},
	    {"a symlink over a symlink",
	     {"dir t\nsym b t\nsym a b", "file a/x 1"},
	     "a -> b\nb -> t\nt/ 755\nt/x =1\n",
	     "parent-symlink-lower 2 a\n"},
	    {"a loop leads nowhere",
	     {"sym a b\nsym b a", "file a/x 1"},
	     "a/ implied\na/x =1\nb -> a\n",
	     "parent-not-directory 2 a\n"},
	    {"to its own directory",
	     {"sym cur .\nfile f 1", "file cur/f 2"},
	     "cur -> .\nf =2\n",
	     "parent-symlink-lower 2 cur\n"},
	    {"the target in the same layer, sorted behind",
	     {"sym lib usr/lib", "file lib/x 1\nfile usr/lib/y 2"},
	     "lib -> usr/lib\nusr/ implied\nusr/lib/ implied\nusr/lib/x =1\nusr/lib/y =2\n",
	     "parent-symlink-lower 2 lib\n"},
	    {"the target replaced by the same layer",
	     {"dir usr/lib\nsym lib usr/lib", "file lib/x 1\nfile usr/lib 2"},
	     "lib/ implied\nlib/x =1\nusr/ implied\nusr/lib =2\n",
	     "parent-not-directory 2 lib\n"},
	    {"a symlink below a symlink",
	     {"dir b/t\nsym a b\nsym b/s t", "file a/s/x 1"},
	     "a -> b\nb/ implied\nb/s -> t\nb/t/ 755\nb/t/x =1\n",
	     "parent-symlink-lower 2 a\nparent-symlink-lower 2 a/s\n"},
	    {"a symlink of the layer between",
	     {"dir usr/lib", "sym lib usr/lib", "file lib/x 1"},
	     "lib -> usr/lib\nusr/ implied\nusr/lib/ 755\nusr/lib/x =1\n",
	     "parent-symlink-lower 3 lib\n"},
	    {"a detour takes the place away that another was to start from",
	     {"dir t/d/e\nfile u/x 1\nsym a t\nsym t/d/e/s /u",
	      "sym a/d gone\nfile t/d/e/s/y 1"},
	     "a -> t\nt/ implied\nt/d -> gone\nu/ implied\nu/x =1\n",
	     "parent-symlink-lower 2 a\nparent-not-directory 2 t/d/e/s\n"},
	    {"one detour takes the other's directory away",
	     {"dir t/d\ndir u\nsym a t\nsym b t\nsym t/d/s /u", "sym a/d x\nfile b/d/s/y 1"},
	     /* a/d becomes a symlink to nothing, which b/d then meets. */
	     "a -> t\nb -> t\nt/ implied\nt/d/ implied\nt/d/s/ implied\nt/d/s/y =1\nu/ 755\n",
	     "parent-symlink-lower 2 a\nparent-symlink-lower 2 b\nparent-not-directory 2 "
	     "b/d\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void merge__hard_links_over_layers(void **state)
{
	static const struct row rows[] = {
	    {"a symlink is itself the target",
	     {"file f 1\nsym s f", "link g s"},
	     "f =1\ng -> f\ns -> f\n"},
	    {"symlinks on the way are followed",
	     {"file usr/lib/x 1\nsym lib /usr/lib", "link g lib/x"},
	     "g =1\nlib -> /usr/lib\nusr/ implied\nusr/lib/ implied\nusr/lib/x =1\n"},
	    {"a hidden target is not there",
	     {"file f 1", "file .wh.f 0\nlink g f"},
	     "",
	     "link-target-missing 2 g\n"},
	    {"over an absent directory",
	     {"file f 1", "link a/g f"},
	     "a/ implied\na/g =1\nf =1\n"},
	    {"the lower name goes later", {"file f 1", "link g f", "file f 3"}, "f =3\ng =1\n"},
	    {"a link to a link", {"file f 1", "link g f", "link h g"}, "f =1\ng =1\nh =1\n"},
	    {"a broken one leads nowhere later either",
	     {"", "link g f", "link h g"},
	     "",
	     "link-target-missing 2 g\nlink-target-missing 3 h\n"},
	    {"a metadata file cannot be reached",
	     {"file .wh..wh.plnk/1 1", "link g .wh..wh.plnk/1"},
	     "",
	     "link-target-missing 2 g\n"},
	    {"the inode of metadata is shown where a link names it",
	     {"file .wh..wh.plnk/1 1\nlink f .wh..wh.plnk/1"},
	     "f =1 x2\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void merge__links_share_the_lower_inode(void **state)
{
	static const char *const texts[] = {"file f 1\nlink f2 f", "link g f2\nlink d/h g"};
	_cleanup_(tree_unrefp) struct tree *t = text_merge(texts, 2, NULL);
	static const char *const names[] = {"f", "f2", "g", "d/h"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint32_t n = node_lookup(t->nodes, bytes_from_str(names[i]));

		assert_int_not_equal(n, UINT32_MAX);
		assert_int_equal(t->nodes[n].inode, ENTRY_ID(1, 1));
		assert_int_equal(t->nodes[n].nlink, 2);
		assert_int_equal(t->nodes[n].kind, ENTRY_PLAIN);
	}
}

static void merge__inodes_are_stored_entries(void **state)
{
	static const char *const texts[] = {"dir d\nfile d/x 1", "file d/y 2\nfile e/z 3"};
	_cleanup_(tree_unrefp) struct tree *t = text_merge(texts, 2, NULL);

	(void)state;
	assert_int_equal(t->nodes[node_lookup(t->nodes, BYTES("d"))].inode, ENTRY_ID(1, 1));
	assert_int_equal(t->nodes[node_lookup(t->nodes, BYTES("d/x"))].inode, ENTRY_ID(1, 2));
	/* root, d, e, d/y, e/z */
	assert_int_equal(t->nodes[node_lookup(t->nodes, BYTES("d/y"))].inode, ENTRY_ID(2, 3));
	assert_int_equal(t->nodes[node_lookup(t->nodes, BYTES("e"))].inode, 0);
}

static void merge__root(void **state)
{
	static const struct row rows[] = {
	    {"no layers", {NULL}, ""},
	    {"an entry for the root", {"dir . 700", "file x 1"}, "./ 700\nx =1\n"},
	    {"the highest entry counts",
	     {"dir . 700", "dir . 711\nfile x 1"},
	     "./ 711\nx =1\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void merge__absent_layers_are_passed_over(void **state)
{
	struct layer *layers[3] = {text_layer(1, "file f 1", NULL), NULL,
				   text_layer(3, "link g f", NULL)};
	_cleanup_free_ char *text = NULL;
	struct err err = ERR_INIT;
	struct tree *t;

	(void)state;
	assert_ok(merge_layers(layers, 3, NULL, NULL, &t, &err), &err);
	text = text_of(t->nodes, t->n);
	assert_string_equal(text, "f =1\ng =1\n");
	assert_int_equal(t->n_layers, 3);
	assert_ptr_equal(t->layers[0], layers[0]);
	assert_null(t->layers[1]);
	tree_unref(t);
	layer_unref(layers[0]);
	layer_unref(layers[2]);
}

static void merge__same_layer_twice(void **state)
{
	struct layer *l = text_layer(1,
				     "file f 1\nfile .wh.g 0\nfile d/.wh..wh..opq 0\nfile "
				     "d/x 2",
				     NULL);
	struct layer *layers[3] = {l, l, l};
	_cleanup_free_ char *text = NULL;
	struct err err = ERR_INIT;
	struct tree *t;

	(void)state;
	assert_ok(merge_layers(layers, 3, NULL, NULL, &t, &err), &err);
	text = text_of(t->nodes, t->n);
	assert_string_equal(text, "d/ implied\nd/x =2\nf =1\n");
	tree_unref(t);
	assert_int_equal(l->refs, 1);
	layer_unref(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(merge__rule_table),
	    cmocka_unit_test(merge__whiteouts),
	    cmocka_unit_test(merge__symlinked_parents),
	    cmocka_unit_test(merge__hard_links_over_layers),
	    cmocka_unit_test(merge__links_share_the_lower_inode),
	    cmocka_unit_test(merge__inodes_are_stored_entries),
	    cmocka_unit_test(merge__root),
	    cmocka_unit_test(merge__absent_layers_are_passed_over),
	    cmocka_unit_test(merge__same_layer_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
