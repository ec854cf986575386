/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/limits.h"

#include <string.h>

static void limits__defaults(void **state)
{
	struct limits l = LIMITS_DEFAULT;

	(void)state;
	assert_int_equal(l.path_bytes, 65536);
	assert_int_equal(l.layers, 1024);
	assert_int_equal(l.json_bytes, 8 << 20);
	assert_true(l.layer_bytes == 64ULL << 30);
	assert_int_equal(l.findings, 10000);
}

/* docker itself writes 127 layers; containerd reads 20 MiB of JSON but no image has it. */
static void limits__no_real_image_is_refused(void **state)
{
	struct limits l = LIMITS_DEFAULT;

	(void)state;
	assert_true(l.layers > 127);
	assert_true(l.path_bytes >= 4096);
	assert_true(l.ext_header >= l.path_bytes);
	assert_true(l.xattr_entry >= l.xattr_value);
}

static void set(struct limits *l, const char *text)
{
	struct err err = ERR_INIT;

	assert_ok(limits_set(l, text, &err), &err);
}

static void limits__are_set_by_name(void **state)
{
	struct limits l = LIMITS_DEFAULT, other = LIMITS_DEFAULT;

	(void)state;
	set(&l, "depth=7");
	assert_int_equal(l.depth, 7);
	other.depth = 7;
	assert_memory_equal(&l, &other, sizeof(l));
	set(&l, "findings=0");
	assert_int_equal(l.findings, 0);
}

static void limits__every_name_sets_its_own(void **state)
{
	(void)state;
#define CHECK_LIMIT(field, name, dflt, what)                                                   \
	do {                                                                                   \
		struct limits l = {0};                                                         \
		set(&l, name "=12345");                                                        \
		assert_int_equal(l.field, 12345);                                              \
	} while (0);
	LIMITS(CHECK_LIMIT)
#undef CHECK_LIMIT
}

static void limits__binary_units(void **state)
{
	struct limits l = LIMITS_DEFAULT;

	(void)state;
	set(&l, "path-bytes=3K");
	assert_int_equal(l.path_bytes, 3 << 10);
	set(&l, "path-bytes=3M");
	assert_int_equal(l.path_bytes, 3 << 20);
	set(&l, "path-bytes=3G");
	assert_true(l.path_bytes == 3ULL << 30);
	set(&l, "path-bytes=18446744073709551615");
	assert_true(l.path_bytes == UINT64_MAX);
}

static void limits__what_is_no_number(void **state)
{
	static const char *const bad[] = {"depth",
					  "depth=",
					  "depth=x",
					  "depth=-1",
					  "depth= -1",
					  "depth= 1",
					  "depth=+1",
					  "depth=1k",
					  "depth=1KK",
					  "depth=1K ",
					  "depth=1.5",
					  "depth=18446744073709551616",
					  "depth=18446744073709551615K",
					  "depth=0x10",
					  "",
					  "="};
	struct limits l = LIMITS_DEFAULT, before = l;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;

		if (limits_set(&l, bad[i], &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_non_null(strstr(err.msg, "is not NAME=NUMBER[K|M|G]"));
		assert_memory_equal(&l, &before, sizeof(l));
	}
}

static void limits__unknown_names_list_the_known(void **state)
{
	static const char *const bad[] = {"dept=1", "depths=1", "DEPTH=1", "=1"};
	struct limits l = LIMITS_DEFAULT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(limits_set(&l, bad[i], &err), -EINVAL);
		assert_non_null(strstr(err.msg, "there is no limit"));
#define CHECK_LISTED(field, name, dflt, what) assert_non_null(strstr(err.msg, " " name));
		LIMITS(CHECK_LISTED)
#undef CHECK_LISTED
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(limits__defaults),
	    cmocka_unit_test(limits__no_real_image_is_refused),
	    cmocka_unit_test(limits__are_set_by_name),
	    cmocka_unit_test(limits__every_name_sets_its_own),
	    cmocka_unit_test(limits__binary_units),
	    cmocka_unit_test(limits__what_is_no_number),
	    cmocka_unit_test(limits__unknown_names_list_the_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
