/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/buf.h"
#include "util/json.h"

#include <string.h>

static json_t *parse(const char *text)
{
	struct err err = ERR_INIT;
	json_t *j = NULL;

	assert_ok(json_parse(bytes_from_str(text), &j, &err), &err);
	return j;
}

static void refused(struct bytes text, int code, const char *why)
{
	struct err err = ERR_INIT;
	json_t *j = NULL;

	assert_int_equal(json_parse(text, &j, &err), -code);
	assert_null(j);
	if (!strstr(err.msg, why))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, why);
}

static void json__any_value_is_a_document(void **state)
{
	(void)state;
	json_decref(parse("{}"));
	json_decref(parse(" [1, \"a\", null] \n"));
	json_decref(parse("17"));
	json_decref(parse("null"));
}

static void json__one_value_and_nothing_behind(void **state)
{
	(void)state;
	refused(BYTES(""), EBADMSG, "not valid JSON");
	refused(BYTES_NULL, EBADMSG, "not valid JSON");
	refused(BYTES("{} {}"), EBADMSG, "not valid JSON");
	refused(BYTES("{}x"), EBADMSG, "not valid JSON");
	refused(BYTES("{}\0"), EBADMSG, "not valid JSON");
	refused(BYTES("{\"a\": }"), EBADMSG, "line 1");
	refused(BYTES("{"), EBADMSG, "not valid JSON");
	refused(BYTES("[1,]"), EBADMSG, "not valid JSON");
}

/* Two parsers would read two images. */
static void json__duplicate_keys(void **state)
{
	(void)state;
	refused(BYTES("{\"layers\": 1, \"layers\": 2}"), EBADMSG, "duplicate");
	refused(BYTES("{\"a\": {\"b\": 1, \"\\u0062\": 2}}"), EBADMSG, "duplicate");
}

static void json__no_numbers_that_are_none(void **state)
{
	(void)state;
	refused(BYTES("NaN"), EBADMSG, "not valid JSON");
	refused(BYTES("[Infinity]"), EBADMSG, "not valid JSON");
	refused(BYTES("[1e999]"), EBADMSG, "not valid JSON");
	refused(BYTES("[99999999999999999999]"), EBADMSG, "not valid JSON");
}

static void json__only_utf8(void **state)
{
	(void)state;
	refused(BYTES("\"\xff\""), EBADMSG, "not valid JSON");
	refused(BYTES("\"\\ud800\""), EBADMSG, "not valid JSON");
	refused(BYTES("\"a\nb\""), EBADMSG, "not valid JSON");
}

static void json__messages_show_no_raw_bytes(void **state)
{
	struct err err = ERR_INIT;
	json_t *j = NULL;

	(void)state;
	assert_int_equal(json_parse(BYTES("{\"a\": \x1b[31m\xe2\x80\xae"), &j, &err), -EBADMSG);
	for (const char *p = err.msg; *p; p++)
		assert_in_range((unsigned char)*p, 0x20, 0x7e);
}

static void nest(struct buf *b, int depth, const char *open, const char *close)
{
	for (int i = 0; i < depth; i++)
		assert_int_equal(buf_add_str(b, open), 0);
	for (int i = 0; i < depth; i++)
		assert_int_equal(buf_add_str(b, close), 0);
}

static void json__nesting_ends_at_64(void **state)
{
	_cleanup_(buf_release) struct buf fits = BUF_INIT, deep = BUF_INIT, mixed = BUF_INIT;

	(void)state;
	nest(&fits, 64, "[", "]");
	json_decref(parse(buf_str(&fits)));
	nest(&deep, 65, "[", "]");
	refused(buf_bytes(&deep), EBADMSG, "nested deeper than 64");
	nest(&mixed, 33, "[{\"a\":", "}]");
	refused(buf_bytes(&mixed), EBADMSG, "nested deeper than 64");
}

static void json__brackets_in_strings_are_no_nesting(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_str(&b, "[\"\\\"\\\\"), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(buf_add_str(&b, "[{\\\""), 0);
	assert_int_equal(buf_add_str(&b, "\"]"), 0);
	json_decref(parse(buf_str(&b)));
}

/* A closing bracket too many must not make room for more of the others. */
static void json__unbalanced_brackets_buy_no_depth(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	nest(&b, 1000, "]", "[");
	refused(buf_bytes(&b), EBADMSG, "");
}

static void json__size_is_bounded(void **state)
{
	size_t n = JSON_MAX_BYTES + 1;
	_cleanup_free_ char *text = malloc(n);
	struct err err = ERR_INIT;
	json_t *j = NULL;

	(void)state;
	memset(text, ' ', n);
	text[0] = '1';
	refused(bytes_make(text, n), EFBIG, "over the limit of 8388608");
	assert_ok(json_parse(bytes_make(text, n - 1), &j, &err), &err);
	json_decref(j);
}

static void json__strings_may_hold_nul(void **state)
{
	_cleanup_(json_freep) json_t *j = parse("{\"s\": \"a\\u0000b\"}");
	struct bytes s;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(json_get_string(j, "s", &s, &err), 1);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.ptr, "a\0b", 3);
}

static void json__members_by_type(void **state)
{
	_cleanup_(json_freep) json_t *j =
	    parse("{\"s\":\"x\",\"i\":-9223372036854775808,\"t\":true,\"f\":false,"
		  "\"o\":{\"k\":1},\"a\":[1,2],\"n\":null,\"r\":1.5}");
	struct err err = ERR_INIT;
	struct bytes s;
	int64_t i;
	bool b = false;
	json_t *sub;

	(void)state;
	assert_int_equal(json_get_string(j, "s", &s, &err), 1);
	assert_bytes_equal_str(s, "x");
	assert_int_equal(json_get_int(j, "i", &i, &err), 1);
	assert_true(i == INT64_MIN);
	assert_int_equal(json_get_bool(j, "t", &b, &err), 1);
	assert_true(b);
	assert_int_equal(json_get_bool(j, "f", &b, &err), 1);
	assert_false(b);
	assert_int_equal(json_get_object(j, "o", &sub, &err), 1);
	assert_int_equal(json_object_size(sub), 1);
	assert_int_equal(json_get_array(j, "a", &sub, &err), 1);
	assert_int_equal(json_array_size(sub), 2);
}

#define EACH_GETTER(obj, key, want)                                                            \
	do {                                                                                   \
		assert_int_equal(json_get_string(obj, key, &s, &err), want);                   \
		assert_int_equal(json_get_int(obj, key, &i, &err), want);                      \
		assert_int_equal(json_get_bool(obj, key, &b, &err), want);                     \
		assert_int_equal(json_get_object(obj, key, &sub, &err), want);                 \
		assert_int_equal(json_get_array(obj, key, &sub, &err), want);                  \
	} while (0)

static void json__absent_and_null_are_the_same(void **state)
{
	_cleanup_(json_freep) json_t *j = parse("{\"n\": null}");
	struct err err = ERR_INIT;
	struct bytes s;
	int64_t i;
	bool b;
	json_t *sub;

	(void)state;
	EACH_GETTER(j, "n", 0);
	EACH_GETTER(j, "absent", 0);
}

static void json__other_types_are_refused_by_name(void **state)
{
	_cleanup_(json_freep) json_t *j = parse("{\"real\": 1.5}"), *list = parse("[1]");
	struct err err = ERR_INIT;
	struct bytes s;
	int64_t i;
	bool b;
	json_t *sub;

	(void)state;
	EACH_GETTER(j, "real", -EINVAL);
	assert_string_equal(err.msg, "\"real\" is not an array");
	EACH_GETTER(list, "key", -EINVAL);
	assert_string_equal(err.msg, "a JSON object with \"key\" was expected");
	EACH_GETTER(NULL, "key", -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json__any_value_is_a_document),
	    cmocka_unit_test(json__one_value_and_nothing_behind),
	    cmocka_unit_test(json__duplicate_keys),
	    cmocka_unit_test(json__no_numbers_that_are_none),
	    cmocka_unit_test(json__only_utf8),
	    cmocka_unit_test(json__messages_show_no_raw_bytes),
	    cmocka_unit_test(json__nesting_ends_at_64),
	    cmocka_unit_test(json__brackets_in_strings_are_no_nesting),
	    cmocka_unit_test(json__unbalanced_brackets_buy_no_depth),
	    cmocka_unit_test(json__size_is_bounded),
	    cmocka_unit_test(json__strings_may_hold_nul),
	    cmocka_unit_test(json__members_by_type),
	    cmocka_unit_test(json__absent_and_null_are_the_same),
	    cmocka_unit_test(json__other_types_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
