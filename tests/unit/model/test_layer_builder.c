/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include <stdio.h>

/* One tar and what it must come to. */
struct row {
	const char *what, *members, *tree, *findings;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_(buf_release) struct buf findings = BUF_INIT;
		_cleanup_(layer_unrefp) struct layer *l =
		    text_layer(3, rows[i].members, &findings);
		_cleanup_free_ char *tree = text_of(l->nodes, l->n);

		if (strcmp(tree, rows[i].tree) || strcmp(buf_str(&findings), rows[i].findings))
			fail_msg("%s:\n%s-- should be\n%s-- findings\n%s-- should be\n%s",
				 rows[i].what, tree, rows[i].tree, buf_str(&findings),
				 rows[i].findings);
	}
}

static void layer_builder__sets(void **state)
{
	static const struct row rows[] = {
	    {"dup-file", "file f 1\nfile f 2\n", "f =2\n", "duplicate-entry f\n"},
	    {"dup-file-dir", "file f 1\ndir f\nfile f/x 2\n", "f/ 755\nf/x =2\n",
	     "duplicate-entry f\n"},
	    {"dup-dir-file", "dir f\nfile f/x 1\nfile f 2\n", "f =2\n", "duplicate-entry f\n"},
	    {"dup-dir-dir", "dir d 700\nfile d/x 1\ndir d 711\n", "d/ 711\nd/x =1\n", ""},
	    {"dup-file-as-parent", "file f 1\nfile f/x 2\n", "f =1\n",
	     "parent-not-directory f/x\n"},
	    {"no-parents", "file a/b/c 1\n", "a/ implied\na/b/ implied\na/b/c =1\n", ""},
	    {"parent-late", "file a/b 1\ndir a 700\n", "a/ 700\na/b =1\n", ""},
	    {"dir gone, then implied again", "dir a 700\nfile a 1\nfifo a\ndir a\nfile a/x 2\n",
	     "a/ 755\na/x =2\n", "duplicate-entry a\nduplicate-entry a\nduplicate-entry a\n"},
	    {"sl-then-dir", "sym d e\ndir d\nfile d/f 1\n", "d/ 755\nd/f =1\n",
	     "duplicate-entry d\n"},
	    {"sl-then-file", "sym etc /etc\nfile etc/passwd 1\n", "etc -> /etc\n",
	     "parent-symlink etc/passwd\n"},
	    {"sl-parent-chain", "sym cur .\nsym par cur/..\nfile par/moo 1\n",
	     "cur -> .\npar -> cur/..\n", "parent-symlink par/moo\n"},
	    {"sl-empty", "sym a \nfile b 1\n", "b =1\n", "link-invalid a\n"},
	    {"a device keeps its number", "chr c 5 1\n", "c 5:1\n", ""},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void layer_builder__root(void **state)
{
	static const struct row rows[] = {
	    {"name-dot", "dir . 700\nfile x 1\n", "./ 700\nx =1\n", ""},
	    {"root again keeps what is there", "file x 1\ndir . 711\ndir . 700\n",
	     "./ 700\nx =1\n", ""},
	    {"name-root-file", "file . 1\nfile x 1\n", "x =1\n", "root-not-directory \n"},
	    {"name-dot-symlink", "sym . /etc\nfile passwd 1\n", "passwd =1\n",
	     "root-not-directory \n"},
	    {"root as hard link", "file x 1\nlink . x\n", "x =1\n", "root-not-directory \n"},
	    {"nothing at all", "", "", ""},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void layer_builder__hard_links(void **state)
{
	static const struct row rows[] = {
	    {"dup-hl-target-replaced", "file f 1\nlink g f\nfile f 2\n", "f =2\ng =1\n",
	     "duplicate-entry f\n"},
	    {"two names", "file f 1\nlink g f\nlink d/h g\n",
	     "d/ implied\nd/h =1 x3\nf =1 x3\ng =1 x3\n", ""},
	    {"hl-symlink", "sym s /etc/passwd\nlink a s\n",
	     "a -> /etc/passwd x2\ns -> /etc/passwd x2\n", ""},
	    {"to a fifo", "fifo p\nlink a p\n", "a | x2\np | x2\n", ""},
	    {"hl-dir", "dir d\nlink a d\n", "d/ 755\n", "link-target-directory a\n"},
	    {"to an implied directory", "file d/x 1\nlink a d\n", "d/ implied\nd/x =1\n",
	     "link-target-directory a\n"},
	    {"hl-missing", "link a nope\n", "a => nope\n", "link-target-lower a\n"},
	    {"hl-self", "link a a\n", "", "link-target-later a\n"},
	    {"hl-forward", "link a b\nfile b 1\n", "b =1\n", "link-target-later a\n"},
	    {"forward to a directory", "link a b\ndir b\n", "b/ 755\n",
	     "link-target-later a\n"},
	    {"hl-cycle", "link a b\nlink b a\n", "",
	     "link-target-later a\nlink-target-later b\n"},
	    {"cycle of three", "link a b\nlink b c\nlink c a\n", "",
	     "link-target-later a\nlink-target-later b\nlink-target-later c\n"},
	    {"chain into below", "link a b\nlink b low\n", "b => low\n",
	     "link-target-later a\nlink-target-lower b\n"},
	    {"link to a link into below", "link a low\nlink b a\n",
	     "a => low x2\nb => low x2\n", "link-target-lower a\nlink-target-lower b\n"},
	    {"hl-thru-symlink", "sym s /etc\nlink a s/shadow\n", "s -> /etc\n",
	     "link-target-missing a\n"},
	    {"through a symlink that comes later", "link a s/shadow\nsym s /etc\n",
	     "s -> /etc\n", "link-target-missing a\n"},
	    {"through a file", "file f 1\nlink a f/x\n", "f =1\n", "link-target-missing a\n"},
	    {"hl-empty", "link a \n", "", "link-invalid a\n"},
	    {"below a lost link nothing is implied", "dir d\nlink x/y d\n", "d/ 755\n",
	     "link-target-directory x/y\n"},
	    {"its own target's directory", "file d/x 1\nlink d d/x\n", "d =1\n",
	     "duplicate-entry d\n"},
	    {"to itself, there already", "file f 1\nlink f f\n", "f =1\n",
	     "duplicate-entry f\n"},
	    {"below a pending link", "link a low\nfile a/x 1\n", "a => low\n",
	     "parent-not-directory a/x\nlink-target-lower a\n"},
	    {"pending, then replaced", "link a low\nfile a 1\n", "a =1\n",
	     "duplicate-entry a\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void layer_builder__whiteouts(void **state)
{
	static const struct row rows[] = {
	    {"wh-empty", "file .wh. 1\n", "", "whiteout-invalid .wh.\n"},
	    {"wh-dot", "file .wh.. 1\n", "", "whiteout-invalid .wh..\n"},
	    {"wh-dotdot", "file .wh... 1\n", "", "whiteout-invalid .wh...\n"},
	    {"wh-dir-dotdot", "dir a\nfile a/.wh... 1\n", "a/ 755\n",
	     "whiteout-invalid a/.wh...\n"},
	    {"wh-missing", "file .wh.nope 0\n", ".wh.nope =0 whiteout\n", ""},
	    {"wh-content", "file .wh.f 7\n", ".wh.f =7 whiteout\n", ""},
	    {"of a hidden file", "file .wh..baz 0\n", ".wh..baz =0 whiteout\n", ""},
	    {"wh-opq-root", "file .wh..wh..opq 0\n", ".wh..wh..opq =0 opaque\n",
	     "opaque-root .wh..wh..opq\n"},
	    {"opaque below the root", "file a/.wh..wh..opq 0\n",
	     "a/ implied\na/.wh..wh..opq =0 opaque\n", ""},
	    {"wh-same-layer", "file f 1\nfile .wh.f 0\n", ".wh.f =0 whiteout\nf =1\n",
	     "whiteout-same-layer .wh.f\n"},
	    {"wh-same-layer2", "file .wh.f 0\nfile f 1\n", ".wh.f =0 whiteout\nf =1\n",
	     "whiteout-same-layer .wh.f\n"},
	    {"wh-dirtype", "dir .wh.d\nfile .wh.d/x 1\n", "",
	     "whiteout-directory .wh.d\nwhiteout-parent .wh.d/x\n"},
	    {"wh-opq-dir", "dir a/.wh..wh..opq\nfile a/.wh..wh..opq/x 1\n", "",
	     "whiteout-directory a/.wh..wh..opq\nwhiteout-parent a/.wh..wh..opq/x\n"},
	    {"wh-parent-component", "file .wh.a/b 1\n", "", "whiteout-parent .wh.a/b\n"},
	    {"below a whiteout of nothing", "file .wh./b 1\n", "", "whiteout-parent .wh./b\n"},
	    {"wh-symlink", "sym .wh.s /etc/passwd\n", ".wh.s -> /etc/passwd whiteout\n", ""},
	    {"whiteout as an empty symlink", "sym .wh.s \n", ".wh.s =0 whiteout\n", ""},
	    {"wh-hardlink", "file ok 4\nlink .wh.h ok\n", ".wh.h =4 x2 whiteout\nok =4 x2\n",
	     ""},
	    {"wh-hardlink to nothing", "link .wh.h nope\n", ".wh.h =0 whiteout\n", ""},
	    {"wh-hardlink to a directory", "dir d\nlink .wh.h d\n",
	     ".wh.h =0 whiteout\nd/ 755\n", ""},
	    {"wh-under-symlink", "sym lnk /etc\nfile lnk/.wh.passwd 0\n", "lnk -> /etc\n",
	     "parent-symlink lnk/.wh.passwd\n"},
	    {"wh-overlay-chardev", "chr gone 0 0\n", "gone 0:0\n", ""},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void layer_builder__metadata(void **state)
{
	static const struct row rows[] = {
	    {"wh-inside-wh", "dir a\nfile a/.wh..wh.plnk 0\nfile a/.wh..wh.aufs 0\n",
	     "a/ 755\na/.wh..wh.aufs =0 meta\na/.wh..wh.plnk =0 meta\n",
	     "aufs-metadata a/.wh..wh.plnk\naufs-metadata a/.wh..wh.aufs\n"},
	    {"links into the pseudo-link directory",
	     "dir .wh..wh.plnk\nfile .wh..wh.plnk/1 5\nlink f .wh..wh.plnk/1\n",
	     ".wh..wh.plnk/ 755 meta\n.wh..wh.plnk/1 =5 x2 meta\nf =5 x2\n",
	     "aufs-metadata .wh..wh.plnk\n"},
	    {"without its directory", "file .wh..wh.plnk/d/1 5\nlink f .wh..wh.plnk/d/1\n",
	     ".wh..wh.plnk/ 755 meta\n.wh..wh.plnk/d/ 755 meta\n"
	     ".wh..wh.plnk/d/1 =5 x2 meta\nf =5 x2\n",
	     ""},
	    {"names below metadata say nothing", "file .wh..wh.orph/.wh.x 1\n",
	     ".wh..wh.orph/ 755 meta\n.wh..wh.orph/.wh.x =1 meta\n", ""},
	    {"metadata does not reach into lower layers", "link .wh..wh.plnk/1 low\n",
	     ".wh..wh.plnk/ 755 meta\n", "link-target-missing .wh..wh.plnk/1\n"},
	    {"eStargz",
	     "file stargz.index.json 1\nfile .no.prefetch.landmark 1\nfile "
	     "a/stargz.index.json 1\n",
	     ".no.prefetch.landmark =1 meta\na/ implied\na/stargz.index.json =1\n"
	     "stargz.index.json =1 meta\n",
	     "stargz-metadata stargz.index.json\nstargz-metadata .no.prefetch.landmark\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

/* ---- limits and cost ---- */

static struct layer_builder *new_builder(const struct limits *limits)
{
	struct layer_builder *b;
	struct err err = ERR_INIT;

	assert_ok(layer_builder_new(limits, -1, text_finding, NULL, &b, &err), &err);
	return b;
}

static int add_file(struct layer_builder *b, struct bytes path, struct err *err)
{
	struct layer_member m = {.path = path, .mode = S_IFREG | 0644};
	uint32_t handle;

	return layer_add(b, &m, &handle, err);
}

static void layer_builder__long_names(void **state)
{
	const struct limits limits = LIMITS_DEFAULT;
	_cleanup_(layer_builder_freep) struct layer_builder *b = new_builder(&limits);
	char name[258];
	struct err err = ERR_INIT;

	(void)state;
	memset(name, 'x', sizeof(name));
	assert_int_equal(add_file(b, bytes_make(name, 255), &err), 0);
	assert_int_equal(add_file(b, bytes_make(name, 256), &err), 1);
	name[256] = '/';
	assert_int_equal(add_file(b, bytes_make(name, 258), &err), 1);
}

static void layer_builder__limits_are_named(void **state)
{
	struct limits limits = LIMITS_DEFAULT;
	struct layer_builder *b;
	struct err err = ERR_INIT;

	(void)state;
	limits.path_bytes = 9;
	limits.depth = 2;
	limits.entries = 4;
	b = new_builder(&limits);
	assert_int_equal(add_file(b, BYTES("a/b/c"), &err), 0);
	assert_int_equal(add_file(b, BYTES("a/b/c/ddd"), &err), 1);
	assert_int_equal(add_file(b, BYTES("0123456789"), &err), -EFBIG);
	assert_non_null(strstr(err.msg, "path-bytes"));
	err = ERR_INIT;
	assert_int_equal(add_file(b, BYTES("x/y/z/w"), &err), -EFBIG);
	assert_non_null(strstr(err.msg, "depth"));
	err = ERR_INIT;
	/* The root and a, a/b, a/b/c are four. */
	assert_int_equal(add_file(b, BYTES("e"), &err), -EFBIG);
	assert_non_null(strstr(err.msg, "entries"));
	layer_builder_free(b);
}

static void layer_builder__deep_paths(void **state)
{
	const struct limits limits = LIMITS_DEFAULT;
	_cleanup_(layer_builder_freep) struct layer_builder *b = new_builder(&limits);
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct layer_totals totals;
	struct err err = ERR_INIT;
	struct layer *l;

	(void)state;
	for (int i = 0; i < 2048; i++)
		buf_add_str(&path, "d/");
	buf_add_str(&path, "f");
	assert_int_equal(add_file(b, buf_bytes(&path), &err), 0);
	buf_add_str(&path, "/f/f");
	/* The file is in the way before the depth is. */
	assert_int_equal(add_file(b, buf_bytes(&path), &err), 1);
	assert_int_equal(add_file(b, BYTES("d"), &err), 0);
	assert_int_equal(add_file(b, BYTES("d/d"), &err), 1);
	l = text_finish(b, 1, &totals);
	assert_int_equal(l->n, 2);
	layer_unref(l);
}

static void layer_builder__chain_of_links(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct layer *l;

	(void)state;
	buf_add_str(&text, "file h0 5\n");
	for (int i = 0; i < 1000; i++)
		buf_addf(&text, "link h%d h%d\n", i + 1, i);
	l = text_layer(2, buf_str(&text), NULL);
	assert_int_equal(l->n, 1002);
	for (uint32_t i = 1; i < l->n; i++) {
		assert_int_equal(l->nodes[i].nlink, 1001);
		assert_int_equal(l->nodes[i].inode, ENTRY_ID(2, 1));
		assert_int_equal(l->nodes[i].size, 5);
	}
	layer_unref(l);
}

static void layer_builder__many_replacements(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_free_ char *tree = NULL;
	struct layer *l;

	(void)state;
	for (int i = 0; i < 900; i++)
		buf_addf(&text, "file f %d\n%s", i, i % 2 ? "dir f\nfile f/x 1\n" : "");
	buf_add_str(&text, "file f 900\n");
	l = text_layer(1, buf_str(&text), NULL);
	tree = text_of(l->nodes, l->n);
	assert_string_equal(tree, "f =900\n");
	layer_unref(l);
}

static int stop_at_finding(void *arg, enum finding f, struct bytes path, const char *detail,
			   struct err *err)
{
	(void)arg;
	(void)f;
	(void)path;
	(void)detail;
	return err_set(err, EIO, "the finding could not be kept");
}

static void layer_builder__failed_finding_is_passed_on(void **state)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct layer_builder *b;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(layer_builder_new(&limits, -1, stop_at_finding, NULL, &b, &err), &err);
	assert_int_equal(add_file(b, BYTES(".wh."), &err), -EIO);
	assert_string_equal(err.msg, "the finding could not be kept");
	layer_builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layer_builder__sets),
	    cmocka_unit_test(layer_builder__root),
	    cmocka_unit_test(layer_builder__hard_links),
	    cmocka_unit_test(layer_builder__whiteouts),
	    cmocka_unit_test(layer_builder__metadata),
	    cmocka_unit_test(layer_builder__long_names),
	    cmocka_unit_test(layer_builder__limits_are_named),
	    cmocka_unit_test(layer_builder__deep_paths),
	    cmocka_unit_test(layer_builder__chain_of_links),
	    cmocka_unit_test(layer_builder__many_replacements),
	    cmocka_unit_test(layer_builder__failed_finding_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
