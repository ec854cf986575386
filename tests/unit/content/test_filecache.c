/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "content/filecache.h"

#include <sys/stat.h>

#define INODE ENTRY_ID(3, 7)

static struct entry_row regular(uint64_t size, uint64_t stored, int64_t data)
{
	return (struct entry_row){
	    .id = INODE, .mode = S_IFREG | 0644, .size = size, .stored = stored, .data = data};
}

#define N8(n)                     n "\0\0\0\0\0\0"
#define MAP(off, len, off2, len2) N8(off) N8(len) N8(off2) N8(len2)

static void filecache__row_of_a_plain_file(void **state)
{
	_cleanup_(file_release) struct file f = {0};
	struct entry_row row = regular(1000, 1000, 512);
	struct err err = ERR_INIT;
	char sha[32];

	(void)state;
	memset(sha, 'x', 32);
	row.sha256 = bytes_make(sha, 32);
	assert_ok(file_from_row(&row, &f, &err), &err);
	assert_int_equal(f.inode, INODE);
	assert_int_equal(f.size, 1000);
	assert_int_equal(f.data, 512);
	assert_true(f.hashed);
	assert_memory_equal(f.sha256, sha, 32);
	assert_null(f.regions);
	assert_int_equal(f.verified_by, 0);
}

static void filecache__row_of_an_empty_file(void **state)
{
	_cleanup_(file_release) struct file f = {0};
	struct entry_row row = regular(0, 0, -1);
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(file_from_row(&row, &f, &err), &err);
	assert_int_equal(f.size, 0);
	assert_false(f.hashed);
	assert_null(f.regions);
}

/* Regions stand one after the other in the tar. */
static void filecache__row_of_a_sparse_file(void **state)
{
	_cleanup_(file_release) struct file f = {0};
	struct entry_row row = regular(65536, 768, 1024);
	struct err err = ERR_INIT;

	(void)state;
	row.sparse = BYTES(MAP("\0\1", "\0\2", "\0\x80", "\0\1"));
	assert_ok(file_from_row(&row, &f, &err), &err);
	assert_int_equal(f.n_regions, 2);
	assert_int_equal(f.regions[0].off, 0x100);
	assert_int_equal(f.regions[0].len, 0x200);
	assert_int_equal(f.regions[0].at, 1024);
	assert_int_equal(f.regions[1].off, 0x8000);
	assert_int_equal(f.regions[1].len, 0x100);
	assert_int_equal(f.regions[1].at, 1024 + 0x200);
}

static void filecache__row_of_one_hole(void **state)
{
	_cleanup_(file_release) struct file f = {0};
	struct entry_row row = regular(65536, 0, -1);
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(file_from_row(&row, &f, &err), &err);
	assert_int_equal(f.n_regions, 0);
	assert_non_null(f.regions); /* a file with holes, that is */
}

static void filecache__damaged_maps_are_refused(void **state)
{
	static const struct bytes bad[] = {
	    BYTES(MAP("\0\1", "\0\2", "\0\x80", "\1\x80")), /* one byte over the end */
	    BYTES(MAP("\1\0", "\0\2", "\0\0", "\0\0") "\377\377\377\377\377\377\377\377"
						      "\1\0\0\0\0\0\0\0"),
	    BYTES("\0\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377"),
	};
	struct entry_row row = regular(65536, 768, 1024);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;
		struct file f;

		row.sparse = bad[i];
		assert_int_equal(file_from_row(&row, &f, &err), -EBADMSG);
		assert_null(f.regions);
		assert_non_null(strstr(err.msg, "sparse"));
	}
}

static void filecache__only_regular_files(void **state)
{
	static const uint32_t modes[] = {S_IFDIR, S_IFLNK, S_IFCHR, S_IFIFO, 0};
	struct entry_row row = regular(10, 10, 512);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct file f;

		row.mode = modes[i] | 0644;
		assert_int_equal(file_from_row(&row, &f, NULL), -EINVAL);
	}
}

static void filecache__gives_copies(void **state)
{
	struct region regions[] = {{0, 5, 512}, {10, 5, 517}};
	struct file f = {.inode = INODE, .size = 20, .regions = regions, .n_regions = 2};
	struct file one = {0}, two = {0};
	struct filecache *c;

	(void)state;
	assert_int_equal(filecache_new(&c), 0);
	assert_false(filecache_has(c, INODE));
	assert_int_equal(filecache_get(c, INODE, &one), 0);
	filecache_put(c, &f);
	memset(regions, 0, sizeof(regions));
	assert_true(filecache_has(c, INODE));
	assert_int_equal(filecache_get(c, INODE, &one), 1);
	assert_int_equal(filecache_get(c, INODE, &two), 1);
	one.regions[1].off = 99;
	assert_int_equal(two.regions[1].off, 10);
	assert_int_equal(two.regions[1].at, 517);
	file_release(&one);
	file_release(&two);
	assert_null(one.regions);
	f.size = 21; /* the same again: the newer one counts */
	filecache_put(c, &f);
	assert_int_equal(filecache_get(c, INODE, &one), 1);
	assert_int_equal(one.size, 21);
	file_release(&one);
	filecache_free(c);
}

/* Many files of many layers: what is given is always the right one, and most are there. */
static void filecache__never_gives_another_file(void **state)
{
	struct filecache *c;
	size_t there = 0;

	(void)state;
	assert_int_equal(filecache_new(&c), 0);
	for (int64_t i = 0; i < 20000; i++) {
		const struct file f = {.inode = ENTRY_ID(i % 5 + 1, i / 5),
				       .size = (uint64_t)i};

		filecache_put(c, &f);
	}
	for (int64_t i = 0; i < 20000; i++) {
		struct file f = {0};

		if (filecache_get(c, ENTRY_ID(i % 5 + 1, i / 5), &f) > 0) {
			assert_int_equal(f.size, i);
			there++;
		}
	}
	assert_true(there > 2000);
	filecache_free(c);
	filecache_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(filecache__row_of_a_plain_file),
	    cmocka_unit_test(filecache__row_of_an_empty_file),
	    cmocka_unit_test(filecache__row_of_a_sparse_file),
	    cmocka_unit_test(filecache__row_of_one_hole),
	    cmocka_unit_test(filecache__damaged_maps_are_refused),
	    cmocka_unit_test(filecache__only_regular_files),
	    cmocka_unit_test(filecache__gives_copies),
	    cmocka_unit_test(filecache__never_gives_another_file),
	};

	return cmocka_run_group_tests_name("content/filecache", tests, NULL, NULL);
}
