/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/publish_names.h"
#include "store/images.h"

/* Images 1 and 2 in the index; an intake of up to two images with names. */
static void add_images(struct fixture *f)
{
	fixture_exec(f,
		     "INSERT INTO image (id, config_digest, platform, format, indexed) VALUES "
		     "(1, 'sha256:1', '', 'oci', 0), (2, 'sha256:2', '', 'oci', 0)");
}

static void name_image(struct intake *in, int64_t row, const char *reference, uint32_t event)
{
	struct intake_image *img;

	assert_int_equal(intake_image_vec_push(&in->images, (struct intake_image){0}), 0);
	img = &in->images.v[in->images.n - 1];
	img->row = row;
	assert_int_equal(
	    intake_name_vec_push(&img->names, (struct intake_name){strdup(reference), event}),
	    0);
}

static bool put(struct fixture *f, struct intake *in)
{
	bool changed = false;

	assert_ok(db_begin(f->db, &f->err), &f->err);
	assert_ok(publish_names(f->db, in, &changed, &f->err), &f->err);
	assert_ok(db_commit(f->db, &f->err), &f->err);
	intake_release(in);
	return changed;
}

static void publish_names__the_last_input_owns_the_name(void **state)
{
	struct fixture *f = *state;
	struct intake in = {0};

	add_images(f);
	name_image(&in, 1, "docker.io/library/app:1", 0);
	assert_true(put(f, &in));
	name_image(&in, 2, "app:1", 0);
	assert_true(put(f, &in));
	assert_int_equal(fixture_number(f, "SELECT image FROM name WHERE reference = 'app:1' "
					   "ORDER BY event DESC LIMIT 1"),
			 2);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM name"), 2);
	/* And back. */
	name_image(&in, 1, "app:1", 0);
	assert_true(put(f, &in));
	assert_int_equal(fixture_number(f, "SELECT image FROM name WHERE reference = 'app:1' "
					   "ORDER BY event DESC LIMIT 1"),
			 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM name"), 2);
}

static void publish_names__an_owner_stays_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct intake in = {0};

	add_images(f);
	name_image(&in, 1, "app:1", 0);
	assert_true(put(f, &in));
	name_image(&in, 1, "app:1", 5);
	assert_false(put(f, &in));
}

static void publish_names__platforms_of_one_index_share_an_event(void **state)
{
	struct fixture *f = *state;
	struct intake in = {0};

	add_images(f);
	name_image(&in, 1, "app:1", 4);
	name_image(&in, 2, "app:1", 4);
	assert_true(put(f, &in));
	assert_int_equal(fixture_number(f, "SELECT count(DISTINCT event) FROM name"), 1);
	name_image(&in, 1, "app:1", 4);
	name_image(&in, 2, "app:1", 4);
	assert_false(put(f, &in));
	/* One of them alone, tagged anew, takes the name. */
	name_image(&in, 2, "app:1", 0);
	name_image(&in, 2, "app:2", 0);
	assert_true(put(f, &in));
}

int main(void)
{
#define NAMES_TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
	    NAMES_TEST(publish_names__the_last_input_owns_the_name),
	    NAMES_TEST(publish_names__an_owner_stays_as_it_is),
	    NAMES_TEST(publish_names__platforms_of_one_index_share_an_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
