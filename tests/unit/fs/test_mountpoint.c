/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fs/mountpoint.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char dir[] = "/tmp/stagefs-unit.XXXXXX";
static char path[128];

static int setup(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/mnt", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rmdir(path);
	unlink(path);
	return rmdir(dir);
}

static void mountpoint__missing_directory_is_made(void **state)
{
	struct err err = ERR_INIT;
	bool created = false, missing = false;
	struct stat st;

	(void)state;
	assert_ok(mountpoint_check(path, &missing, &err), &err);
	assert_true(missing);
	assert_int_equal(stat(path, &st), -1);
	assert_ok(mountpoint_prepare(path, &created, &err), &err);
	assert_true(created);
	assert_int_equal(stat(path, &st), 0);
	assert_ok(mountpoint_prepare(path, &created, &err), &err);
	assert_false(created);
}

static void mountpoint__file_is_refused(void **state)
{
	struct err err = ERR_INIT;
	bool created;
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mountpoint_prepare(path, &created, &err), -ENOTDIR);
	assert_non_null(strstr(err.msg, path));
}

static void mountpoint__missing_parent_is_refused(void **state)
{
	char *resolved = NULL, deep[160];
	struct err err = ERR_INIT;

	(void)state;
	snprintf(deep, sizeof(deep), "%s/a/b", dir);
	assert_int_equal(mountpoint_resolve(deep, &resolved, &err), -ENOENT);
	assert_null(resolved);
}

static void mountpoint__resolves_what_is_not_there_yet(void **state)
{
	_cleanup_free_ char *a = NULL, *b = NULL, *c = NULL;
	struct err err = ERR_INIT;
	char odd[160];

	(void)state;
	snprintf(odd, sizeof(odd), "%s/./mnt//", dir);
	assert_ok(mountpoint_resolve(odd, &a, &err), &err);
	assert_string_equal(a, path);
	assert_int_equal(chdir(dir), 0);
	assert_ok(mountpoint_resolve("mnt", &b, &err), &err);
	assert_string_equal(b, path);
	assert_int_equal(chdir("/"), 0);
	assert_ok(mountpoint_resolve("/stagefs-not-there", &c, &err), &err);
	assert_string_equal(c, "/stagefs-not-there");
}

static void mountpoint__state_of_what_is_not_mounted(void **state)
{
	enum mountpoint_state s;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(mountpoint_state(path, &s, &err), &err);
	assert_int_equal(s, MOUNTPOINT_MISSING);
	assert_ok(mountpoint_state(dir, &s, &err), &err);
	assert_int_equal(s, MOUNTPOINT_FREE);
	/* A mount, but not of stagefs. */
	assert_ok(mountpoint_state("/proc", &s, &err), &err);
	assert_int_equal(s, MOUNTPOINT_FREE);
}

static void mountpoint__unmounting_nothing_fails(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_true(mountpoint_unmount(dir, false, &err) < 0);
	assert_int_not_equal(err.msg[0], 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(mountpoint__missing_directory_is_made),
	    TEST(mountpoint__file_is_refused),
	    TEST(mountpoint__missing_parent_is_refused),
	    TEST(mountpoint__resolves_what_is_not_there_yet),
	    TEST(mountpoint__state_of_what_is_not_mounted),
	    TEST(mountpoint__unmounting_nothing_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
