/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

#include "fs/serve.h"

#include <string.h>

/* Serving itself needs the kernel: tests/mount. */

static void serve__opens_and_lets_go_of_an_index(void **state)
{
	struct fixture *f = *state;
	struct mount_opts opts = {.db_path = f->db_path};
	struct server *s;
	struct err err = ERR_INIT;

	assert_ok(server_new(&opts, &s, &err), &err);
	server_free(s);
}

static void serve__refuses_what_is_no_index(void **state)
{
	struct fixture *f = *state;
	struct mount_opts opts = {.db_path = f->archive_path};
	struct server *s = NULL;
	struct err err = ERR_INIT;

	assert_true(server_new(&opts, &s, &err) < 0);
	assert_null(s);
	assert_non_null(strstr(err.msg, "archive.tar"));
}

static void serve__failed_mount_says_why(void **state)
{
	struct fixture *f = *state;
	struct mount_opts opts = {.db_path = f->db_path};
	_cleanup_(server_freep) struct server *s = NULL;
	struct err err = ERR_INIT;

	assert_ok(server_new(&opts, &s, &err), &err);
	assert_true(server_mount(s, "/nonexistent/mnt", &err) < 0);
	assert_non_null(strstr(err.msg, "/nonexistent/mnt: cannot mount"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(serve__opens_and_lets_go_of_an_index),
	    TEST(serve__refuses_what_is_no_index),
	    TEST(serve__failed_mount_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
