/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

static struct archive_row row_of(const char *path)
{
	return (struct archive_row){.path = (char *)(uintptr_t)path,
				    .input = (char *)(uintptr_t) "/in\n\xff",
				    .codec = CODEC_GZIP,
				    .spooled = true,
				    .dev = 0xffffffffffff,
				    .ino = 1ull << 62,
				    .size = 12345,
				    .mtime_ns = -5,
				    .ctime_ns = 1ll << 60};
}

static int64_t put(struct index_dir *d, const struct archive_row *row, bool *changed)
{
	int64_t id;

	assert_ok(archives_put(d->db, row, &id, changed, &d->err), &d->err);
	return id;
}

static int64_t locate(struct index_dir *d, int64_t archive)
{
	struct location_row location = {.archive = archive, .codec = CODEC_NONE};

	location.layer = add_layer(d, "sha256:aa");
	assert_ok(locations_put(d->db, &location, &location.id, &d->err), &d->err);
	return location.id;
}

static void archives__every_field_comes_back(void **state)
{
	struct index_dir *d = *state;
	struct archive_row in = row_of("/pa\nth\xfe"), out;
	int64_t id = put(d, &in, NULL);

	assert_int_equal(archives_get(d->db, id, &out, &d->err), 1);
	assert_string_equal(out.path, in.path);
	assert_string_equal(out.input, in.input);
	assert_int_equal(out.codec, CODEC_GZIP);
	assert_true(out.spooled);
	assert_int_equal(out.dev, in.dev);
	assert_int_equal(out.ino, in.ino);
	assert_int_equal(out.size, in.size);
	assert_int_equal(out.mtime_ns, in.mtime_ns);
	assert_int_equal(out.ctime_ns, in.ctime_ns);
	archive_row_release(&out);
	assert_int_equal(archives_find(d->db, in.path, &out, &d->err), 1);
	assert_int_equal(out.id, id);
	archive_row_release(&out);
	assert_int_equal(archives_find(d->db, "/other", &out, &d->err), 0);
	assert_int_equal(archives_get(d->db, id + 1, &out, &d->err), 0);
}

/* Another size, mtime, inode or device at the same path: other bytes, so no place in them. */
static void archives__other_bytes_lose_their_locations(void **state)
{
	struct index_dir *d = *state;
	struct archive_row row = row_of("/a");
	uint64_t *const fields[] = {&row.size, &row.ino, &row.dev, (uint64_t *)&row.mtime_ns};
	bool changed;
	int64_t id = put(d, &row, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		locate(d, id);
		*fields[i] += 1;
		assert_int_equal(put(d, &row, &changed), id);
		assert_true(changed);
		assert_int_equal(raw_int(d, "SELECT count(*) FROM location"), 0);
		raw_exec(d, "DELETE FROM layer");
	}
}

static void archives__a_new_ctime_keeps_them(void **state)
{
	struct index_dir *d = *state;
	struct archive_row row = row_of("/a");
	bool changed = true;
	int64_t id = put(d, &row, NULL);

	locate(d, id);
	row.ctime_ns++;
	row.input = (char *)(uintptr_t) "/elsewhere";
	assert_int_equal(put(d, &row, &changed), id);
	assert_false(changed);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM location"), 1);
	assert_int_equal(raw_int(d, "SELECT ctime FROM archive"), row.ctime_ns);
	assert_string_equal(raw_text(d, "SELECT input FROM archive"), "/elsewhere");
}

static void archives__set_identity_keeps_locations(void **state)
{
	struct index_dir *d = *state;
	struct archive_row row = row_of("/a");

	row.id = put(d, &row, NULL);
	locate(d, row.id);
	row.mtime_ns = 77;
	assert_ok(archives_set_identity(d->db, &row, &d->err), &d->err);
	assert_int_equal(raw_int(d, "SELECT mtime FROM archive"), 77);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM location"), 1);
}

static int count(void *arg, const struct archive_row *row)
{
	assert_non_null(row->path);
	return ++*(int *)arg == 2 ? 5 : 0;
}

static void archives__each_ends_when_asked(void **state)
{
	struct index_dir *d = *state;
	struct archive_row a = row_of("/a"), b = row_of("/b"), c = row_of("/c");
	int n = 0;

	put(d, &a, NULL);
	put(d, &b, NULL);
	put(d, &c, NULL);
	assert_int_equal(archives_each(d->db, count, &n, &d->err), 5);
	assert_int_equal(n, 2);
}

static void archives__unused_ones_go_used_ones_stay(void **state)
{
	struct index_dir *d = *state;
	struct archive_row a = row_of("/a"), b = row_of("/b");
	int64_t used = put(d, &a, NULL);

	put(d, &b, NULL);
	locate(d, used);
	assert_ok(archives_delete_unused(d->db, &d->err), &d->err);
	assert_string_equal(raw_text(d, "SELECT group_concat(id) FROM archive"), "1");
	assert_ok(archives_delete(d->db, used, &d->err), &d->err);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM location"), 0);
}

static void archives__an_unknown_codec_is_damage(void **state)
{
	struct index_dir *d = *state;
	struct archive_row row = row_of("/a"), out;
	int64_t id = put(d, &row, NULL);

	raw_exec(d, "UPDATE archive SET codec = 'rar'");
	assert_int_equal(archives_get(d->db, id, &out, &d->err), -EBADMSG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(archives__every_field_comes_back),
	    TEST(archives__other_bytes_lose_their_locations),
	    TEST(archives__a_new_ctime_keeps_them),
	    TEST(archives__set_identity_keeps_locations),
	    TEST(archives__each_ends_when_asked),
	    TEST(archives__unused_ones_go_used_ones_stay),
	    TEST(archives__an_unknown_codec_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
