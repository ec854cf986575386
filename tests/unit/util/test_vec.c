/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/vec.h"

struct wide {
	char bytes[1 << 20];
};

DEFINE_VEC(u32_vec, uint32_t)
DEFINE_VEC(wide_vec, struct wide)

static void vec__pushes_in_order(void **state)
{
	_cleanup_(u32_vec_release) struct u32_vec v = {0};
	uint32_t want = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(u32_vec_push(&v, i * 7), 0);
	assert_int_equal(v.n, 10000);
	vec_foreach (x, &v) {
		assert_int_equal(*x, want);
		want += 7;
	}
	assert_int_equal(want, 70000);
}

static void vec__foreach_over_nothing(void **state)
{
	_cleanup_(u32_vec_release) struct u32_vec v = {0};

	(void)state;
	vec_foreach (x, &v)
		fail_msg("%u", *x);
}

static void vec__clear_keeps_the_memory(void **state)
{
	_cleanup_(u32_vec_release) struct u32_vec v = {0};

	(void)state;
	assert_int_equal(u32_vec_push(&v, 1), 0);
	u32_vec_clear(&v);
	assert_int_equal(v.n, 0);
	assert_true(v.cap > 0);
}

static void vec__impossible_sizes_are_out_of_memory(void **state)
{
	_cleanup_(wide_vec_release) struct wide_vec v = {0};

	(void)state;
	assert_int_equal(wide_vec_reserve(&v, SIZE_MAX), -ENOMEM);
	assert_int_equal(wide_vec_reserve(&v, SIZE_MAX >> 19), -ENOMEM);
	assert_null(v.v);
	assert_int_equal(v.cap, 0);
}

static void vec__reserve_is_enough_for_pushes(void **state)
{
	_cleanup_(u32_vec_release) struct u32_vec v = {0};
	const uint32_t *was;

	(void)state;
	assert_int_equal(u32_vec_reserve(&v, 1000), 0);
	was = v.v;
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(u32_vec_push(&v, i), 0);
	assert_ptr_equal(v.v, was);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vec__pushes_in_order),
	    cmocka_unit_test(vec__foreach_over_nothing),
	    cmocka_unit_test(vec__clear_keeps_the_memory),
	    cmocka_unit_test(vec__impossible_sizes_are_out_of_memory),
	    cmocka_unit_test(vec__reserve_is_enough_for_pushes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
