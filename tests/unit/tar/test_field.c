/* SPDX-License-Identifier: MIT */
#include "tar/field.h"
#include "test.h"

static void expect_field(const char *p, size_t width, enum number_state state, int64_t want)
{
	int64_t v = 99;

	assert_int_equal(field_number(p, width, &v), state);
	if (state == NUMBER_OK)
		assert_true(v == want);
}

static void field__octal_between_spaces_and_nul(void **state)
{
	(void)state;
	expect_field("0000644\0", 8, NUMBER_OK, 0644);
	expect_field("  644  \0", 8, NUMBER_OK, 0644);
	expect_field("00006447", 8, NUMBER_OK, 06447);
	expect_field("644\0junk", 8, NUMBER_OK, 0644);
	expect_field("777777777777", 12, NUMBER_OK, INT64_C(0777777777777));
}

static void field__empty_is_zero(void **state)
{
	(void)state;
	expect_field("\0\0\0\0\0\0\0\0", 8, NUMBER_OK, 0);
	expect_field("        ", 8, NUMBER_OK, 0);
}

static void field__junk_is_no_number(void **state)
{
	(void)state;
	expect_field("99zz\0\0\0\0", 8, NUMBER_JUNK, 0);
	expect_field("0000648\0", 8, NUMBER_JUNK, 0);
	expect_field("-000644\0", 8, NUMBER_JUNK, 0);
	expect_field("64 4\0\0\0\0", 8, NUMBER_JUNK, 0);
}

static void field__base256(void **state)
{
	(void)state;
	expect_field("\x80\0\0\0\0\0\x01\0", 8, NUMBER_OK, 256);
	expect_field("\x80\0\0\0\0\0\0\x02\0\0\0\0", 12, NUMBER_OK, INT64_C(2) << 32);
	expect_field("\xff\xff\xff\xff\xff\xff\xff\xff", 8, NUMBER_OK, -1);
	expect_field("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfb", 12, NUMBER_OK, -5);
	expect_field("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12, NUMBER_OK, INT64_MAX);
}

static void field__base256_beyond_64_bits(void **state)
{
	int64_t v;

	(void)state;
	assert_int_equal(
	    field_number("\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, &v),
	    NUMBER_RANGE);
	assert_true(v == INT64_MAX);
	assert_int_equal(field_number("\x80\0\0\0\x80\0\0\0\0\0\0\0", 12, &v), NUMBER_RANGE);
	assert_int_equal(field_number("\xff\0\0\0\0\0\0\0\0\0\0\0", 12, &v), NUMBER_RANGE);
	assert_true(v == INT64_MIN);
}

static void pax__numbers(void **state)
{
	int64_t v;

	(void)state;
	assert_int_equal(pax_number(BYTES("12345678901"), &v), NUMBER_OK);
	assert_true(v == INT64_C(12345678901));
	assert_int_equal(pax_number(BYTES("-7"), &v), NUMBER_OK);
	assert_true(v == -7);
	assert_int_equal(pax_number(BYTES("-9223372036854775808"), &v), NUMBER_OK);
	assert_true(v == INT64_MIN);
	assert_int_equal(pax_number(BYTES("18446744073709551620"), &v), NUMBER_RANGE);
	assert_true(v == INT64_MAX);
	assert_int_equal(pax_number(BYTES(""), &v), NUMBER_JUNK);
	assert_int_equal(pax_number(BYTES("-"), &v), NUMBER_JUNK);
	assert_int_equal(pax_number(BYTES("0x10"), &v), NUMBER_JUNK);
	assert_int_equal(pax_number(BYTES("abc"), &v), NUMBER_JUNK);
	assert_int_equal(pax_number(BYTES("1\0"), &v), NUMBER_JUNK);
}

static void expect_time(struct bytes text, int64_t sec, uint32_t nsec)
{
	uint32_t got_nsec;
	int64_t got;

	assert_int_equal(pax_time(text, &got, &got_nsec), NUMBER_OK);
	assert_true(got == sec);
	assert_int_equal(got_nsec, nsec);
}

static void pax__times(void **state)
{
	uint32_t nsec;
	int64_t sec;

	(void)state;
	expect_time(BYTES("5"), 5, 0);
	expect_time(BYTES("5."), 5, 0);
	expect_time(BYTES("1.999999999999999"), 1, 999999999);
	expect_time(BYTES("-1.25"), -2, 750000000);
	expect_time(BYTES("-3"), -3, 0);
	assert_int_equal(pax_time(BYTES("nan"), &sec, &nsec), NUMBER_JUNK);
	assert_int_equal(pax_time(BYTES("1e308"), &sec, &nsec), NUMBER_JUNK);
	assert_int_equal(pax_time(BYTES("1.2.3"), &sec, &nsec), NUMBER_JUNK);
	assert_int_equal(pax_time(BYTES("99999999999999999999.5"), &sec, &nsec), NUMBER_RANGE);
	assert_true(sec == INT64_MAX && nsec == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(field__octal_between_spaces_and_nul),
	    cmocka_unit_test(field__empty_is_zero),
	    cmocka_unit_test(field__junk_is_no_number),
	    cmocka_unit_test(field__base256),
	    cmocka_unit_test(field__base256_beyond_64_bits),
	    cmocka_unit_test(pax__numbers),
	    cmocka_unit_test(pax__times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
