/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "io/seekpoint.h"

static void add(struct seekpoints *p, uint64_t out)
{
	const struct seekpoint sp = {.out = out};

	assert_int_equal(seekpoints_add(p, &sp), 0);
}

static void seekpoint__add_copies_the_window(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints p = {0};
	unsigned char window[] = {1, 2, 3};
	const struct seekpoint sp = {7, 5, 3, sizeof(window), window};

	(void)state;
	assert_int_equal(seekpoints_add(&p, &sp), 0);
	memset(window, 0, sizeof(window));
	assert_int_equal(p.points.n, 1);
	assert_int_equal(p.points.v[0].out, 7);
	assert_int_equal(p.points.v[0].in, 5);
	assert_int_equal(p.points.v[0].bits, 3);
	assert_int_equal(p.points.v[0].window_len, 3);
	assert_memory_equal(p.points.v[0].window, "\1\2\3", 3);
}

static void seekpoint__start_of_a_member_has_no_window(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints p = {0};

	(void)state;
	add(&p, 0);
	assert_null(p.points.v[0].window);
}

/* The vec moves its elements while it grows; the windows stay theirs. */
static void seekpoint__many_keep_their_windows(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints p = {0};

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		unsigned char window[4];
		const struct seekpoint sp = {i, i, 0, sizeof(window), window};

		memcpy(window, &i, 4);
		assert_int_equal(seekpoints_add(&p, &sp), 0);
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_memory_equal(p.points.v[i].window, &i, 4);
}

static void seekpoint__release_leaves_an_empty_one(void **state)
{
	struct seekpoints p = {0};

	(void)state;
	seekpoints_release(&p);
	add(&p, 0);
	seekpoints_release(&p);
	assert_int_equal(p.points.n, 0);
	assert_null(p.points.v);
}

static void seekpoint__widest_span(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints p = {0};

	(void)state;
	assert_int_equal(seekpoints_widest(&p, 0), 0);
	assert_int_equal(seekpoints_widest(&p, 100), 100);
	add(&p, 0);
	assert_int_equal(seekpoints_widest(&p, 100), 100);
	add(&p, 30);
	add(&p, 90);
	assert_int_equal(seekpoints_widest(&p, 100), 60);
	assert_int_equal(seekpoints_widest(&p, 151), 61);
	assert_int_equal(seekpoints_widest(&p, 90), 60);
	assert_int_equal(seekpoints_widest(&p, 10), 60);
}

/* Not sorted: what the index says may be anything. */
static void seekpoint__widest_of_nonsense_does_not_wrap(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints p = {0};

	(void)state;
	add(&p, 50);
	add(&p, 10);
	assert_int_equal(seekpoints_widest(&p, 20), 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seekpoint__add_copies_the_window),
	    cmocka_unit_test(seekpoint__start_of_a_member_has_no_window),
	    cmocka_unit_test(seekpoint__many_keep_their_windows),
	    cmocka_unit_test(seekpoint__release_leaves_an_empty_one),
	    cmocka_unit_test(seekpoint__widest_span),
	    cmocka_unit_test(seekpoint__widest_of_nonsense_does_not_wrap),
	};

	return cmocka_run_group_tests_name("io/seekpoint", tests, NULL, NULL);
}
