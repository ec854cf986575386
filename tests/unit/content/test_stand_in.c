/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "twins_fixture.h"

#include <stdio.h>
#include <unistd.h>

/* The big file whole, in pieces of odd length, whichever of its names is asked for. */
static void assert_reads(struct fixture *f, int64_t inode)
{
	const struct buf *want = &f->files[FILE_BIG].data;
	char piece[70001];
	size_t n;

	for (uint64_t off = 0; off < want->len; off += n) {
		assert_ok(
		    content_pread(f->content, inode, piece, sizeof(piece), off, &n, &f->err),
		    &f->err);
		assert_true(n > 0);
		assert_memory_equal(piece, want->ptr + off, n);
	}
	assert_ok(content_pread(f->content, inode, piece, 10, want->len, &n, &f->err), &f->err);
	assert_int_equal(n, 0);
}

static int read_error(struct fixture *f, int64_t inode)
{
	char c;
	size_t n;

	f->err = ERR_INIT;
	return content_pread(f->content, inode, &c, 1, 0, &n, &f->err);
}

static void stand_in__for_a_file_whose_archive_is_gone(void **state)
{
	struct fixture *f = *state;
	struct twins t;

	f->opts.from_twins = true;
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	twins_add(f, &t);
	assert_int_equal(unlink(f->archives[0].path), 0);
	fixture_open(f);
	assert_reads(f, f->files[FILE_BIG].inode);
	/* What has no twin stays lost, with the reason. */
	assert_int_equal(read_error(f, f->files[FILE_SMALL].inode), -ENOENT);
	assert_true(f->err.msg[0]);
}

/* Both ways: the twin that was indexed later is not better off. */
static void stand_in__of_the_first_for_a_later_one(void **state)
{
	struct fixture *f = *state;
	struct twins t;

	f->opts.from_twins = true;
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_GZIP, CODEC_NONE), true);
	twins_add(f, &t);
	assert_int_equal(unlink(t.path), 0);
	fixture_open(f);
	assert_reads(f, t.copy);
	/* Nearly equal is not equal. */
	assert_int_equal(read_error(f, t.near), -ENOENT);
}

static void stand_in__only_when_asked_for(void **state)
{
	struct fixture *f = *state;
	struct twins t;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	twins_add(f, &t);
	assert_int_equal(unlink(f->archives[0].path), 0);
	fixture_open(f);
	assert_int_equal(read_error(f, f->files[FILE_BIG].inode), -ENOENT);
}

/* Two places at first, then only the other one, then the first again. */
static void stand_in__follows_what_is_there(void **state)
{
	char aside[160];
	struct fixture *f = *state;
	struct twins t;

	f->opts.from_twins = true;
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	twins_add(f, &t);
	snprintf(aside, sizeof(aside), "%s.aside", f->archives[0].path);
	assert_int_equal(rename(f->archives[0].path, aside), 0);
	fixture_open(f);
	assert_reads(f, f->files[FILE_BIG].inode);
	assert_int_equal(rename(aside, f->archives[0].path), 0);
	fixture_adopt(f, 0);
	assert_int_equal(truncate(t.path, 100), 0);
	assert_reads(f, f->files[FILE_BIG].inode);
}

static void stand_in__damaged_bytes_are_not_served(void **state)
{
	struct fixture *f = *state;
	struct twins t;

	f->opts.from_twins = true;
	f->opts.verify_always = true;
	fixture_locate(f, fixture_damaged(f, "one.tar", CODEC_NONE), true);
	twins_add(f, &t);
	fixture_open(f);
	assert_reads(f, f->files[FILE_BIG].inode);
	assert_int_equal(read_error(f, f->files[FILE_SMALL].inode), -EIO);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
	    TEST(stand_in__for_a_file_whose_archive_is_gone),
	    TEST(stand_in__of_the_first_for_a_later_one),
	    TEST(stand_in__only_when_asked_for),
	    TEST(stand_in__follows_what_is_there),
	    TEST(stand_in__damaged_bytes_are_not_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
