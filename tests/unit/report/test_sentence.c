/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

#include "report/sentence.h"

#include <stdio.h>

static void assert_lines(const char *text, const char *want)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	sentence_add(&out, bytes_from_str(text));
	assert_int_equal(buf_status(&out), 0);
	assert_string_equal(buf_str(&out), want);
}

#define TEN "123456789 "

static void sentence__breaks_between_words_at_80_columns(void **state)
{
	(void)state;
	assert_lines("a b", "a b\n");
	assert_lines("", "\n");
	/* 79 columns and one more; 80; 81. */
	assert_lines(TEN TEN TEN TEN TEN TEN TEN "123456789",
		     TEN TEN TEN TEN TEN TEN TEN "123456789\n");
	assert_lines(TEN TEN TEN TEN TEN TEN TEN "1234567890",
		     TEN TEN TEN TEN TEN TEN TEN "1234567890\n");
	assert_lines(TEN TEN TEN TEN TEN TEN TEN "12345678901",
		     "123456789 123456789 123456789 123456789 123456789 123456789 123456789\n"
		     "12345678901\n");
}

static void sentence__keeps_long_words_whole(void **state)
{
	char word[201], want[220];

	(void)state;
	memset(word, 'w', 200);
	word[200] = 0;
	snprintf(want, sizeof(want), "%s\n", word);
	assert_lines(word, want);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sentence__breaks_between_words_at_80_columns),
	    cmocka_unit_test(sentence__keeps_long_words_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
