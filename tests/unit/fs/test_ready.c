/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fs/ready.h"

#include <string.h>
#include <sys/wait.h>

/* What the waiting side gets when the other runs tell() in a child. */
static int wait_for(void (*tell)(struct ready *r), struct err *err)
{
	_cleanup_(ready_release) struct ready r = READY_INIT;
	pid_t pid;
	int got;

	assert_ok(ready_init(&r, err), err);
	pid = fork();
	if (pid == 0) {
		tell(&r);
		_exit(0);
	}
	got = ready_wait(&r, err);
	waitpid(pid, NULL, 0);
	return got;
}

static void say_ready(struct ready *r)
{
	struct err late = ERR_INIT;

	ready_tell(r, 0, NULL);
	err_set(&late, EIO, "after the fact");
	ready_tell(r, -EIO, &late);
}

static void say_why_not(struct ready *r)
{
	struct err err = ERR_INIT;

	ready_tell(r, err_set(&err, EACCES, "no entry (ask)"), &err);
}

static void say_nothing(struct ready *r)
{
	(void)r;
}

static void ready__first_message_counts(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(wait_for(say_ready, &err), 0);
}

static void ready__failure_comes_with_its_message(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(wait_for(say_why_not, &err), -EACCES);
	assert_string_equal(err.msg, "no entry (ask)");
}

static void ready__death_is_noticed(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(wait_for(say_nothing, &err), -EIO);
	assert_non_null(strstr(err.msg, "before it was ready"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ready__first_message_counts),
	    cmocka_unit_test(ready__failure_comes_with_its_message),
	    cmocka_unit_test(ready__death_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
