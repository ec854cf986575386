/* SPDX-License-Identifier: MIT */
#include "fs_fixture.h"

static int open_view(struct fixture *f, struct view_id id, struct view *ret)
{
	_cleanup_(catalog_unrefp) struct catalog *c = growth_catalog(f->ctx.growth, NULL);

	return view_open(f->ctx.forest, c, &id, ret);
}

static void view__merged_and_raw_differ(void **state)
{
	struct fixture *f = *state;
	_cleanup_(view_release) struct view merged = {0}, raw = {0};

	assert_int_equal(open_view(f, (struct view_id){VIEW_ROOTFS, f->image[1], 2}, &merged),
			 0);
	assert_int_equal(open_view(f, (struct view_id){VIEW_IMAGE_LAYER, f->image[1], 2}, &raw),
			 0);
	assert_int_equal(view_child(&merged, 0, BYTES("null")), 0);
	assert_int_equal(view_child(&merged, 0, BYTES(".wh.null")), 0);
	assert_int_not_equal(view_child(&merged, 0, BYTES("bin")), 0);
	assert_int_not_equal(view_child(&raw, 0, BYTES(".wh.null")), 0);
	assert_int_equal(view_child(&raw, 0, BYTES("bin")), 0);
	assert_false(merged.raw);
	assert_true(raw.raw);
}

static void view__step_stops_at_its_layer(void **state)
{
	struct fixture *f = *state;
	_cleanup_(view_release) struct view v = {0};

	assert_int_equal(open_view(f, (struct view_id){VIEW_STEP, f->image[1], 1}, &v), 0);
	assert_int_not_equal(view_child(&v, 0, BYTES("null")), 0);
	assert_int_equal(view_child(&v, 0, BYTES("twin")), 0);
}

/* A link to nothing below is no name at the bottom, and an empty file above it. */
static void view__link_to_lower_needs_a_lower(void **state)
{
	struct fixture *f = *state;
	_cleanup_(view_release) struct view above = {0}, bottom = {0};
	int64_t image = fixture_add_image(f, "bottom:1");

	assert_int_equal(
	    open_view(f, (struct view_id){VIEW_IMAGE_LAYER, f->image[1], 2}, &above), 0);
	assert_int_not_equal(view_child(&above, 0, BYTES("low")), 0);
	growth_check(f->ctx.growth);
	assert_int_equal(open_view(f, (struct view_id){VIEW_IMAGE_LAYER, image, 1}, &bottom),
			 0);
	assert_int_equal(view_child(&bottom, 0, BYTES("low")), 0);
	assert_int_not_equal(view_child(&bottom, 0, BYTES("twin")), 0);
}

/* The fixture has nothing of 4 KiB twice. */
static void view__duplicates_of_this_generation_only(void **state)
{
	struct fixture *f = *state;
	_cleanup_(catalog_unrefp) struct catalog *c = growth_catalog(f->ctx.growth, NULL);
	_cleanup_(view_release) struct view now = {0}, old = {0};

	assert_int_equal(
	    open_view(f, (struct view_id){VIEW_DUPLICATES, c->generation + 1, 0}, &now), 0);
	assert_int_equal(now.n, 1);
	assert_true(node_is_dir(&now.nodes[0]));
	fixture_add_image(f, "new:1");
	growth_check(f->ctx.growth);
	assert_int_equal(
	    open_view(f, (struct view_id){VIEW_DUPLICATES, c->generation + 1, 0}, &old),
	    -ESTALE);
}

static void view__gone_is_stale(void **state)
{
	struct fixture *f = *state;
	const struct view_id gone[] = {{VIEW_ROOTFS, 99, 1},
				       {VIEW_STEP, 99, 1},
				       {VIEW_IMAGE_LAYER, 99, 1},
				       {VIEW_IMAGE_LAYER, f->image[1], 3},
				       {VIEW_IMAGE_LAYER, f->image[1], 0},
				       {VIEW_LAYER, 99, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(gone); i++) {
		_cleanup_(view_release) struct view v = {0};

		assert_int_equal(open_view(f, gone[i], &v), -ESTALE);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(view__merged_and_raw_differ),
	    TEST(view__step_stops_at_its_layer),
	    TEST(view__link_to_lower_needs_a_lower),
	    TEST(view__duplicates_of_this_generation_only),
	    TEST(view__gone_is_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
