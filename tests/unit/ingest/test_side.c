/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/side.h"

static void side__finds_the_xattrs_of_each_entry(void **state)
{
	const struct limits limits = LIMITS_DEFAULT;
	_cleanup_(side_release) struct side s;
	const struct tar_xattr one[] = {{BYTES("user.b"), BYTES("2")},
					{BYTES("user.a"), BYTES("")}};
	const struct tar_xattr two[] = {{BYTES("user.c"), BYTES("3")}};
	const struct side_xattr *x;
	struct err err = ERR_INIT;

	(void)state;
	side_init(&s, &limits);
	assert_ok(side_add_xattrs(&s, 9, two, 1, &err), &err);
	assert_ok(side_add_xattrs(&s, 4, one, 2, &err), &err);
	side_sort(&s);
	assert_int_equal(side_find_xattrs(&s, 4, &x), 2);
	assert_bytes_equal_str(x[0].name, "user.a");
	assert_int_equal(x[0].value.len, 0);
	assert_bytes_equal_str(x[1].name, "user.b");
	assert_int_equal(side_find_xattrs(&s, 9, &x), 1);
	assert_bytes_equal_str(x[0].value, "3");
	assert_int_equal(side_find_xattrs(&s, 5, &x), 0);
	assert_int_equal(side_find_xattrs(&s, 10, &x), 0);
}

static void side__keeps_the_last_of_two_xattrs_with_one_name(void **state)
{
	const struct limits limits = LIMITS_DEFAULT;
	_cleanup_(side_release) struct side s;
	const struct tar_xattr x[] = {{BYTES("user.a"), BYTES("old")},
				      {BYTES("user.b"), BYTES("b")},
				      {BYTES("user.a"), BYTES("new")}};
	const struct side_xattr *got;
	struct err err = ERR_INIT;

	(void)state;
	side_init(&s, &limits);
	assert_ok(side_add_xattrs(&s, 0, x, 3, &err), &err);
	side_sort(&s);
	assert_int_equal(side_find_xattrs(&s, 0, &got), 2);
	assert_bytes_equal_str(got[0].value, "new");
}

static void side__counts_findings_beyond_the_kept_ones(void **state)
{
	struct limits limits = LIMITS_DEFAULT;
	_cleanup_(side_release) struct side s;
	struct err err = ERR_INIT;

	(void)state;
	limits.findings = 2;
	side_init(&s, &limits);
	for (int i = 0; i < 5; i++)
		assert_ok(side_add_finding(&s, FINDING_PATH_ESCAPE, BYTES("../x"),
					   i ? NULL : "first", &err),
			  &err);
	assert_int_equal(s.findings.n, 2);
	assert_int_equal(s.n_findings, 5);
	assert_bytes_equal_str(s.findings.v[0].detail, "first");
	assert_null(s.findings.v[1].detail.ptr);
	assert_bytes_equal_str(s.findings.v[1].path, "../x");
}

static void side__bounds_the_memory_of_xattrs(void **state)
{
	const struct limits limits = LIMITS_DEFAULT;
	_cleanup_(side_release) struct side s;
	_cleanup_free_ char *big = calloc(1, MIB(1));
	struct tar_xattr x = {BYTES("user.a"), bytes_make(big, MIB(1))};
	struct err err = ERR_INIT;
	uint32_t i;
	int r = 0;

	(void)state;
	side_init(&s, &limits);
	for (i = 0; r == 0 && i < 1000; i++)
		r = side_add_xattrs(&s, i, &x, 1, &err);
	assert_int_equal(r, -EFBIG);
	assert_true(s.xattr_bytes.total <= SIDE_XATTR_BYTES + MIB(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(side__finds_the_xattrs_of_each_entry),
	    cmocka_unit_test(side__keeps_the_last_of_two_xattrs_with_one_name),
	    cmocka_unit_test(side__counts_findings_beyond_the_kept_ones),
	    cmocka_unit_test(side__bounds_the_memory_of_xattrs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
