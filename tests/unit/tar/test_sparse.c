/* SPDX-License-Identifier: MIT */
#include "tar/sparse.h"
#include "test.h"

#define LIMIT 4

static int clear(void **state)
{
	sparse_release(*state);
	return 0;
}

static struct sparse_map map;

static int begin(void **state)
{
	*state = &map;
	return 0;
}

static void sparse__keeps_regions_with_bytes(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(sparse_add_list(&map, BYTES("0,3,10,0,10,5"), LIMIT, &why), 0);
	assert_int_equal(map.regions.n, 2);
	assert_int_equal(map.regions.v[1].off, 10);
	assert_int_equal(map.regions.v[1].len, 5);
	assert_int_equal(map.count, 3);
	assert_int_equal(sparse_judge(&map, 15, 8, &why), 0);
}

static void sparse__wrong_maps_are_refused(void **state)
{
	static const char *const wrong[] = {
	    "0,3,1,3",
	    "5,3,0,3",
	    "-5,6",
	    "0,-1",
	    "x,1",
	    "0,3,,1",
	    "9223372036854775807,1",
	    "0,0,1,0,2,0,3,0,4,0",
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		why = NULL;
		sparse_clear(&map);
		assert_int_equal(sparse_add_list(&map, bytes_from_str(wrong[i]), LIMIT, &why),
				 -EBADMSG);
		assert_non_null(why);
	}
}

static void sparse__judged_as_a_whole(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(sparse_add_list(&map, BYTES("4,6"), LIMIT, &why), 0);
	assert_int_equal(sparse_judge(&map, 10, 6, &why), 0);
	assert_int_equal(sparse_judge(&map, 9, 6, &why), -EBADMSG);
	assert_int_equal(sparse_judge(&map, 10, 5, &why), -EBADMSG);
	assert_int_equal(sparse_add_number(&map, BYTES("11"), LIMIT, &why), 0);
	assert_int_equal(sparse_judge(&map, 20, 6, &why), -EBADMSG);
}

static void sparse__fields_end_at_an_unused_one(void **state)
{
	char fields[4 * 24] = {0};
	const char *why = NULL;

	(void)state;
	memcpy(fields,
	       "00000000007\0"
	       "00000000003",
	       24);
	assert_int_equal(sparse_add_fields(&map, fields, 4, LIMIT, &why), 0);
	assert_int_equal(map.count, 1);
	assert_int_equal(map.end, 10);
	memcpy(fields + 24,
	       "0000000z100\0"
	       "00000000003",
	       24);
	sparse_clear(&map);
	assert_int_equal(sparse_add_fields(&map, fields, 4, LIMIT, &why), -EBADMSG);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(sparse__keeps_regions_with_bytes),
	    T(sparse__wrong_maps_are_refused),
	    T(sparse__judged_as_a_whole),
	    T(sparse__fields_end_at_an_unused_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
