/* SPDX-License-Identifier: MIT */
#include "tar/pax.h"
#include "test.h"

static void pax__takes_records_in_order(void **state)
{
	struct bytes rest = BYTES("9 a=bcde\n12 path=x\ny\n5 z=\n");
	struct pax_record rec;
	const char *why;

	(void)state;
	assert_int_equal(pax_next(&rest, &rec, &why), 1);
	assert_bytes_equal_str(rec.key, "a");
	assert_bytes_equal_str(rec.value, "bcde");
	assert_int_equal(pax_next(&rest, &rec, &why), 1);
	assert_bytes_equal_str(rec.value, "x\ny");
	assert_int_equal(pax_next(&rest, &rec, &why), 1);
	assert_bytes_equal_str(rec.key, "z");
	assert_int_equal(rec.value.len, 0);
	assert_int_equal(pax_next(&rest, &rec, &why), 0);
}

static void pax__first_equals_sign_ends_the_key(void **state)
{
	struct bytes rest = BYTES("9 a=b=c\0\n");
	struct pax_record rec;
	const char *why;

	(void)state;
	assert_int_equal(pax_next(&rest, &rec, &why), 1);
	assert_bytes_equal_str(rec.key, "a");
	assert_int_equal(rec.value.len, 4);
	assert_memory_equal(rec.value.ptr, "b=c\0", 4);
}

static void pax__damage_is_refused(void **state)
{
	static const char *const damaged[] = {
	    "99 path=x\n",
	    "0 path=x\n",
	    "-9 path=x\n",
	    "9 path=xx",
	    "9 pathxx\n",
	    "x path=x\n",
	    "10path=xy\n",
	    "+9 path=x\n",
	    " 9 path=x",
	    "8 =valu\n",
	    "99999999999999999999 path=x\n",
	    "2 \n",
	    "9",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		struct bytes rest = bytes_from_str(damaged[i]);
		struct pax_record rec;
		const char *why = NULL;

		assert_int_equal(pax_next(&rest, &rec, &why), -EBADMSG);
		assert_non_null(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pax__takes_records_in_order),
	    cmocka_unit_test(pax__first_equals_sign_ends_the_key),
	    cmocka_unit_test(pax__damage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
