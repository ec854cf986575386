/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/escape.h"

#include <string.h>

static void text_is(struct bytes raw, const char *want)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT, back = BUF_INIT;

	assert_int_equal(escape_text(&out, raw), 0);
	assert_string_equal(buf_str(&out), want);
	assert_int_equal(unescape_text(&back, buf_bytes(&out)), 0);
	assert_true(bytes_equal(buf_bytes(&back), raw));
}

static void escape__printable_text_stays(void **state)
{
	(void)state;
	text_is(BYTES("usr/bin/a b~\"'%"), "usr/bin/a b~\"'%");
	text_is(BYTES("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3"),
		"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3");
	text_is(BYTES(""), "");
	text_is(BYTES_NULL, "");
}

static void escape__controls_and_backslash(void **state)
{
	(void)state;
	text_is(BYTES("a\tb\nc\\d"), "a\\tb\\nc\\\\d");
	text_is(BYTES("\0\x01\r\x1b[0m\x7f"), "\\x00\\x01\\x0d\\x1b[0m\\x7f");
	text_is(BYTES("\xc2\x80\xc2\x9f\xc2\xa0"), "\\xc2\\x80\\xc2\\x9f\xc2\xa0");
	text_is(BYTES("\\x41"), "\\\\x41");
}

/* Text that would be shown in another order than it is read. */
static void escape__bidi_controls_and_line_separators(void **state)
{
	(void)state;
	text_is(BYTES("\xe2\x80\x8e\xe2\x80\x8f"), "\\xe2\\x80\\x8e\\xe2\\x80\\x8f");
	text_is(BYTES("\xe2\x80\xaa\xe2\x80\xae"), "\\xe2\\x80\\xaa\\xe2\\x80\\xae");
	text_is(BYTES("\xe2\x81\xa6\xe2\x81\xa9"), "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
	text_is(BYTES("\xe2\x80\xa8\xe2\x80\xa9"), "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
	text_is(BYTES("\xe2\x80\xa7\xe2\x80\xaf"), "\xe2\x80\xa7\xe2\x80\xaf");
}

static void escape__what_is_no_utf8(void **state)
{
	(void)state;
	text_is(BYTES("\xff\xfe"), "\\xff\\xfe");
	text_is(BYTES("\x80"), "\\x80");
	text_is(BYTES("\xc3"), "\\xc3");
	text_is(BYTES("\xc3(\xe2\x82"), "\\xc3(\\xe2\\x82");
	text_is(BYTES("\xc0\xaf\xc1\xbf"), "\\xc0\\xaf\\xc1\\xbf"); /* overlong */
	text_is(BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");          /* overlong */
	text_is(BYTES("\xf0\x80\x80\xaf"), "\\xf0\\x80\\x80\\xaf"); /* overlong */
	text_is(BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80");          /* surrogate */
	text_is(BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
}

static void escape__sequences_have_their_length(void **state)
{
	uint32_t cp = 0;

	(void)state;
	assert_int_equal(utf8_sequence("", 0, &cp), 0);
	assert_int_equal(utf8_sequence("\0", 1, &cp), 1);
	assert_int_equal(cp, 0);
	assert_int_equal(utf8_sequence("\xc3\xa9", 2, &cp), 2);
	assert_int_equal(cp, 0xe9);
	assert_int_equal(utf8_sequence("\xc3\xa9", 1, &cp), 0);
	assert_int_equal(utf8_sequence("\xe2\x82\xacx", 4, &cp), 3);
	assert_int_equal(cp, 0x20ac);
	assert_int_equal(utf8_sequence("\xf4\x8f\xbf\xbf", 4, &cp), 4);
	assert_int_equal(cp, 0x10ffff);
	assert_int_equal(utf8_sequence("\xed\x9f\xbf", 3, &cp), 3);
	assert_int_equal(utf8_sequence("\xee\x80\x80", 3, &cp), 3);
}

static void escape__every_two_bytes_there_and_back(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++) {
		for (int b = 0; b < 256; b++) {
			char raw[2] = {(char)a, (char)b};
			_cleanup_(buf_release) struct buf out = BUF_INIT, back = BUF_INIT;

			assert_int_equal(escape_text(&out, bytes_make(raw, 2)), 0);
			assert_int_equal(unescape_text(&back, buf_bytes(&out)), 0);
			assert_int_equal(back.len, 2);
			assert_memory_equal(back.ptr, raw, 2);
		}
	}
}

static void unescape_refuses(struct bytes text)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	assert_int_equal(unescape_text(&out, text), -EINVAL);
	assert_int_equal(out.len, 0);
}

static void escape__unescape_takes_only_what_escape_wrote(void **state)
{
	(void)state;
	unescape_refuses(BYTES("\\"));
	unescape_refuses(BYTES("\\q"));
	unescape_refuses(BYTES("\\x"));
	unescape_refuses(BYTES("\\x0"));
	unescape_refuses(BYTES("\\x0g"));
	unescape_refuses(BYTES("\\xFF"));
	unescape_refuses(BYTES("\\x41"));
	unescape_refuses(BYTES("\\x0a"));
	unescape_refuses(BYTES("a\nb"));
	unescape_refuses(BYTES("\xff"));
	unescape_refuses(BYTES("\\xc3\\xa9"));
}

static void escape__appends_to_what_is_there(void **state)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_str(&out, "\t"), 0);
	assert_int_equal(escape_text(&out, BYTES("\t")), 0);
	assert_int_equal(unescape_text(&out, BYTES("\\t")), 0);
	assert_string_equal(buf_str(&out), "\t\\t\t");
}

/* ---- short ---- */

static void escape__short_text_that_fits_is_whole(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(escape_short(BYTES("1234567"), out, sizeof(out)), "1234567");
	assert_string_equal(escape_short(BYTES("\n\t1\n"), out, sizeof(out)), "\\n\\t1\\n");
	assert_string_equal(escape_short(BYTES_NULL, out, sizeof(out)), "");
}

static void escape__short_text_is_cut_between_escapes(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(escape_short(BYTES("12345678"), out, sizeof(out)), "1234...");
	assert_string_equal(escape_short(BYTES("123\n5678"), out, sizeof(out)), "123...");
	assert_string_equal(escape_short(BYTES("12\xff\xff"), out, sizeof(out)), "12...");
	assert_string_equal(escape_short(BYTES("123\xc3\xa9xyz"), out, sizeof(out)), "123...");
}

static void escape__short_text_never_overruns(void **state)
{
	char out[40], big[1000];

	(void)state;
	memset(big, 0xff, sizeof(big));
	for (size_t size = 1; size <= 32; size++) {
		memset(out, '#', sizeof(out));
		escape_short(bytes_make(big, sizeof(big)), out, size);
		assert_true(strlen(out) < size);
		assert_int_equal(out[size], '#');
	}
}

/* ---- JSON ---- */

static void json_is(struct bytes raw, const char *want)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	assert_int_equal(escape_json(&out, raw), 0);
	assert_string_equal(buf_str(&out), want);
}

static void escape__json_strings_are_valid_and_escaped_as_in_tsv(void **state)
{
	(void)state;
	json_is(BYTES("a\"b"), "\"a\\\"b\"");
	json_is(BYTES("a\nb\\c"), "\"a\\\\nb\\\\\\\\c\"");
	json_is(BYTES("\xff\0"), "\"\\\\xff\\\\x00\"");
	json_is(BYTES("caf\xc3\xa9"), "\"caf\xc3\xa9\"");
	json_is(BYTES(""), "\"\"");
}

static void escape__json_of_bytes_keeps_them(void **state)
{
	static const struct {
		struct bytes raw;
		const char *want;
	} cases[] = {
	    {BYTES("a\"b\\c"), "\"a\\\"b\\\\c\""},
	    {BYTES("\n\x1b\x7f"), "\"\\u000a\\u001b\\u007f\""},
	    {BYTES("\xc2\x9b\xe2\x80\xae"), "\"\\u009b\\u202e\""},
	    {BYTES("caf\xc3\xa9 \xf0\x9f\x98\x80"), "\"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
	    {BYTES("\xff\xed\xa0\x80\xc3"), "\"\xff\xed\xa0\x80\xc3\""},
	    {BYTES(""), "\"\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(buf_release) struct buf out = BUF_INIT;

		assert_int_equal(escape_json_bytes(&out, cases[i].raw), 0);
		assert_string_equal(buf_str(&out), cases[i].want);
	}
}

/* ---- components ---- */

static void component_is(struct bytes raw, const char *want)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	assert_int_equal(escape_component(&out, raw), 0);
	assert_string_equal(buf_str(&out), want);
}

static void escape__a_component_stays_in_its_directory(void **state)
{
	(void)state;
	component_is(BYTES("."), "%2E");
	component_is(BYTES(".."), "%2E%2E");
	component_is(BYTES("..."), "...");
	component_is(BYTES(""), "_");
	component_is(BYTES("../x"), "..%2Fx");
	component_is(BYTES("a\0b"), "a%00b");
}

static void escape__a_component_is_printable_utf8(void **state)
{
	(void)state;
	component_is(BYTES("a\nb\x7f"), "a%0Ab%7F");
	component_is(BYTES("\xff\xc3"), "%FF%C3");
	component_is(BYTES("caf\xc3\xa9:1 \\"), "caf\xc3\xa9:1 \\");
	component_is(BYTES("\xe2\x80\xae"), "%E2%80%AE");
	component_is(BYTES("100%"), "100%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(escape__printable_text_stays),
	    cmocka_unit_test(escape__controls_and_backslash),
	    cmocka_unit_test(escape__bidi_controls_and_line_separators),
	    cmocka_unit_test(escape__what_is_no_utf8),
	    cmocka_unit_test(escape__sequences_have_their_length),
	    cmocka_unit_test(escape__every_two_bytes_there_and_back),
	    cmocka_unit_test(escape__unescape_takes_only_what_escape_wrote),
	    cmocka_unit_test(escape__appends_to_what_is_there),
	    cmocka_unit_test(escape__short_text_that_fits_is_whole),
	    cmocka_unit_test(escape__short_text_is_cut_between_escapes),
	    cmocka_unit_test(escape__short_text_never_overruns),
	    cmocka_unit_test(escape__json_strings_are_valid_and_escaped_as_in_tsv),
	    cmocka_unit_test(escape__json_of_bytes_keeps_them),
	    cmocka_unit_test(escape__a_component_stays_in_its_directory),
	    cmocka_unit_test(escape__a_component_is_printable_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
