/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

struct ids {
	int64_t v[8];
	size_t n;
};

static int take_id(void *arg, int64_t id)
{
	struct ids *ids = arg;

	ids->v[ids->n++] = id;
	return 0;
}

static int take_row(void *arg, const struct layer_row *row)
{
	return take_id(arg, row->id);
}

static int64_t stage(struct index_dir *d, const char *diff_id, const char *run)
{
	int64_t id;

	assert_ok(layers_stage(d->db, diff_id, run, &id, &d->err), &d->err);
	return id;
}

static void layers__staged_ones_are_known_but_not_listed(void **state)
{
	struct index_dir *d = *state;
	struct layer_row row;
	struct ids listed = {0}, staged = {0}, mine = {0};
	int64_t a = stage(d, "sha256:aa", "run1"), b = stage(d, "sha256:bb", "run2");

	assert_int_equal(layers_find(d->db, "sha256:aa", &row, &d->err), 1);
	assert_false(row.published);
	assert_ok(layers_each(d->db, take_row, &listed, &d->err), &d->err);
	assert_int_equal(listed.n, 0);
	assert_ok(layers_each_staged(d->db, NULL, take_id, &staged, &d->err), &d->err);
	assert_int_equal(staged.n, 2);
	assert_ok(layers_each_staged(d->db, "run2", take_id, &mine, &d->err), &d->err);
	assert_int_equal(mine.n, 1);
	assert_int_equal(mine.v[0], b);

	assert_ok(layers_publish(d->db, a, &d->err), &d->err);
	assert_ok(layers_each(d->db, take_row, &listed, &d->err), &d->err);
	assert_int_equal(listed.n, 1);
	assert_int_equal(listed.v[0], a);
	assert_string_equal(raw_text(d, "SELECT staged_by IS NULL FROM layer WHERE published"),
			    "1");
}

static void layers__every_field_comes_back(void **state)
{
	struct index_dir *d = *state;
	struct layer_row in = {.tar_bytes = 1ull << 40,
			       .content_bytes = 1ull << 39,
			       .entries = 123456,
			       .findings = 7},
			 out;

	in.id = stage(d, "sha256:aa", "r");
	assert_ok(layers_finish(d->db, &in, &d->err), &d->err);
	assert_int_equal(layers_get(d->db, in.id, &out, &d->err), 1);
	assert_string_equal(out.diff_id, "sha256:aa");
	assert_int_equal(out.tar_bytes, in.tar_bytes);
	assert_int_equal(out.content_bytes, in.content_bytes);
	assert_int_equal(out.entries, in.entries);
	assert_int_equal(out.findings, in.findings);
	assert_true(out.indexed > 1500000000);
	assert_int_equal(layers_get(d->db, in.id + 1, &out, &d->err), 0);
	assert_int_equal(layers_find(d->db, "sha256:a", &out, &d->err), 0);
}

static void layers__one_row_a_diff_id(void **state)
{
	struct index_dir *d = *state;
	int64_t id;

	stage(d, "sha256:aa", "r");
	assert_int_equal(layers_stage(d->db, "sha256:aa", "r", &id, &d->err), -EEXIST);
}

static void layers__ids_are_never_used_again(void **state)
{
	struct index_dir *d = *state;
	int64_t a = add_layer(d, "sha256:aa");

	assert_ok(layers_delete(d->db, a, &d->err), &d->err);
	assert_true(add_layer(d, "sha256:bb") > a);
	index_reopen(d, DB_WRITE);
	assert_ok(layers_delete(d->db, a + 1, &d->err), &d->err);
	index_reopen(d, DB_WRITE);
	assert_int_equal(add_layer(d, "sha256:cc"), a + 2);
}

static void fill(struct index_dir *d, int64_t layer)
{
	struct entry_row row = file_row(layer, 1, "f", 4, 1);
	char path[] = "/a.tar";
	struct archive_row archive = {.path = path, .input = path};
	struct location_row location = {.layer = layer, .codec = CODEC_GZIP};
	struct seekpoint p = {.out = 0};

	put_entry(d, &row);
	assert_ok(xattrs_insert(d->db, row.id, BYTES("user.a"), BYTES("b"), &d->err), &d->err);
	assert_ok(findings_insert(d->db, layer, 0, "x", BYTES("p"), NULL, &d->err), &d->err);
	assert_ok(archives_put(d->db, &archive, &location.archive, NULL, &d->err), &d->err);
	location.offset = (uint64_t)layer;
	assert_ok(locations_put(d->db, &location, &location.id, &d->err), &d->err);
	assert_ok(seekpoints_insert(d->db, location.id, &p, &d->err), &d->err);
}

static const char count_all[] =
    "SELECT (SELECT count(*) FROM entry) || ' ' || (SELECT count(*) FROM xattr) || ' ' ||"
    " (SELECT count(*) FROM finding) || ' ' || (SELECT count(*) FROM location) || ' ' ||"
    " (SELECT count(*) FROM seekpoint)";

static void layers__deleting_one_takes_all_that_is_its_own(void **state)
{
	struct index_dir *d = *state;
	int64_t a = add_layer(d, "sha256:aa"), b = add_layer(d, "sha256:bb");

	fill(d, a);
	fill(d, b);
	assert_string_equal(raw_text(d, count_all), "2 2 2 2 2");
	assert_ok(layers_delete(d->db, a, &d->err), &d->err);
	assert_string_equal(raw_text(d, count_all), "1 1 1 1 1");
	assert_int_equal(raw_int(d, "SELECT id >> 24 FROM entry"), b);
	assert_ok(db_check(d->db, &d->err), &d->err);
}

static void layers__one_that_an_image_uses_stays(void **state)
{
	struct index_dir *d = *state;
	int64_t a = add_layer(d, "sha256:aa");

	fill(d, a);
	add_image(d, "sha256:01", &a, 1);
	assert_int_equal(layers_delete(d->db, a, &d->err), -EBUSY);
	assert_string_equal(raw_text(d, count_all), "1 1 1 1 1");
}

static void layers__unused_are_those_without_an_image(void **state)
{
	struct index_dir *d = *state;
	int64_t a = add_layer(d, "sha256:aa"), b = add_layer(d, "sha256:bb");
	struct ids unused = {0};
	int64_t staged = stage(d, "sha256:cc", "r");

	add_image(d, "sha256:01", &a, 1);
	assert_ok(layers_each_unused(d->db, take_id, &unused, &d->err), &d->err);
	assert_int_equal(unused.n, 1);
	assert_int_equal(unused.v[0], b);
	assert_int_not_equal(unused.v[0], staged);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(layers__staged_ones_are_known_but_not_listed),
	    TEST(layers__every_field_comes_back),
	    TEST(layers__one_row_a_diff_id),
	    TEST(layers__ids_are_never_used_again),
	    TEST(layers__deleting_one_takes_all_that_is_its_own),
	    TEST(layers__one_that_an_image_uses_stays),
	    TEST(layers__unused_are_those_without_an_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
