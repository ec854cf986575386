/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/spool.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char dir[] = "/tmp/stagefs-spool-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int spool_text(const char *text, char **ret_path, int *ret_fd)
{
	struct err err = ERR_INIT;
	char sub[64];
	int fds[2], r;

	snprintf(sub, sizeof(sub), "%s/deep/spool", dir);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	r = spool_stream(fds[0], sub, ret_path, ret_fd, &err);
	close(fds[0]);
	assert_ok(r, &err);
	return r;
}

static void spool__names_the_copy_by_its_content(void **state)
{
	_cleanup_free_ char *first = NULL, *again = NULL, *other = NULL;
	char got[8] = "";
	int fd;

	(void)state;
	assert_int_equal(spool_text("abc", &first, &fd), 1);
	assert_non_null(strstr(first, "/deep/spool/ba7816bf8f01cfea414140de5dae2223.tar"));
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_string_equal(got, "abc");
	close(fd);
	assert_int_equal(spool_text("abc", &again, &fd), 0);
	assert_string_equal(first, again);
	close(fd);
	assert_int_equal(spool_text("abd", &other, &fd), 1);
	assert_string_not_equal(first, other);
	close(fd);
}

static void spool__is_private(void **state)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;
	int fd;

	(void)state;
	spool_text("secret", &path, &fd);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0077, 0);
	close(fd);
}

static void spool__says_what_it_cannot_write(void **state)
{
	struct err err = ERR_INIT;
	char *path = NULL;
	int fd;

	(void)state;
	assert_true(spool_stream(0, "/dev/null/x", &path, &fd, &err) < 0);
	assert_non_null(strstr(err.msg, "/dev/null/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spool__names_the_copy_by_its_content),
	    cmocka_unit_test(spool__is_private),
	    cmocka_unit_test(spool__says_what_it_cannot_write),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
