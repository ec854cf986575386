/* SPDX-License-Identifier: MIT */
#include "tar/xattrs.h"
#include "test.h"

static struct limits limits = LIMITS_DEFAULT;

static void xattrs__schily_is_binary(void **state)
{
	_cleanup_(xattrs_release) struct xattr_set x = {0};

	(void)state;
	assert_int_equal(
	    xattrs_take(&x, BYTES("SCHILY.xattr.user.a"), BYTES("\0\xff"), &limits), 1);
	assert_int_equal(xattrs_finish(&x), 0);
	assert_int_equal(x.list.n, 1);
	assert_bytes_equal_str(x.list.v[0].name, "user.a");
	assert_int_equal(x.list.v[0].value.len, 2);
	assert_memory_equal(x.list.v[0].value.ptr, "\0\xff", 2);
	assert_false(x.invalid || x.overlay);
}

static void xattrs__libarchive_is_encoded(void **state)
{
	_cleanup_(xattrs_release) struct xattr_set x = {0};

	(void)state;
	assert_int_equal(
	    xattrs_take(&x, BYTES("LIBARCHIVE.xattr.user.%41%3D"), BYTES("aGk="), &limits), 1);
	assert_int_equal(
	    xattrs_take(&x, BYTES("LIBARCHIVE.xattr.user.b"), BYTES("a?"), &limits), 1);
	assert_int_equal(x.list.n, 1);
	assert_bytes_equal_str(x.list.v[0].name, "user.A=");
	assert_bytes_equal_str(x.list.v[0].value, "hi");
	assert_true(x.invalid);
}

static void xattrs__other_records_are_not_taken(void **state)
{
	_cleanup_(xattrs_release) struct xattr_set x = {0};

	(void)state;
	assert_int_equal(xattrs_take(&x, BYTES("path"), BYTES("x"), &limits), 0);
	assert_int_equal(xattrs_take(&x, BYTES("SCHILY.xattr"), BYTES("x"), &limits), 0);
}

static void xattrs__last_of_one_name_counts(void **state)
{
	_cleanup_(xattrs_release) struct xattr_set x = {0};

	(void)state;
	assert_int_equal(xattrs_take(&x, BYTES("SCHILY.xattr.b"), BYTES("1"), &limits), 1);
	assert_int_equal(xattrs_take(&x, BYTES("SCHILY.xattr.a"), BYTES("2"), &limits), 1);
	assert_int_equal(xattrs_take(&x, BYTES("SCHILY.xattr.b"), BYTES("3"), &limits), 1);
	assert_int_equal(xattrs_finish(&x), 0);
	assert_int_equal(x.list.n, 2);
	assert_bytes_equal_str(x.list.v[0].name, "a");
	assert_bytes_equal_str(x.list.v[1].value, "3");
}

static void drops(struct bytes key, struct bytes value)
{
	_cleanup_(xattrs_release) struct xattr_set x = {0};

	assert_int_equal(xattrs_take(&x, key, value, &limits), 1);
	assert_int_equal(x.list.n, 0);
	assert_true(x.invalid);
}

static void xattrs__unstorable_ones_are_dropped(void **state)
{
	static char big[65537], key[13 + 256] = "SCHILY.xattr.";

	(void)state;
	memset(key + 13, 'k', 256);
	drops(BYTES("SCHILY.xattr."), BYTES("v"));
	drops(BYTES("SCHILY.xattr.user.a\0b"), BYTES("v"));
	drops(BYTES("SCHILY.xattr.user.big"), bytes_make(big, sizeof(big)));
	drops(bytes_make(key, sizeof(key)), BYTES("v"));
}

static void xattrs__limit_of_all_together(void **state)
{
	_cleanup_(xattrs_release) struct xattr_set x = {0};
	struct limits small = limits;

	(void)state;
	small.xattr_entry = 6;
	assert_int_equal(xattrs_take(&x, BYTES("SCHILY.xattr.a"), BYTES("1234"), &small), 1);
	assert_false(x.invalid);
	assert_int_equal(xattrs_take(&x, BYTES("SCHILY.xattr.b"), BYTES("1"), &small), 1);
	assert_int_equal(x.list.n, 1);
	assert_true(x.invalid);
}

static void xattrs__overlay_is_noticed(void **state)
{
	_cleanup_(xattrs_release) struct xattr_set x = {0};

	(void)state;
	assert_int_equal(
	    xattrs_take(&x, BYTES("SCHILY.xattr.trusted.overlay.opaque"), BYTES(""), &limits),
	    1);
	assert_true(x.overlay);
	assert_int_equal(x.list.n, 1);
	xattrs_clear(&x);
	assert_false(x.overlay);
	assert_int_equal(x.list.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(xattrs__schily_is_binary),
	    cmocka_unit_test(xattrs__libarchive_is_encoded),
	    cmocka_unit_test(xattrs__other_records_are_not_taken),
	    cmocka_unit_test(xattrs__last_of_one_name_counts),
	    cmocka_unit_test(xattrs__unstorable_ones_are_dropped),
	    cmocka_unit_test(xattrs__limit_of_all_together),
	    cmocka_unit_test(xattrs__overlay_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
