/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/finding.h"

#include <string.h>

static void finding__codes_there_and_back(void **state)
{
	(void)state;
	for (int f = 0; f < FINDING_COUNT; f++)
		assert_int_equal(finding_from_code(finding_code((enum finding)f)), f);
}

static void finding__codes_are_words(void **state)
{
	(void)state;
	for (int f = 0; f < FINDING_COUNT; f++) {
		const char *code = finding_code((enum finding)f);

		assert_true(strlen(code) > 3);
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-"),
				 strlen(code));
		assert_true(strlen(finding_text((enum finding)f)) > 8);
		for (int g = 0; g < f; g++)
			assert_string_not_equal(code, finding_code((enum finding)g));
	}
}

/* The codes are an interface: these are in people's scripts. */
static void finding__codes_stay(void **state)
{
	(void)state;
	assert_string_equal(finding_code(FINDING_PATH_ESCAPE), "path-escape");
	assert_string_equal(finding_code(FINDING_LINK_TARGET_LOWER), "link-target-lower");
	assert_string_equal(finding_code(FINDING_OPAQUE_ROOT), "opaque-root");
	assert_string_equal(finding_code(FINDING_MISSING_BLOB), "layer-absent");
}

static void finding__unknown_codes(void **state)
{
	(void)state;
	assert_int_equal(finding_from_code(""), FINDING_COUNT);
	assert_int_equal(finding_from_code("path-escap"), FINDING_COUNT);
	assert_int_equal(finding_from_code("path-escape "), FINDING_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finding__codes_there_and_back),
	    cmocka_unit_test(finding__codes_are_words),
	    cmocka_unit_test(finding__codes_stay),
	    cmocka_unit_test(finding__unknown_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
