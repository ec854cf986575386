/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "test.h"

#include <ctype.h>

/* "name=value|name|" and then what is left. */
static void check_flags(const char *text, const char *want)
{
	_cleanup_(dockerfile_flag_vec_release) struct dockerfile_flag_vec flags = {0};
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct bytes rest = bytes_from_str(text);
	struct arena arena = {0};

	assert_int_equal(dockerfile_split_flags(&rest, &arena, &flags), 0);
	vec_foreach (f, &flags) {
		buf_add_bytes(&out, f->name);
		if (f->value.ptr)
			buf_addf(&out, "=%.*s", (int)f->value.len, f->value.ptr);
		buf_add_char(&out, '|');
	}
	buf_add_bytes(&out, rest);
	assert_string_equal(buf_str(&out), want);
	arena_release(&arena);
}

static void check_words(const char *text, char escape, const char *want)
{
	_cleanup_(bytes_vec_release) struct bytes_vec words = {0};
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	assert_int_equal(dockerfile_split_words(bytes_from_str(text), escape, &words), 0);
	vec_foreach (w, &words) {
		buf_add_bytes(&out, *w);
		buf_add_char(&out, '|');
	}
	assert_string_equal(buf_str(&out), want);
}

static void check_unquoted(const char *text, char escape, const char *want)
{
	struct arena arena = {0};
	struct bytes got;

	assert_int_equal(dockerfile_unquote(bytes_from_str(text), escape, &arena, &got), 0);
	assert_bytes_equal_str(got, want);
	arena_release(&arena);
}

static void dockerfile_words__flags_are_the_leading_words_with_two_dashes(void **state)
{
	(void)state;
	check_flags("--a=b --c d --e=f", "a=b|c|d --e=f");
	check_flags("  --a= \t --b=c=d  x", "a=|b=c=d|x");
	check_flags("-a x", "-a x");
	check_flags("a --b", "a --b");
	check_flags("--a", "a|");
	check_flags("", "");
}

static void dockerfile_words__two_dashes_alone_end_the_flags(void **state)
{
	(void)state;
	check_flags("-- --a b", "--a b");
	check_flags("--a=1 -- --b c", "a=1|--b c");
	check_flags("--", "");
}

static void dockerfile_words__flags_lose_quotes_and_backslashes(void **state)
{
	(void)state;
	check_flags("--a=\"b c\" x", "a=b c|x");
	check_flags("--a='b \"c' x", "a=b \"c|x");
	check_flags("--a=b\\ c x", "a=b c|x");
	check_flags("--a=\"b\\\"c\" x", "a=b\"c|x");
	check_flags("--\"a\"=b x", "a=b|x");
	check_flags("--a=b\\", "a=b|");
	check_flags("--a=\"b c", "a=b c|");
}

static void dockerfile_words__white_space_divides_words(void **state)
{
	struct bytes rest = BYTES(" a\t\vb\f\r c"), word;

	(void)state;
	check_words(" a \t b\xc2\xa0"
		    "c ",
		    '\\', "a|b|c|");
	check_words("", '\\', "");
	for (const char *want = "abc"; *want; want++) {
		word = dockerfile_next_word(&rest);
		assert_int_equal(word.len, 1);
		assert_int_equal(word.ptr[0], *want);
	}
	assert_int_equal(dockerfile_next_word(&rest).len, 0);
}

static void dockerfile_words__quotes_and_escapes_keep_words_together(void **state)
{
	(void)state;
	check_words("a=\"b c\" d='e f'g h\\ i", '\\', "a=\"b c\"|d='e f'g|h\\ i|");
	check_words("\"a\\\" b\" c", '\\', "\"a\\\" b\"|c|");
	check_words("'a\\' b", '\\', "'a\\'|b|");
	check_words("\"\" ''", '\\', "\"\"|''|");
	check_words("a` b \\ c", '`', "a` b|\\|c|");
	check_words("\"a b", '\\', "\"a b|");
}

static void dockerfile_words__an_escape_at_the_end_is_dropped(void **state)
{
	(void)state;
	check_words("a b\\", '\\', "a|b|");
	check_words("a \\", '\\', "a|");
	check_words("a '\\", '\\', "a|'\\|");
}

static void dockerfile_words__quotes_are_removed(void **state)
{
	(void)state;
	check_unquoted("plain", '\\', "plain");
	check_unquoted("a\"b c\"'d e'f", '\\', "ab cd ef");
	check_unquoted("'a\\b$c'", '\\', "a\\b$c");
	check_unquoted("a\\ b\\\\c\\\"", '\\', "a b\\c\"");
	check_unquoted("\"a\\\"b\\$c\\d\\\\\"", '\\', "a\"b$c\\d\\");
	check_unquoted("\"it's\"", '\\', "it's");
	check_unquoted("C:\\a`b", '`', "C:\\ab");
	check_unquoted("$a${b}", '\\', "$a${b}");
	check_unquoted("a\\", '\\', "a");
	check_unquoted("''", '\\', "");
}

static void dockerfile_words__a_word_with_an_open_quote_stays(void **state)
{
	(void)state;
	check_unquoted("\"a\\b", '\\', "\"a\\b");
	check_unquoted("it's", '\\', "it's");
}

static void dockerfile_words__case_is_ascii_case(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_bytes_equal_str(dockerfile_to_case(BYTES("aB1\xc3\xa4"), toupper, &arena),
			       "AB1\xc3\xa4");
	assert_bytes_equal_str(dockerfile_to_case(BYTES("aB1\xc3\x84"), tolower, &arena),
			       "ab1\xc3\x84");
	assert_true(dockerfile_is(BYTES("cOpY"), "COPY"));
	assert_true(dockerfile_is(BYTES("SYNTAX"), "syntax"));
	assert_false(dockerfile_is(BYTES("COP"), "COPY"));
	assert_false(dockerfile_is(BYTES("COPZ"), "COPY"));
	arena_release(&arena);
}

static void dockerfile_words__trim_knows_the_white_space_of_unicode(void **state)
{
	static const char *const spaces[] = {" ",
					     "\t",
					     "\n",
					     "\v",
					     "\f",
					     "\r",
					     "\xc2\x85",
					     "\xc2\xa0",
					     "\xe1\x9a\x80",
					     "\xe2\x80\x80",
					     "\xe2\x80\x8a",
					     "\xe2\x80\xa8",
					     "\xe2\x80\xa9",
					     "\xe2\x80\xaf",
					     "\xe2\x81\x9f",
					     "\xe3\x80\x80"};
	static const char *const others[] = {"\xc2\xa1", "\xe2\x80\x8b", "\xa0", "\xff",
					     "\x1f"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		buf_addf(&b, "%sx%s", spaces[i], spaces[i]);
		assert_bytes_equal_str(dockerfile_trim(buf_bytes(&b)), "x");
		assert_int_equal(dockerfile_trim_left(bytes_from_str(spaces[i])).len, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_bytes_equal_str(dockerfile_trim(bytes_from_str(others[i])), others[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile_words__flags_are_the_leading_words_with_two_dashes),
	    cmocka_unit_test(dockerfile_words__two_dashes_alone_end_the_flags),
	    cmocka_unit_test(dockerfile_words__flags_lose_quotes_and_backslashes),
	    cmocka_unit_test(dockerfile_words__white_space_divides_words),
	    cmocka_unit_test(dockerfile_words__quotes_and_escapes_keep_words_together),
	    cmocka_unit_test(dockerfile_words__an_escape_at_the_end_is_dropped),
	    cmocka_unit_test(dockerfile_words__quotes_are_removed),
	    cmocka_unit_test(dockerfile_words__a_word_with_an_open_quote_stays),
	    cmocka_unit_test(dockerfile_words__case_is_ascii_case),
	    cmocka_unit_test(dockerfile_words__trim_knows_the_white_space_of_unicode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
