/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/hashname.h"

#include <string.h>

static void hashname__up_to_255_bytes_nothing_changes(void **state)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	(void)state;
	assert_int_equal(hashname_limit(&name, BYTES("")), 0);
	assert_int_equal(name.len, 0);
	for (int i = 0; i < 255; i++)
		assert_int_equal(buf_add_char(&name, 'n'), 0);
	assert_int_equal(hashname_limit(&name, BYTES("original")), 0);
	assert_int_equal(name.len, 255);
}

static void hashname__longer_ones_end_in_the_hash(void **state)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	(void)state;
	for (int i = 0; i < 256; i++)
		assert_int_equal(buf_add_char(&name, 'n'), 0);
	assert_int_equal(hashname_limit(&name, BYTES("abc")), 0);
	assert_int_equal(name.len, 213);
	/* printf abc | sha256sum */
	assert_string_equal(name.ptr + 199, "n~ba7816bf8f01");
}

static void hashname__the_original_tells_names_apart(void **state)
{
	_cleanup_(buf_release) struct buf a = BUF_INIT, b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 300; i++) {
		assert_int_equal(buf_add_char(&a, 'n'), 0);
		assert_int_equal(buf_add_char(&b, 'n'), 0);
	}
	assert_int_equal(hashname_limit(&a, BYTES("a\0x")), 0);
	assert_int_equal(hashname_limit(&b, BYTES("a\0y")), 0);
	assert_string_not_equal(a.ptr, b.ptr);
}

static void hashname__no_utf8_sequence_is_cut(void **state)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	(void)state;
	for (int i = 0; i < 199; i++)
		assert_int_equal(buf_add_char(&name, 'n'), 0);
	for (int i = 0; i < 60; i++)
		assert_int_equal(buf_add_str(&name, "\xe2\x82\xac"), 0);
	assert_int_equal(hashname_limit(&name, BYTES("")), 0);
	assert_int_equal(name.len, 199 + 13);
	assert_memory_equal(name.ptr + 198, "n~", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashname__up_to_255_bytes_nothing_changes),
	    cmocka_unit_test(hashname__longer_ones_end_in_the_hash),
	    cmocka_unit_test(hashname__the_original_tells_names_apart),
	    cmocka_unit_test(hashname__no_utf8_sequence_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
