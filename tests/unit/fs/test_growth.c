/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

static struct catalog *now(struct fixture *f, struct timespec *t)
{
	growth_check(f->ctx.growth);
	return growth_catalog(f->ctx.growth, t);
}

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void growth__new_image_appears_and_time_rises(void **state)
{
	_cleanup_(catalog_unrefp) struct catalog *before = NULL, *same = NULL, *after = NULL;
	struct timespec t[3];

	before = now(*state, &t[0]);
	same = now(*state, &t[1]);
	assert_ptr_equal(before, same);
	assert_int_equal(t[0].tv_nsec, t[1].tv_nsec);
	fixture_add_image(*state, "fresh:1");
	after = now(*state, &t[2]);
	assert_int_equal(after->n_images, before->n_images + 1);
	assert_true(later(t[2], t[1]));
}

/* However fast they follow one another. */
static void growth__time_never_stands_still(void **state)
{
	struct timespec last = {0}, t;

	for (int i = 0; i < 5; i++) {
		catalog_unref(now(*state, &t));
		assert_true(later(t, last));
		last = t;
		fixture_add_image(*state, i & 1 ? "x:1" : "y:1");
	}
}

static void growth__held_catalog_stays(void **state)
{
	struct fixture *f = *state;
	_cleanup_(catalog_unrefp) struct catalog *before = NULL, *after = NULL;

	before = now(f, NULL);
	fixture_delete_image(f, f->image[2]);
	after = now(f, NULL);
	assert_non_null(catalog_image(before, f->image[2]));
	assert_null(catalog_image(after, f->image[2]));
}

static void growth__filter_holds_after_growth(void **state)
{
	struct fixture *f = *state;
	_cleanup_(growth_freep) struct growth *g = NULL;
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	struct err err = ERR_INIT;
	struct db *db;

	assert_ok(db_open(f->db_path, DB_READ, &db, &err), &err);
	assert_ok(growth_new(db, f->ctx.forest, &f->image[2], 1, &g, &err), &err);
	fixture_add_image(f, "fresh:1");
	growth_check(g);
	c = growth_catalog(g, NULL);
	assert_int_equal(c->n_images, 1);
	assert_int_equal(c->images[0].id, f->image[2]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(growth__new_image_appears_and_time_rises),
	    TEST(growth__time_never_stands_still),
	    TEST(growth__held_catalog_stays),
	    TEST(growth__filter_holds_after_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
