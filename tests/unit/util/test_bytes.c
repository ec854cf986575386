/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/bytes.h"

static void bytes__equality_is_of_bytes(void **state)
{
	(void)state;
	assert_true(bytes_equal(BYTES("a\0b"), BYTES("a\0b")));
	assert_false(bytes_equal(BYTES("a\0b"), BYTES("a\0c")));
	assert_false(bytes_equal(BYTES("a"), BYTES("ab")));
	assert_true(bytes_equal(BYTES_NULL, BYTES("")));
}

static void bytes__order_of_listings(void **state)
{
	(void)state;
	assert_true(bytes_cmp(BYTES("a"), BYTES("b")) < 0);
	assert_true(bytes_cmp(BYTES("a"), BYTES("ab")) < 0);
	assert_true(bytes_cmp(BYTES("ab"), BYTES("a")) > 0);
	assert_true(bytes_cmp(BYTES("z"), BYTES("\xff")) < 0);
	assert_true(bytes_cmp(BYTES_NULL, BYTES("a")) < 0);
	assert_int_equal(bytes_cmp(BYTES_NULL, BYTES("")), 0);
	assert_int_equal(bytes_cmp(BYTES("x"), BYTES("x")), 0);
}

static void bytes__prefixes_and_suffixes(void **state)
{
	(void)state;
	assert_true(bytes_starts_with(BYTES("abc"), BYTES("ab")));
	assert_true(bytes_starts_with(BYTES("abc"), BYTES("")));
	assert_true(bytes_starts_with(BYTES_NULL, BYTES_NULL));
	assert_false(bytes_starts_with(BYTES("a"), BYTES("ab")));
	assert_true(bytes_ends_with(BYTES("abc"), BYTES("bc")));
	assert_true(bytes_ends_with(BYTES_NULL, BYTES("")));
	assert_false(bytes_ends_with(BYTES("abc"), BYTES("ab")));
	assert_false(bytes_ends_with(BYTES("c"), BYTES("bc")));
}

static void bytes__find_and_skip(void **state)
{
	(void)state;
	assert_int_equal(bytes_find(BYTES("a:b:c"), ':'), 1);
	assert_int_equal(bytes_find(BYTES("abc"), ':'), 3);
	assert_int_equal(bytes_find(BYTES_NULL, ':'), 0);
	assert_bytes_equal_str(bytes_skip(BYTES("abc"), 2), "c");
	assert_int_equal(bytes_skip(BYTES_NULL, 0).len, 0);
	assert_null(bytes_skip(BYTES_NULL, 0).ptr);
	assert_int_equal(bytes_from_str(NULL).len, 0);
}

static void bytes__components_pass_over_slashes_only(void **state)
{
	struct bytes path = BYTES("//a/./..//b\n/"), c;

	(void)state;
	assert_true(bytes_next_component(&path, &c));
	assert_bytes_equal_str(c, "a");
	assert_true(bytes_next_component(&path, &c));
	assert_bytes_equal_str(c, ".");
	assert_true(bytes_next_component(&path, &c));
	assert_bytes_equal_str(c, "..");
	assert_true(bytes_next_component(&path, &c));
	assert_bytes_equal_str(c, "b\n");
	assert_false(bytes_next_component(&path, &c));
	path = BYTES_NULL;
	assert_false(bytes_next_component(&path, &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes__equality_is_of_bytes),
	    cmocka_unit_test(bytes__order_of_listings),
	    cmocka_unit_test(bytes__prefixes_and_suffixes),
	    cmocka_unit_test(bytes__find_and_skip),
	    cmocka_unit_test(bytes__components_pass_over_slashes_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
