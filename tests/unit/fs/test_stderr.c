/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fs/stderr.h"

#include <string.h>
#include <sys/stat.h>

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		(void)errno;
}

static struct stat stat_stderr(void)
{
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	return st;
}

static void stderr__keeps_the_last_line_and_restores(void **state)
{
	_cleanup_(stderr_capture_end) struct stderr_capture c = STDERR_CAPTURE_INIT;
	struct stat before = stat_stderr(), after;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(stderr_capture_begin(&c, &err), &err);
	say("first\nfuse: it \033[31mfailed\n");
	assert_string_equal(stderr_capture_text(&c), "fuse: it \\x1b[31mfailed");
	after = stat_stderr();
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_dev, after.st_dev);
	assert_string_equal(stderr_capture_text(&c), "fuse: it \\x1b[31mfailed");
}

static void stderr__nothing_said_is_empty(void **state)
{
	_cleanup_(stderr_capture_end) struct stderr_capture c = STDERR_CAPTURE_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(stderr_capture_begin(&c, &err), &err);
	assert_string_equal(stderr_capture_text(&c), "");
}

static void stderr__end_without_text_restores(void **state)
{
	struct stderr_capture c = STDERR_CAPTURE_INIT;
	struct stat before = stat_stderr(), after;
	struct err err = ERR_INIT;

	(void)state;
	stderr_capture_end(&c);
	assert_ok(stderr_capture_begin(&c, &err), &err);
	stderr_capture_end(&c);
	stderr_capture_end(&c);
	after = stat_stderr();
	assert_int_equal(before.st_ino, after.st_ino);
}

/* More than a pipe holds must not hang the writer. */
static void stderr__flood_does_not_hang(void **state)
{
	_cleanup_(stderr_capture_end) struct stderr_capture c = STDERR_CAPTURE_INIT;
	struct err err = ERR_INIT;
	char line[1024];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = 0;
	assert_ok(stderr_capture_begin(&c, &err), &err);
	for (int i = 0; i < 200; i++)
		say(line);
	assert_true(strlen(stderr_capture_text(&c)) > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stderr__keeps_the_last_line_and_restores),
	    cmocka_unit_test(stderr__nothing_said_is_empty),
	    cmocka_unit_test(stderr__end_without_text_restores),
	    cmocka_unit_test(stderr__flood_does_not_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
