/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fs/attr.h"

#include <sys/sysmacros.h>

static struct node node_of(uint16_t mode)
{
	return (struct node){.mode = mode,
			     .uid = 5,
			     .gid = 6,
			     .mtime = -7,
			     .mtime_nsec = 8,
			     .nlink = 1,
			     .inode = ENTRY_ID(1, 1)};
}

static struct stat stat_of(const struct node *n)
{
	struct stat st;

	attr_node(n, 42, &st);
	return st;
}

static void attr__image_attributes_are_its_own(void **state)
{
	struct node n = node_of(S_IFREG | 04755);
	struct stat st = stat_of(&n);

	(void)state;
	assert_int_equal(st.st_ino, 42);
	assert_int_equal(st.st_mode, S_IFREG | 04755);
	assert_int_equal(st.st_uid, 5);
	assert_int_equal(st.st_gid, 6);
	assert_int_equal(st.st_mtim.tv_sec, -7);
	assert_int_equal(st.st_mtim.tv_nsec, 8);
	assert_int_equal(st.st_ctim.tv_sec, -7);
	assert_int_equal(st.st_blksize, 4096);
}

/* 1 would tell du not to remember the number. */
static void attr__links_are_never_one(void **state)
{
	struct node n = node_of(S_IFREG | 0644);

	(void)state;
	assert_int_equal(stat_of(&n).st_nlink, 2);
	n.nlink = 3;
	assert_int_equal(stat_of(&n).st_nlink, 4);
}

static void attr__blocks_are_what_is_stored(void **state)
{
	static const struct {
		uint64_t size, stored;
		long blocks;
	} cases[] = {{0, 0, 0},     {1, 1, 1},         {512, 512, 1},
		     {513, 513, 2}, {1 << 30, 512, 1}, {1 << 30, 0, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct node n = node_of(S_IFREG | 0644);
		struct stat st;

		n.size = cases[i].size;
		n.stored = cases[i].stored;
		st = stat_of(&n);
		assert_int_equal(st.st_size, cases[i].size);
		assert_int_equal(st.st_blocks, cases[i].blocks);
	}
}

static void attr__directories_add_nothing(void **state)
{
	struct node n = node_of(S_IFDIR | 01777);
	struct stat st;

	(void)state;
	n.first = 4;
	n.count = 5;
	n.size = 4096;
	st = stat_of(&n);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_blocks, 0);
	assert_int_equal(st.st_rdev, 0);
	assert_int_equal(st.st_mode, S_IFDIR | 01777);
}

static void attr__devices_have_numbers_and_links_a_length(void **state)
{
	struct node device = node_of(S_IFBLK | 0660), link = node_of(S_IFLNK | 0777);

	(void)state;
	device.rdev_major = 259;
	device.rdev_minor = 300;
	assert_int_equal(stat_of(&device).st_rdev, makedev(259, 300));
	assert_int_equal(stat_of(&device).st_size, 0);
	link.size = 11;
	assert_int_equal(stat_of(&link).st_size, 11);
	assert_int_equal(stat_of(&link).st_blocks, 0);
}

static void attr__link_to_lower_is_empty_and_closed(void **state)
{
	struct node n = node_of(S_IFREG | 0644);
	struct stat st;

	(void)state;
	n.kind = ENTRY_LINK_LOWER;
	n.size = 6;
	n.link = "usr/b";
	st = stat_of(&n);
	assert_int_equal(st.st_mode, S_IFREG);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_blocks, 0);
	assert_int_equal(st.st_nlink, 2);
}

static void attr__fixed_things_are_read_only_and_free(void **state)
{
	struct attr_owner o = {1, 2, {3, 4}};
	struct stat dir, link, file;

	(void)state;
	attr_fixed(S_IFDIR, 9, 0, &o, &dir);
	attr_fixed(S_IFLNK, 9, 5, &o, &link);
	attr_fixed(S_IFREG, 9, 70, &o, &file);
	assert_int_equal(dir.st_mode, S_IFDIR | 0555);
	assert_int_equal(dir.st_nlink, 1);
	assert_int_equal(link.st_mode, S_IFLNK | 0777);
	assert_int_equal(link.st_size, 5);
	assert_int_equal(file.st_mode, S_IFREG | 0444);
	assert_int_equal(file.st_size, 70);
	assert_int_equal(file.st_blocks, 0);
	assert_int_equal(file.st_uid, 1);
	assert_int_equal(file.st_gid, 2);
	assert_int_equal(file.st_mtim.tv_sec, 3);
	assert_int_equal(file.st_mtim.tv_nsec, 4);
}

static void attr__entries_carry_timeouts(void **state)
{
	struct node n = node_of(S_IFREG | 0644);
	struct stat st = stat_of(&n);
	struct fuse_entry_param e;

	(void)state;
	attr_entry(&st, 1.0, 2.0, &e);
	assert_int_equal(e.ino, 42);
	assert_int_equal(e.attr.st_ino, 42);
	assert_true(e.entry_timeout == 1.0 && e.attr_timeout == 2.0);
	attr_negative(ATTR_FOREVER, &e);
	assert_int_equal(e.ino, 0);
	assert_true(e.entry_timeout == ATTR_FOREVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(attr__image_attributes_are_its_own),
	    cmocka_unit_test(attr__links_are_never_one),
	    cmocka_unit_test(attr__blocks_are_what_is_stored),
	    cmocka_unit_test(attr__directories_add_nothing),
	    cmocka_unit_test(attr__devices_have_numbers_and_links_a_length),
	    cmocka_unit_test(attr__link_to_lower_is_empty_and_closed),
	    cmocka_unit_test(attr__fixed_things_are_read_only_and_free),
	    cmocka_unit_test(attr__entries_carry_timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
