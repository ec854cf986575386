/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "store/builds.h"

/* The words that schema.sql lists. */
static void evidence__words_of_the_schema(void **state)
{
	static const char *const words[] = {
	    [EVIDENCE_USER] = "user",
	    [EVIDENCE_LABEL] = "label",
	    [EVIDENCE_PROVENANCE] = "provenance",
	    [EVIDENCE_CACHE] = "cache",
	    [EVIDENCE_CHAIN] = "chain",
	    [EVIDENCE_DOCKERFILE] = "dockerfile",
	    [EVIDENCE_HISTORY] = "history",
	    [EVIDENCE_TAG] = "tag",
	    [EVIDENCE_CONTENT] = "content",
	    [EVIDENCE_DEFAULT] = "default",
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(words), EVIDENCE_MAX);
	for (int e = EVIDENCE_NONE + 1; e < EVIDENCE_MAX; e++) {
		assert_string_equal(evidence_name((enum evidence)e), words[e]);
		assert_int_equal(evidence_parse(words[e]), e);
	}
}

static void evidence__none_has_no_word(void **state)
{
	(void)state;
	assert_null(evidence_name(EVIDENCE_NONE));
	assert_null(evidence_name(EVIDENCE_MAX));
}

static void evidence__other_words_are_none(void **state)
{
	static const char *const others[] = {NULL, "", "User", "users", "use", " user", "none"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(evidence_parse(others[i]), EVIDENCE_NONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(evidence__words_of_the_schema),
	    cmocka_unit_test(evidence__none_has_no_word),
	    cmocka_unit_test(evidence__other_words_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
