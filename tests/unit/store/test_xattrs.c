/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

static int check(void *arg, struct bytes name, struct bytes value)
{
	int *n = arg;

	switch ((*n)++) {
	case 0:
		assert_bytes_equal_str(name, "security.capability");
		assert_int_equal(value.len, 4);
		assert_memory_equal(value.ptr, "\0\1\0\xff", 4);
		return 0;
	case 1:
		assert_bytes_equal_str(name, "user.empty");
		assert_int_equal(value.len, 0);
		return 0;
	default:
		fail_msg("one too many");
		return 0;
	}
}

static void xattrs__values_are_bytes(void **state)
{
	struct index_dir *d = *state;
	int64_t entry = ENTRY_ID(1, 5);
	int n = 0;

	assert_ok(xattrs_insert(d->db, entry, BYTES("user.empty"), BYTES_NULL, &d->err),
		  &d->err);
	assert_ok(xattrs_insert(d->db, entry, BYTES("security.capability"),
				bytes_make("\0\1\0\xff", 4), &d->err),
		  &d->err);
	assert_ok(xattrs_insert(d->db, entry + 1, BYTES("user.other"), BYTES("x"), &d->err),
		  &d->err);
	assert_ok(xattrs_each(d->db, entry, check, &n, &d->err), &d->err);
	assert_int_equal(n, 2);
}

/* As setxattr(2) of an extractor would do. */
static void xattrs__the_last_of_one_name_counts(void **state)
{
	struct index_dir *d = *state;

	assert_ok(xattrs_insert(d->db, 5, BYTES("user.a"), BYTES("1"), &d->err), &d->err);
	assert_ok(xattrs_insert(d->db, 5, BYTES("user.a"), BYTES("2"), &d->err), &d->err);
	assert_string_equal(raw_text(d, "SELECT group_concat(value) FROM xattr"), "2");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(xattrs__values_are_bytes),
	    TEST(xattrs__the_last_of_one_name_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
