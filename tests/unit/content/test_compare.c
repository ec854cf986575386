/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "twins_fixture.h"

#include <unistd.h>

static int compare(struct fixture *f, int64_t a, int64_t b, uint64_t *ret_at, int *ret_which)
{
	const int64_t pair[2] = {a, b};

	f->err = ERR_INIT;
	return content_compare(f->content, pair, f->files[FILE_BIG].data.len, ret_at, ret_which,
			       &f->err);
}

static void compare__to_the_last_byte(void **state)
{
	struct fixture *f = *state;
	uint64_t at = 0;
	struct twins t;
	int which;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_GZIP, CODEC_NONE), true);
	twins_add(f, &t);
	fixture_open(f);
	/* More than one piece, and no whole number of them. */
	assert_true(f->files[FILE_BIG].data.len > MIB(1));
	assert_int_equal(compare(f, f->files[FILE_BIG].inode, t.copy, &at, &which), 0);
	assert_int_equal(compare(f, f->files[FILE_BIG].inode, t.near, &at, &which), 1);
	assert_int_equal(at, f->files[FILE_BIG].data.len - 1);
	assert_int_equal(compare(f, t.near, t.copy, &at, &which), 1);
}

static void compare__says_which_cannot_be_read(void **state)
{
	struct fixture *f = *state;
	struct twins t;
	uint64_t at;
	int which = -1;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	twins_add(f, &t);
	assert_int_equal(unlink(t.path), 0);
	fixture_open(f);
	assert_int_equal(compare(f, f->files[FILE_BIG].inode, t.copy, &at, &which), -ENOENT);
	assert_int_equal(which, 1);
	assert_int_equal(compare(f, t.copy, f->files[FILE_BIG].inode, &at, &which), -ENOENT);
	assert_int_equal(which, 0);
	/* A file that is shorter than was said. */
	assert_int_equal(
	    compare(f, f->files[FILE_BIG].inode, f->files[FILE_SMALL].inode, &at, &which),
	    -EIO);
	assert_int_equal(which, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
	    TEST(compare__to_the_last_byte),
	    TEST(compare__says_which_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
