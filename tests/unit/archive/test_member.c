/* SPDX-License-Identifier: MIT */
#include "archive/member.h"

#include "opened.h"
#include "tarmake.h"
#include "test.h"

static int read_members(const struct buf *tar, struct members *m, struct err *err)
{
	_cleanup_(source_unrefp) struct source *s = NULL;

	assert_ok(source_open_memory(buf_bytes(tar), &s, err), err);
	return members_read(s, &default_limits, m, err);
}

static void assert_resolves(const struct members *m, const char *name, const char *to)
{
	const struct member *found = NULL;
	struct err err = ERR_INIT;
	int r = members_resolve(m, bytes_from_str(name), &found, &err);

	if (r < 0)
		fail_msg("%s: %s", name, err.msg);
	assert_int_equal(r, 1);
	assert_bytes_equal_str(found->name, to);
}

static void assert_bad(const struct members *m, const char *name, const char *words)
{
	const struct member *found;
	struct err err = ERR_INIT;

	assert_true(members_resolve(m, bytes_from_str(name), &found, &err) < 0);
	if (!strstr(err.msg, words))
		fail_msg("\"%s\" is not in: %s", words, err.msg);
}

static void member__places_are_those_of_the_tar(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;
	const struct member *b;

	(void)state;
	tar_file(&tar, "a", BYTES("first"));
	tar_file(&tar, "b", BYTES("second"));
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_int_equal(m.v.n, 2);
	b = members_find(&m, BYTES("b"));
	assert_non_null(b);
	assert_int_equal(b->len, 6);
	assert_memory_equal(tar.ptr + b->offset, "second", 6);
	assert_null(members_find(&m, BYTES("c")));
}

static void member__names_are_normalised(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;

	(void)state;
	tar_file(&tar, "./blobs//sha256/./x", BYTES("1"));
	tar_file(&tar, "/abs", BYTES("2"));
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_resolves(&m, "blobs/sha256/x", "blobs/sha256/x");
	assert_resolves(&m, "./abs", "abs");
}

static void member__a_name_that_climbs_is_no_member(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;

	(void)state;
	tar_file(&tar, "../index.json", BYTES("{}"));
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_int_equal(m.v.n, 0);
}

static void member__links_may_stand_before_their_target(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;

	(void)state;
	tar_symlink(&tar, "a/layer.tar", "../b/layer.tar");
	tar_hardlink(&tar, "c", "b/layer.tar");
	tar_symlink(&tar, "d", "a/layer.tar");
	tar_file(&tar, "b/layer.tar", BYTES("layer"));
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_resolves(&m, "a/layer.tar", "b/layer.tar");
	assert_resolves(&m, "c", "b/layer.tar");
	assert_resolves(&m, "d", "b/layer.tar");
}

static void member__links_lead_nowhere_else(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;

	(void)state;
	tar_symlink(&tar, "host", "/etc/passwd");
	tar_symlink(&tar, "up", "../../ok");
	tar_symlink(&tar, "self", "self");
	tar_symlink(&tar, "x", "y");
	tar_symlink(&tar, "y", "x");
	tar_dir(&tar, "dir", 0755);
	tar_fifo(&tar, "fifo");
	tar_file(&tar, "ok", BYTES("ok"));
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_bad(&m, "host", "not in the archive");
	assert_bad(&m, "up", "not in the archive");
	assert_bad(&m, "self", "circles");
	assert_bad(&m, "x", "circles");
	assert_bad(&m, "dir", "not a regular file");
	assert_bad(&m, "fifo", "not a regular file");
}

static void member__asking_for_what_is_absent_is_no_error(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	const struct member *found = NULL;
	struct err err = ERR_INIT;

	(void)state;
	tar_file(&tar, "etc/passwd", BYTES("x"));
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_int_equal(members_resolve(&m, BYTES("nope"), &found, &err), 0);
	assert_int_equal(members_resolve(&m, BYTES("../etc/passwd"), &found, &err), 0);
	assert_int_equal(members_resolve(&m, BYTES(""), &found, &err), 0);
}

static void member__the_last_of_equal_names_wins(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;

	(void)state;
	tar_file(&tar, "c.json", BYTES("old"));
	tar_file(&tar, "c.json", BYTES("newer"));
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_int_equal(m.v.n, 1);
	assert_int_equal(members_find(&m, BYTES("c.json"))->len, 5);
}

static void check_second_copy(const char *name, struct bytes second, bool fine)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;
	int r;

	tar_file(&tar, name, BYTES("content"));
	tar_file(&tar, name, second);
	tar_end(&tar);
	r = read_members(&tar, &m, &err);
	if (fine) {
		assert_ok(r, &err);
		return;
	}
	assert_int_equal(r, -EBADMSG);
	assert_non_null(strstr(err.msg, name));
	assert_non_null(strstr(err.msg, "twice"));
}

static void member__a_second_copy_that_differs_is_refused_where_it_matters(void **state)
{
	(void)state;
	check_second_copy("blobs/sha256/x", BYTES("content"), true);
	check_second_copy("blobs/sha256/x", BYTES("Content"), false);
	check_second_copy("blobs/sha256/x", BYTES("longer content"), false);
	check_second_copy("index.json", BYTES("{}"), false);
	check_second_copy("manifest.json", BYTES("{}"), false);
	check_second_copy("oci-layout", BYTES("{}"), true);
}

static void member__a_blob_cannot_be_replaced_by_a_link(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;

	(void)state;
	tar_file(&tar, "blobs/sha256/x", BYTES("content"));
	tar_symlink(&tar, "blobs/sha256/x", "y");
	tar_end(&tar);
	assert_int_equal(read_members(&tar, &m, &err), -EBADMSG);
}

static void member__a_file_named_twice_to_tar_is_one_file(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct err err = ERR_INIT;

	(void)state;
	tar_file(&tar, "blobs/sha256/x", BYTES("content"));
	tar_hardlink(&tar, "blobs/sha256/x", "./blobs/sha256/x");
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_resolves(&m, "blobs/sha256/x", "blobs/sha256/x");
}

static void member__sparse_files_are_no_blobs(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(members_release) struct members m = {0};
	struct tar_hole_map map = {512, 3};
	struct err err = ERR_INIT;

	(void)state;
	tar_gnu_sparse(&tar, "layer.tar", &map, 1, 515, BYTES("abc"));
	tar_end(&tar);
	assert_ok(read_members(&tar, &m, &err), &err);
	assert_bad(&m, "layer.tar", "sparse");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(member__places_are_those_of_the_tar),
	    cmocka_unit_test(member__names_are_normalised),
	    cmocka_unit_test(member__a_name_that_climbs_is_no_member),
	    cmocka_unit_test(member__links_may_stand_before_their_target),
	    cmocka_unit_test(member__links_lead_nowhere_else),
	    cmocka_unit_test(member__asking_for_what_is_absent_is_no_error),
	    cmocka_unit_test(member__the_last_of_equal_names_wins),
	    cmocka_unit_test(member__a_second_copy_that_differs_is_refused_where_it_matters),
	    cmocka_unit_test(member__a_blob_cannot_be_replaced_by_a_link),
	    cmocka_unit_test(member__a_file_named_twice_to_tar_is_one_file),
	    cmocka_unit_test(member__sparse_files_are_no_blobs),
	};

	return cmocka_run_group_tests_name("archive/member", tests, NULL, NULL);
}
