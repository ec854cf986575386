/* SPDX-License-Identifier: MIT */
#include "model/dockerfile_internal.h"
#include "test.h"

#include <stdio.h>

static struct err err;

static void set(struct dockerfile_scope *s, const char *name, struct bytes value)
{
	struct dockerfile_budget b = {DOCKERFILE_MAX_WORK};

	err = ERR_INIT;
	assert_ok(dockerfile_scope_set(s, bytes_from_str(name), value, &b, &err), &err);
}

static void check(const struct dockerfile_scope *s, const char *name, const char *want)
{
	struct dockerfile_budget b = {DOCKERFILE_MAX_WORK};
	struct bytes value;
	int r = dockerfile_scope_get(s, bytes_from_str(name), &value, &b, &err);

	assert_int_equal(r, want != NULL);
	if (want)
		assert_bytes_equal_str(value, want);
}

static void dockerfile_scope__finds_what_was_set(void **state)
{
	_cleanup_(dockerfile_scope_release) struct dockerfile_scope s = {0};

	(void)state;
	check(NULL, "a", NULL);
	check(&s, "a", NULL);
	set(&s, "a", BYTES("1"));
	set(&s, "b", BYTES(""));
	check(&s, "a", "1");
	check(&s, "b", "");
	check(&s, "A", NULL);
	check(&s, "", NULL);
}

static void dockerfile_scope__the_last_value_counts(void **state)
{
	_cleanup_(dockerfile_scope_release) struct dockerfile_scope s = {0};

	(void)state;
	set(&s, "a", BYTES("1"));
	set(&s, "a", BYTES("2"));
	check(&s, "a", "2");
	assert_int_equal(s.n, 1);
}

static void dockerfile_scope__no_value_is_not_set(void **state)
{
	_cleanup_(dockerfile_scope_release) struct dockerfile_scope s = {0};

	(void)state;
	set(&s, "a", BYTES("1"));
	set(&s, "a", BYTES_NULL);
	check(&s, "a", NULL);
}

static void dockerfile_scope__keeps_thousands(void **state)
{
	static char names[5000][8];
	_cleanup_(dockerfile_scope_release) struct dockerfile_scope s = {0};

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(names[i], sizeof(names[i]), "n%d", i);
		set(&s, names[i], bytes_from_str(names[i] + 1));
	}
	for (int i = 0; i < 5000; i++)
		check(&s, names[i], names[i] + 1);
	check(&s, "n5000", NULL);
	assert_int_equal(s.n, 5000);
}

static void dockerfile_scope__work_is_paid_for(void **state)
{
	_cleanup_(dockerfile_scope_release) struct dockerfile_scope s = {0};
	struct dockerfile_budget b = {2};
	struct bytes value;

	(void)state;
	set(&s, "a", BYTES("1"));
	err = ERR_INIT;
	assert_int_equal(dockerfile_scope_get(&s, BYTES("a"), &value, &b, &err), 1);
	assert_int_equal(dockerfile_scope_get(&s, BYTES("a"), &value, &b, &err), 1);
	assert_int_equal(dockerfile_scope_get(&s, BYTES("a"), &value, &b, &err), -EINVAL);
	assert_string_equal(err.msg, "the variables of this file expand to too much");
	assert_int_equal(dockerfile_spend(&b, 0, &err), 0);
	assert_int_equal(dockerfile_spend(&b, SIZE_MAX, &err), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dockerfile_scope__finds_what_was_set),
	    cmocka_unit_test(dockerfile_scope__the_last_value_counts),
	    cmocka_unit_test(dockerfile_scope__no_value_is_not_set),
	    cmocka_unit_test(dockerfile_scope__keeps_thousands),
	    cmocka_unit_test(dockerfile_scope__work_is_paid_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
