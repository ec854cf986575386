/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/process.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

static int say_hello(void *arg, int fd)
{
	return write(fd, arg, strlen(arg)) < 0;
}

static void process__reads_what_the_child_writes(void **state)
{
	_cleanup_(process_release) struct process p = PROCESS_INIT;
	char hello[] = "hello", got[16] = "";
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(process_start(NULL, 0, say_hello, hello, &p, &err), &err);
	assert_int_equal(read(p.fd, got, sizeof(got)), 5);
	assert_string_equal(got, "hello");
	assert_int_equal(read(p.fd, got, sizeof(got)), 0);
	assert_ok(process_wait(&p, &err), &err);
}

static int crash(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return 0;
}

static int fail_with_three(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	return 3;
}

static void process__says_how_the_child_died(void **state)
{
	_cleanup_(process_release) struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(process_start(NULL, 0, crash, NULL, &p, &err), &err);
	assert_int_equal(process_wait(&p, &err), -EIO);
	assert_non_null(strstr(err.msg, "the parser process died (signal 11)"));
	process_release(&p);
	err = ERR_INIT;
	assert_ok(process_start(NULL, 0, fail_with_three, NULL, &p, &err), &err);
	assert_int_equal(process_wait(&p, &err), -EIO);
	assert_non_null(strstr(err.msg, "status 3"));
}

/* Tells one letter per descriptor 3..63: open or closed. */
static int list_descriptors(void *arg, int fd)
{
	char list[64];

	(void)arg;
	for (int i = 0; i < 64; i++)
		list[i] = i != fd && fcntl(i, F_GETFD) >= 0 ? 'o' : '-';
	return write(fd, list, sizeof(list)) != sizeof(list);
}

static void process__keeps_only_the_named_descriptors(void **state)
{
	_cleanup_(process_release) struct process p = PROCESS_INIT;
	int kept = open("/dev/null", O_RDONLY), lost = open("/dev/null", O_RDONLY);
	int keep[] = {-1, kept};
	struct err err = ERR_INIT;
	char list[64];

	(void)state;
	assert_true(kept > 2 && lost < 64);
	assert_ok(process_start(keep, 2, list_descriptors, NULL, &p, &err), &err);
	assert_int_equal(read(p.fd, list, sizeof(list)), sizeof(list));
	for (int i = 3; i < 64; i++)
		assert_int_equal(list[i], i == kept ? 'o' : '-');
	assert_ok(process_wait(&p, &err), &err);
	close(kept);
	close(lost);
}

static int burn(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	process_limit_cpu(1);
	for (volatile uint64_t i = 0; i < UINT64_MAX; i++)
		;
	return 0;
}

static void process__stops_a_layer_that_takes_too_much_cpu(void **state)
{
	_cleanup_(process_release) struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(process_start(NULL, 0, burn, NULL, &p, &err), &err);
	assert_int_equal(process_wait(&p, &err), -EIO);
	assert_non_null(strstr(err.msg, "limit cpu-seconds"));
}

static int wait_forever(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	return pause();
}

static void process__release_kills_and_reaps(void **state)
{
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	pid_t pid;

	(void)state;
	assert_ok(process_start(NULL, 0, wait_forever, NULL, &p, &err), &err);
	pid = p.pid;
	process_release(&p);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(process__reads_what_the_child_writes),
	    cmocka_unit_test(process__says_how_the_child_died),
	    cmocka_unit_test(process__keeps_only_the_named_descriptors),
	    cmocka_unit_test(process__stops_a_layer_that_takes_too_much_cpu),
	    cmocka_unit_test(process__release_kills_and_reaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
