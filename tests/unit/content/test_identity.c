/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "content/identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

struct fixture {
	char path[64];
	int fd;
	struct archive_row row;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/stagefs-identity-XXXXXX");
	f->fd = mkstemp(f->path);
	f->row.path = f->path;
	*state = f;
	return f->fd < 0 || write(f->fd, "12345", 5) != 5 || identity_take(f->fd, &f->row) < 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->fd);
	unlink(f->path);
	free(f);
	return 0;
}

static void assert_both(struct fixture *f, int want)
{
	assert_int_equal(identity_of_fd(f->fd, &f->row), want);
	assert_int_equal(identity_of_path(&f->row), want);
}

static void identity__of_an_untouched_file(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(fstat(f->fd, &st), 0);
	assert_int_equal(f->row.size, 5);
	assert_int_equal(f->row.ino, st.st_ino);
	assert_int_equal(f->row.dev, st.st_dev);
	assert_int_equal(f->row.mtime_ns / 1000000000, st.st_mtim.tv_sec);
	assert_int_equal(f->row.ctime_ns % 1000000000, st.st_ctim.tv_nsec);
	assert_both(f, IDENTITY_SAME);
}

static void identity__ctime_alone_is_a_touch(void **state)
{
	struct fixture *f = *state;

	f->row.ctime_ns--;
	assert_both(f, IDENTITY_TOUCHED);
	f->row.ctime_ns += 2;
	assert_both(f, IDENTITY_TOUCHED);
}

static void identity__each_of_the_others_is_a_change(void **state)
{
	struct fixture *f = *state;
	const struct archive_row good = f->row;

	f->row.mtime_ns++;
	assert_both(f, IDENTITY_CHANGED);
	f->row = good;
	f->row.size++;
	assert_both(f, IDENTITY_CHANGED);
	f->row = good;
	f->row.ino++;
	assert_both(f, IDENTITY_CHANGED);
	f->row = good;
	f->row.dev++;
	assert_both(f, IDENTITY_CHANGED);
	f->row = good;
	assert_both(f, IDENTITY_SAME);
}

static void identity__of_a_file_that_grew_or_was_set_back(void **state)
{
	const struct timespec old[2] = {{0, UTIME_OMIT}, {1000000000, 5}};
	struct fixture *f = *state;

	assert_int_equal(futimens(f->fd, old), 0);
	assert_both(f, IDENTITY_CHANGED);
	assert_int_equal(identity_take(f->fd, &f->row), 0);
	assert_int_equal(f->row.mtime_ns, 1000000000000000005);
	assert_both(f, IDENTITY_SAME);
	assert_int_equal(ftruncate(f->fd, 4), 0);
	assert_both(f, IDENTITY_CHANGED);
}

static void identity__of_what_is_gone_or_no_file(void **state)
{
	struct fixture *f = *state;
	int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct archive_row row;

	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(identity_of_path(&f->row), -ENOENT);
	assert_int_equal(identity_take(dir, &row), 0);
	assert_int_equal(identity_of_fd(dir, &row), IDENTITY_CHANGED);
	close(dir);
	assert_int_equal(identity_of_fd(-1, &f->row), -EBADF);
	assert_int_equal(identity_take(-1, &f->row), -EBADF);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(identity__of_an_untouched_file),
	    T(identity__ctime_alone_is_a_touch),
	    T(identity__each_of_the_others_is_a_change),
	    T(identity__of_a_file_that_grew_or_was_set_back),
	    T(identity__of_what_is_gone_or_no_file),
	};

	return cmocka_run_group_tests_name("content/identity", tests, NULL, NULL);
}
