/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include "fs/mount.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Mounting itself needs the kernel: tests/mount. */

static void mount__no_index_no_mount_point(void **state)
{
	struct fixture *f = *state;
	struct mount_opts opts = {.db_path = "/nonexistent/index.db"};
	struct err err = ERR_INIT;
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/mnt", f->dir);
	assert_int_equal(mount_run(&opts, path, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nonexistent/index.db"));
	assert_int_equal(stat(path, &st), -1);
}

/* Found out in the background process, told in this one. */
static void mount__background_failures_come_back(void **state)
{
	struct fixture *f = *state;
	struct mount_opts opts = {.db_path = f->db_path};
	struct err err = ERR_INIT;

	assert_int_equal(mount_run(&opts, f->archive_path, &err), -ENOTDIR);
	assert_non_null(strstr(err.msg, f->archive_path));
}

static void mount__failed_mount_leaves_no_directory(void **state)
{
	struct fixture *f = *state;
	struct mount_opts opts = {.db_path = f->archive_path};
	struct err err = ERR_INIT;
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/mnt", f->dir);
	assert_true(mount_run(&opts, path, &err) < 0);
	assert_int_equal(stat(path, &st), -1);
}

static void mount__check_makes_nothing(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/mnt", f->dir);
	assert_ok(mount_check(path, &err), &err);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(mount_check(f->archive_path, &err), -ENOTDIR);
}

static void mount__umount_of_nothing(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	assert_int_equal(mount_umount(f->dir, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "not mounted"));
	assert_int_equal(mount_umount("/nonexistent/a", &err), -ENOENT);
	assert_int_equal(mount_umount("/proc", &err), -EINVAL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(mount__no_index_no_mount_point),
	    TEST(mount__background_failures_come_back),
	    TEST(mount__failed_mount_leaves_no_directory),
	    TEST(mount__check_makes_nothing),
	    TEST(mount__umount_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
