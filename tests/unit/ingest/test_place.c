/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/place.h"
#include "store/layers.h"

#include <stdio.h>

struct spot {
	struct infile in;
	struct intake_layer layer;
	int64_t id;
	bool changed, made;
};

static void spot_init(struct fixture *f, struct spot *s)
{
	*s = (struct spot){.in = INFILE_INIT};
	s->in.path = strdup("/nowhere/a.tar");
	s->in.identity = (struct identity){1, 2, 3, 4, 5};
	s->layer = (struct intake_layer){.offset = 512, .len = 10, .size = -1};
	assert_ok(db_begin(f->db, &f->err), &f->err);
	assert_ok(layers_stage(f->db,
			       "sha256:"
			       "11111111111111111111111111111111"
			       "11111111111111111111111111111111",
			       "run", &s->id, &f->err),
		  &f->err);
	assert_ok(db_commit(f->db, &f->err), &f->err);
}

static void record(struct fixture *f, struct spot *s, bool replace)
{
	s->changed = s->made = false;
	assert_ok(db_begin(f->db, &f->err), &f->err);
	assert_ok(place_record(f->db, &s->in, &s->layer, s->id, replace, &s->changed, &s->made,
			       &f->err),
		  &f->err);
	assert_ok(db_commit(f->db, &f->err), &f->err);
}

static void spot_release(struct spot *s)
{
	seekpoints_release(&s->layer.points);
	infile_release(&s->in);
}

static void place__records_once(void **state)
{
	_cleanup_(spot_release) struct spot s;
	struct fixture *f = *state;

	spot_init(f, &s);
	record(f, &s, false);
	assert_true(s.changed && s.made);
	record(f, &s, true);
	assert_false(s.changed || s.made);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location"), 1);
}

static void place__verifying_changes_a_location_and_never_back(void **state)
{
	_cleanup_(spot_release) struct spot s;
	struct fixture *f = *state;

	spot_init(f, &s);
	record(f, &s, false);
	s.layer.verified = true;
	s.layer.blob_seen = (struct digest){.alg = DIGEST_SHA256, .raw = {3}};
	record(f, &s, false);
	assert_true(s.changed);
	s.layer.verified = false;
	record(f, &s, true);
	assert_false(s.changed);
	assert_int_equal(fixture_number(f, "SELECT verified FROM location"), 1);
}

static void place__only_publishing_replaces_another_file_at_the_path(void **state)
{
	_cleanup_(spot_release) struct spot s;
	struct fixture *f = *state;

	spot_init(f, &s);
	record(f, &s, false);
	s.in.identity.ino = 99;
	s.layer.offset = 1024;
	record(f, &s, false);
	assert_false(s.changed);
	assert_int_equal(fixture_number(f, "SELECT offset FROM location"), 512);
	record(f, &s, true);
	assert_true(s.changed);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location"), 1);
	assert_int_equal(fixture_number(f, "SELECT offset FROM location"), 1024);
}

static void place__stores_seek_points_with_the_location(void **state)
{
	_cleanup_(spot_release) struct spot s;
	struct fixture *f = *state;
	struct seekpoint p = {.out = 0, .in = 10};

	spot_init(f, &s);
	assert_int_equal(seekpoints_add(&s.layer.points, &p), 0);
	p.out = 1000;
	assert_int_equal(seekpoints_add(&s.layer.points, &p), 0);
	record(f, &s, false);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM seekpoint"), 2);
	record(f, &s, true);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM seekpoint"), 2);
}

static void place__checks_the_files_of_a_directory(void **state)
{
	_cleanup_(infile_release) struct infile in = INFILE_INIT;
	_cleanup_(intake_release) struct intake intake = {0};
	struct intake_image img = {0};
	struct intake_layer l = {0};
	struct fixture *f = *state;
	struct stat st;
	char path[128];

	fixture_write(f, "blob", BYTES("content"), path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_ok(infile_open(f->dir, &f->opts, &in, &f->err), &f->err);
	l.path = strdup("blob");
	l.identity = identity_of(&st);
	assert_int_equal(intake_layer_vec_push(&img.layers, l), 0);
	assert_int_equal(intake_image_vec_push(&intake.images, img), 0);
	assert_ok(place_check(&in, &intake, &f->err), &f->err);
	fixture_write(f, "blob", BYTES("another"), path, sizeof(path));
	assert_int_equal(truncate(path, 3), 0);
	assert_int_equal(place_check(&in, &intake, &f->err), -ESTALE);
	assert_non_null(strstr(f->err.msg, "blob: changed"));
}

int main(void)
{
#define PLACE_TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
	    PLACE_TEST(place__records_once),
	    PLACE_TEST(place__verifying_changes_a_location_and_never_back),
	    PLACE_TEST(place__only_publishing_replaces_another_file_at_the_path),
	    PLACE_TEST(place__stores_seek_points_with_the_location),
	    PLACE_TEST(place__checks_the_files_of_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
