/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/log.h"

#include <string.h>

static char seen[4096];
static unsigned lines;

static void keep(const char *line)
{
	lines++;
	assert_true(strlen(line) < sizeof(seen));
	strcpy(seen, line);
}

static void log__without_a_sink_lines_are_dropped(void **state)
{
	(void)state;
	lines = 0;
	log_set_sink(NULL);
	log_line("nobody %s", "listens");
	assert_int_equal(lines, 0);
}

static void log__one_call_one_line(void **state)
{
	(void)state;
	lines = 0;
	log_set_sink(keep);
	log_line("%s: changed while mounted", "a.tar");
	log_set_sink(NULL);
	assert_int_equal(lines, 1);
	assert_string_equal(seen, "a.tar: changed while mounted");
}

static void log__long_lines_are_cut(void **state)
{
	char big[5000];

	(void)state;
	memset(big, 'l', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	log_set_sink(keep);
	log_line("%s", big);
	log_set_sink(NULL);
	assert_in_range(strlen(seen), 1024, 1199);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(log__without_a_sink_lines_are_dropped),
	    cmocka_unit_test(log__one_call_one_line),
	    cmocka_unit_test(log__long_lines_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
