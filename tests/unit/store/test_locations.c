/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include <stdio.h>

static int64_t archive(struct index_dir *d, const char *path)
{
	struct archive_row row = {.path = (char *)(uintptr_t)path,
				  .input = (char *)(uintptr_t)path};
	int64_t id;

	assert_ok(archives_put(d->db, &row, &id, NULL, &d->err), &d->err);
	return id;
}

static int64_t put(struct index_dir *d, int64_t layer, int64_t in, uint64_t offset,
		   bool verified)
{
	struct location_row row = {.layer = layer,
				   .archive = in,
				   .offset = offset,
				   .length = 10,
				   .codec = CODEC_ZSTD,
				   .verified = verified};
	int64_t id;

	assert_ok(locations_put(d->db, &row, &id, &d->err), &d->err);
	return id;
}

struct found {
	struct location_row rows[8];
	size_t n;
};

static int take(void *arg, const struct location_row *row)
{
	struct found *f = arg;

	f->rows[f->n++] = *row;
	return 0;
}

static struct found all(struct index_dir *d, int64_t layer)
{
	struct found f = {0};

	assert_ok(locations_each(d->db, layer, take, &f, &d->err), &d->err);
	return f;
}

static void locations__every_field_comes_back(void **state)
{
	struct index_dir *d = *state;
	struct location_row in = {.layer = add_layer(d, "sha256:aa"),
				  .archive = archive(d, "/a"),
				  .offset = 1ull << 50,
				  .length = 1ull << 51,
				  .codec = CODEC_XZ,
				  .blob_digest = "sha256:bb",
				  .verified = true};
	struct found f;

	assert_ok(locations_put(d->db, &in, &in.id, &d->err), &d->err);
	f = all(d, in.layer);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.rows[0].id, in.id);
	assert_int_equal(f.rows[0].archive, in.archive);
	assert_int_equal(f.rows[0].offset, in.offset);
	assert_int_equal(f.rows[0].length, in.length);
	assert_int_equal(f.rows[0].codec, CODEC_XZ);
	assert_string_equal(f.rows[0].blob_digest, "sha256:bb");
	assert_true(f.rows[0].verified);
}

static void locations__verified_first_then_the_newest(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa"), a = archive(d, "/a");
	int64_t unverified = put(d, layer, a, 1, false), old = put(d, layer, a, 2, true);
	int64_t newest = put(d, layer, a, 3, true);
	struct found f = all(d, layer);

	assert_int_equal(f.n, 3);
	assert_int_equal(f.rows[0].id, newest);
	assert_int_equal(f.rows[1].id, old);
	assert_int_equal(f.rows[2].id, unverified);
	assert_ok(locations_set_verified(d->db, newest, false, &d->err), &d->err);
	assert_int_equal(all(d, layer).rows[0].id, old);
}

static void locations__the_same_place_is_one_row(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa"), a = archive(d, "/a");
	int64_t first = put(d, layer, a, 1, false);

	assert_int_equal(put(d, layer, a, 1, true), first);
	assert_int_equal(all(d, layer).n, 1);
	assert_true(all(d, layer).rows[0].verified);
}

static void locations__seek_points_come_back_in_order(void **state)
{
	struct index_dir *d = *state;
	int64_t id = put(d, add_layer(d, "sha256:aa"), archive(d, "/a"), 1, true);
	unsigned char window[] = {1, 0, 2};
	struct seekpoint second = {
	    .out = 1ull << 40, .in = 1ull << 39, .bits = 7, .window = window, .window_len = 3};
	struct seekpoint first = {.out = 0, .in = 10};
	struct seekpoints got = {0};

	assert_ok(seekpoints_insert(d->db, id, &second, &d->err), &d->err);
	assert_ok(seekpoints_insert(d->db, id, &first, &d->err), &d->err);
	assert_ok(seekpoints_load(d->db, id, &got, &d->err), &d->err);
	assert_int_equal(got.points.n, 2);
	assert_int_equal(got.points.v[0].out, 0);
	assert_int_equal(got.points.v[0].window_len, 0);
	assert_int_equal(got.points.v[1].out, second.out);
	assert_int_equal(got.points.v[1].in, second.in);
	assert_int_equal(got.points.v[1].bits, 7);
	assert_int_equal(got.points.v[1].window_len, 3);
	assert_memory_equal(got.points.v[1].window, window, 3);
	seekpoints_release(&got);
}

static void locations__damaged_rows_are_said_to_be(void **state)
{
	static const char *const damages[] = {"location SET codec = 'lzw'",
					      "location SET offset = -1",
					      "location SET length = -1"};
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa"), a = archive(d, "/a"), id;
	struct seekpoint p = {.out = 0};
	struct seekpoints got = {0};
	char sql[128];

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct found f = {0};

		put(d, layer, a, 1, true);
		snprintf(sql, sizeof(sql), "UPDATE %s", damages[i]);
		raw_exec(d, sql);
		assert_int_equal(locations_each(d->db, layer, take, &f, &d->err), -EBADMSG);
		raw_exec(d, "DELETE FROM location");
	}
	id = put(d, layer, a, 1, true);
	assert_ok(seekpoints_insert(d->db, id, &p, &d->err), &d->err);
	raw_exec(d, "UPDATE seekpoint SET bits = 8");
	assert_int_equal(seekpoints_load(d->db, id, &got, &d->err), -EBADMSG);
	seekpoints_release(&got);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(locations__every_field_comes_back),
	    TEST(locations__verified_first_then_the_newest),
	    TEST(locations__the_same_place_is_one_row),
	    TEST(locations__seek_points_come_back_in_order),
	    TEST(locations__damaged_rows_are_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
