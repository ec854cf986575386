/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

static int check(void *arg, const char *code, struct bytes path, const char *detail)
{
	int *n = arg;

	if ((*n)++ == 0) {
		assert_string_equal(code, "first");
		assert_bytes_equal_str(path, "a\n\xff");
		assert_null(detail);
	} else {
		assert_string_equal(code, "second");
		assert_int_equal(path.len, 0);
		assert_string_equal(detail, "more words");
	}
	return 0;
}

static void findings__in_the_order_of_the_tar(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa"), other = add_layer(d, "sha256:bb");
	int n = 0;

	assert_ok(findings_insert(d->db, layer, 9, "second", BYTES_NULL, "more words", &d->err),
		  &d->err);
	assert_ok(findings_insert(d->db, layer, 3, "first", BYTES("a\n\xff"), NULL, &d->err),
		  &d->err);
	assert_ok(findings_insert(d->db, other, 3, "other", BYTES_NULL, NULL, &d->err),
		  &d->err);
	assert_ok(findings_each(d->db, layer, check, &n, &d->err), &d->err);
	assert_int_equal(n, 2);
}

static int stop(void *arg, const char *code, struct bytes path, const char *detail)
{
	(void)code, (void)path, (void)detail;
	return ++*(int *)arg + 10;
}

static void findings__a_callback_can_end_it(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	int n = 0;

	for (uint64_t i = 0; i < 3; i++)
		assert_ok(findings_insert(d->db, layer, i, "x", BYTES_NULL, NULL, &d->err),
			  &d->err);
	assert_int_equal(findings_each(d->db, layer, stop, &n, &d->err), 11);
	assert_int_equal(n, 1);
}

static void findings__of_no_layer_are_refused(void **state)
{
	struct index_dir *d = *state;

	assert_int_equal(findings_insert(d->db, 5, 0, "x", BYTES_NULL, NULL, &d->err), -EEXIST);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(findings__in_the_order_of_the_tar),
	    TEST(findings__a_callback_can_end_it),
	    TEST(findings__of_no_layer_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
