/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "report/report.h"

/* As `docker images` prints (go-units HumanSize, three or four digits; here always three). */
static void format__sizes_as_docker_prints_them(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
	    {0, "0 B"},
	    {1, "1 B"},
	    {999, "999 B"},
	    {1000, "1.00 kB"},
	    {1234, "1.23 kB"},
	    {9994, "9.99 kB"},
	    {9996, "10.0 kB"},
	    {99949, "99.9 kB"},
	    {99960, "100 kB"},
	    {999499, "999 kB"},
	    {999500, "1.00 MB"},
	    {1980000, "1.98 MB"},
	    {1000000000, "1.00 GB"},
	    {UINT64_MAX, "18.4 EB"},
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(format_size(cases[i].bytes, out), cases[i].text);
}

/* What coreutils 9.1 `du -h --apparent-size` prints for a file of that size. */
static void format__sizes_as_du_prints_them(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
	    {0, "0"},
	    {1, "1"},
	    {1023, "1023"},
	    {1024, "1.0K"},
	    {1025, "1.1K"},
	    {10137, "9.9K"},
	    {10138, "10K"},
	    {10240, "10K"},
	    {10241, "11K"},
	    {1047552, "1023K"},
	    {1048576, "1.0M"},
	    {2006507, "2.0M"},
	    {1073741824, "1.0G"},
	    {1100585369600, "1.1T"},
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(format_size_du(cases[i].bytes, out), cases[i].text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(format__sizes_as_docker_prints_them),
	    cmocka_unit_test(format__sizes_as_du_prints_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
