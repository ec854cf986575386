/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/buf.h"

static void buf__appends_keep_a_nul_behind(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_str(&b, "ab"), 0);
	assert_int_equal(buf_add_char(&b, 'c'), 0);
	assert_int_equal(buf_add_bytes(&b, BYTES("d\0e")), 0);
	assert_int_equal(buf_add(&b, "fg", 1), 0);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.ptr, "abcd\0ef", 8);
	assert_int_equal(buf_status(&b), 0);
}

static void buf__never_null_as_a_string(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_bytes(&b).len, 0);
}

static void buf__reserve_alone_is_a_string(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_reserve(&b, 1000), 0);
	assert_true(b.cap > 1000);
	assert_string_equal(b.ptr, "");
}

static void buf__grows_over_many_appends(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf_add_char(&b, (char)('a' + i % 26)), 0);
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.ptr[i], 'a' + i % 26);
	assert_int_equal(b.ptr[100000], 0);
}

static void buf__formats(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_addf(&b, "%s-%03d", "x", 7), 0);
	assert_int_equal(buf_addf(&b, "%500s|", "y"), 0);
	assert_int_equal(b.len, 5 + 501);
	assert_memory_equal(b.ptr, "x-007   ", 8);
	assert_string_equal(b.ptr + 5 + 499, "y|");
	assert_int_equal(buf_addf(&b, "%s", ""), 0);
	assert_int_equal(b.len, 506);
}

/* A NUL out of %c is a byte like any other. */
static void buf__formats_nul_bytes(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_addf(&b, "a%cb", 0), 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.ptr, "a\0b", 4);
}

static void buf__failure_stays_until_cleared(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_str(&b, "kept"), 0);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), -ENOMEM);
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 4), -ENOMEM);
	assert_string_equal(buf_str(&b), "kept");
	assert_int_equal(buf_add_str(&b, "!"), 0);
	assert_int_equal(buf_status(&b), -ENOMEM);
	buf_clear(&b);
	assert_int_equal(buf_status(&b), 0);
	assert_string_equal(buf_str(&b), "");
}

static void buf__clear_keeps_the_memory(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	const char *was;

	(void)state;
	buf_clear(&b);
	assert_int_equal(buf_add_str(&b, "text"), 0);
	was = b.ptr;
	buf_clear(&b);
	assert_ptr_equal(b.ptr, was);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
}

static void buf__steal_hands_over(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	_cleanup_free_ char *p = NULL;

	(void)state;
	assert_null(buf_steal(&b));
	assert_int_equal(buf_add_str(&b, "text"), 0);
	p = buf_steal(&b);
	assert_string_equal(p, "text");
	assert_null(b.ptr);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
}

static void buf__own_bytes_can_be_appended(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_str(&b, "0123456789"), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(buf_add_bytes(&b, buf_bytes(&b)), 0);
	assert_int_equal(b.len, 2560);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.ptr[i], '0' + (int)(i % 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buf__appends_keep_a_nul_behind),
	    cmocka_unit_test(buf__never_null_as_a_string),
	    cmocka_unit_test(buf__reserve_alone_is_a_string),
	    cmocka_unit_test(buf__grows_over_many_appends),
	    cmocka_unit_test(buf__formats),
	    cmocka_unit_test(buf__formats_nul_bytes),
	    cmocka_unit_test(buf__failure_stays_until_cleared),
	    cmocka_unit_test(buf__clear_keeps_the_memory),
	    cmocka_unit_test(buf__steal_hands_over),
	    cmocka_unit_test(buf__own_bytes_can_be_appended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
