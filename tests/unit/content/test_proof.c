/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include "content/identity.h"
#include "content/proof.h"

/* Opened and at its stored bytes; *ret_now is of before. */
static struct opened *open_stored(struct fixture *f, size_t archive,
				  struct archive_row *ret_now)
{
	const struct location_row place = fixture_location(f, archive);
	struct opened *o = NULL;

	*ret_now = (struct archive_row){0};
	assert_ok(opened_at(&f->opener, &f->layer, &place, &o, &f->err), &f->err);
	assert_int_equal(identity_take(o->file->fd, ret_now), 0);
	assert_ok(opened_stored(&f->opener, o, &f->err), &f->err);
	return o;
}

/* proof_need of a fresh opening. */
static int need(struct fixture *f, size_t archive)
{
	struct archive_row now;
	_cleanup_(opened_unrefp) struct opened *o = open_stored(f, archive, &now);

	f->err = ERR_INIT;
	return proof_need(&f->opener, o, &now, NULL, &f->err);
}

static int64_t index_ctime(struct fixture *f, size_t archive)
{
	_cleanup_(archive_row_release) struct archive_row row = {0};

	assert_int_equal(archives_get(f->db, f->archives[archive].id, &row, &f->err), 1);
	return row.ctime_ns;
}

static void proof__hash_is_of_the_decoded_bytes(void **state)
{
	static const enum codec codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_ZSTD, CODEC_XZ};
	struct fixture *f = *state;

	for (size_t i = 0; i < 8; i++) {
		_cleanup_(opened_unrefp) struct opened *o = NULL;
		enum codec codec = codecs[i / 2];
		struct archive_row now;

		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		fixture_locate(f,
			       i % 2 ? fixture_damaged(f, "one.tar", codec)
				     : fixture_archive(f, "one.tar", codec, CODEC_NONE),
			       true);
		o = open_stored(f, 0, &now);
		assert_int_equal(proof_hash(o, NULL, &f->err), i % 2 ? -EBADMSG : 0);
	}
	assert_non_null(strstr(f->err.msg, "one.tar"));
	assert_non_null(strstr(f->err.msg, f->layer.diff_id));
}

static void proof__what_was_hashed_is_not_hashed_again(void **state)
{
	struct fixture *f = *state;

	fixture_locate(f, fixture_damaged(f, "one.tar", CODEC_NONE), true);
	assert_int_equal(need(f, 0), 0); /* its damage is not looked for */
}

static void proof__an_unverified_place_is_hashed_and_remembered(void **state)
{
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_ZSTD, CODEC_NONE), false);
	assert_int_equal(need(f, 0), 0);
	assert_true(fixture_location(f, 0).verified);
}

static void proof__damage_is_found_and_remembered(void **state)
{
	struct archive_row now;
	struct fixture *f = *state;
	_cleanup_(opened_unrefp) struct opened *o = NULL;

	fixture_locate(f, fixture_damaged(f, "one.tar", CODEC_GZIP), false);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(need(f, 0), -EBADMSG);
		assert_non_null(strstr(f->err.msg, "DiffID"));
	}
	assert_false(fixture_location(f, 0).verified);
	o = open_stored(f, 0, &now);
	assert_int_equal(ledger_get(f->opener.ledger, &now, o->archive.id, &o->location),
			 VERDICT_REFUTED);
}

static void proof__seek_points_are_collected_on_the_way(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints points = {0}, stored = {0};
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	struct archive_row now;
	struct fixture *f = *state;
	int64_t id =
	    fixture_locate(f, fixture_archive(f, "one.tar", CODEC_GZIP, CODEC_NONE), false);

	o = open_stored(f, 0, &now);
	assert_int_equal(proof_need(&f->opener, o, &now, &points, &f->err), 0);
	assert_true(points.points.n > 0);
	assert_int_equal(seekpoints_load(f->db, id, &stored, &f->err), 0);
	assert_int_equal(stored.points.n, points.points.n);
	for (size_t i = 0; i < stored.points.n; i++)
		assert_int_equal(stored.points.v[i].out, points.points.v[i].out);
}

static void proof__a_touched_archive_is_hashed_and_adopted(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	before = index_ctime(f, 0);
	fixture_chmod(f->archives[0].path);
	assert_int_equal(need(f, 0), 0);
	assert_int_not_equal(index_ctime(f, 0), before);
}

static void proof__a_touched_archive_with_other_bytes_is_stale(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	before = index_ctime(f, 0);
	fixture_overwrite(f->archives[0].path, FIXTURE_BEFORE + 600, BYTES("other"));
	for (int i = 0; i < 2; i++)
		assert_int_equal(need(f, 0), -ESTALE);
	assert_int_equal(index_ctime(f, 0), before);
}

struct seen {
	int64_t location;
	bool verified, found;
};

static int look(void *arg, const struct location_row *row)
{
	struct seen *s = arg;

	if (row->id == s->location) {
		s->found = true;
		s->verified = row->verified;
	}
	return 0;
}

static bool is_verified(struct fixture *f, int64_t location)
{
	struct seen s = {.location = location};

	assert_int_equal(locations_each(f->db, f->layer.id, look, &s, &f->err), 0);
	assert_true(s.found);
	return s.verified;
}

/* The archive's identity is that of everything in it, but one place was hashed. */
static void proof__adopting_puts_other_places_in_doubt(void **state)
{
	struct location_row row = {.offset = 10, .length = 20, .verified = true};
	struct fixture *f = *state;
	struct archive_row now;
	int64_t hashed, beside, elsewhere;
	struct opened *o = NULL;

	hashed = fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	elsewhere =
	    fixture_locate(f, fixture_archive(f, "two.tar", CODEC_NONE, CODEC_NONE), true);
	fixture_chmod(f->archives[0].path);
	o = open_stored(f, 0, &now);
	row.layer = f->layer.id;
	row.archive = f->archives[0].id;
	assert_ok(locations_put(f->db, &row, &beside, &f->err), &f->err);
	assert_int_equal(proof_need(&f->opener, o, &now, NULL, &f->err), 0);
	opened_unref(o);
	assert_true(is_verified(f, hashed));
	assert_false(is_verified(f, beside));
	assert_true(is_verified(f, elsewhere));
}

/* Between our opening and our proof somebody indexed another file under the name. */
static void proof__an_index_that_speaks_of_another_file_is_left_alone(void **state)
{
	_cleanup_(archive_row_release) struct archive_row row = {0}, after = {0};
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	struct archive_row now;
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), false);
	o = open_stored(f, 0, &now);
	assert_int_equal(archives_get(f->db, f->archives[0].id, &row, &f->err), 1);
	row.ino += 1;
	row.ctime_ns += 5;
	assert_ok(archives_set_identity(f->db, &row, &f->err), &f->err);
	assert_int_equal(proof_need(&f->opener, o, &now, NULL, &f->err), 0);
	assert_int_equal(archives_get(f->db, f->archives[0].id, &after, &f->err), 1);
	assert_int_equal(after.ino, row.ino);
	assert_int_equal(after.ctime_ns, row.ctime_ns);
	assert_false(fixture_location(f, 0).verified);
}

static void proof__a_change_while_hashing_is_no_proof(void **state)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	struct archive_row now;
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), false);
	o = open_stored(f, 0, &now);
	fixture_chmod(f->archives[0].path);
	assert_int_equal(proof_need(&f->opener, o, &now, NULL, &f->err), -EAGAIN);
	assert_false(fixture_location(f, 0).verified);
	now.mtime_ns -= 1;
	assert_int_equal(proof_need(&f->opener, o, &now, NULL, &f->err), -ESTALE);
	assert_false(fixture_location(f, 0).verified);
	assert_int_equal(need(f, 0), 0); /* the next one is not misled */
}

/* With a read-only index the ledger is all there is. */
static void proof__what_this_process_proved_counts(void **state)
{
	struct fixture *f = *state;
	struct archive_row now;
	_cleanup_(opened_unrefp) struct opened *o = NULL;

	fixture_locate(f, fixture_damaged(f, "one.tar", CODEC_NONE), false);
	o = open_stored(f, 0, &now);
	opened_note(&f->opener, o, &now, VERDICT_PROVEN);
	assert_int_equal(proof_need(&f->opener, o, &now, NULL, &f->err), 0);
	fixture_chmod(f->archives[0].path); /* void: this is another state */
	assert_int_equal(need(f, 0), -EBADMSG);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(proof__hash_is_of_the_decoded_bytes),
	    T(proof__what_was_hashed_is_not_hashed_again),
	    T(proof__an_unverified_place_is_hashed_and_remembered),
	    T(proof__damage_is_found_and_remembered),
	    T(proof__seek_points_are_collected_on_the_way),
	    T(proof__a_touched_archive_is_hashed_and_adopted),
	    T(proof__a_touched_archive_with_other_bytes_is_stale),
	    T(proof__adopting_puts_other_places_in_doubt),
	    T(proof__an_index_that_speaks_of_another_file_is_left_alone),
	    T(proof__a_change_while_hashing_is_no_proof),
	    T(proof__what_this_process_proved_counts),
	};

	return cmocka_run_group_tests_name("content/proof", tests, NULL, NULL);
}
