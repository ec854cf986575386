/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

static const char nasty[] = "RUN a\nb\x1b[0m\xff";

static struct image_row image_row(const char *config_digest)
{
	return (struct image_row){.config_digest = config_digest,
				  .platform = "linux/arm64/v8",
				  .manifest_digest = "sha256:mm",
				  .created = "2026-01-01T00:00:00Z",
				  .format = "oci-archive",
				  .config = BYTES("{\"a\":1}"),
				  .manifest = BYTES("{\"b\":2}"),
				  .indexed = 1234567890};
}

static void images__every_field_comes_back(void **state)
{
	struct index_dir *d = *state;
	struct image_row in = image_row("sha256:01"), out;
	int64_t id;

	assert_ok(images_put(d->db, &in, &id, &d->err), &d->err);
	assert_int_equal(images_get(d->db, id, &out, &d->err), 1);
	assert_int_equal(out.id, id);
	assert_string_equal(out.config_digest, in.config_digest);
	assert_string_equal(out.platform, in.platform);
	assert_string_equal(out.manifest_digest, in.manifest_digest);
	assert_string_equal(out.created, in.created);
	assert_string_equal(out.format, in.format);
	assert_true(bytes_equal(out.config, in.config));
	assert_true(bytes_equal(out.manifest, in.manifest));
	assert_int_equal(out.indexed, in.indexed);
	assert_int_equal(images_get(d->db, id + 1, &out, &d->err), 0);
}

static void images__absent_is_not_empty(void **state)
{
	struct index_dir *d = *state;
	struct image_row in = {.config_digest = "sha256:01", .platform = "", .format = "layer"};
	struct image_row out;
	int64_t id;

	assert_ok(images_put(d->db, &in, &id, &d->err), &d->err);
	assert_int_equal(images_get(d->db, id, &out, &d->err), 1);
	assert_null(out.config.ptr);
	assert_null(out.manifest.ptr);
	assert_null(out.manifest_digest);
	assert_null(out.created);
}

static int count_layers(void *arg, const struct image_layer_row *row)
{
	(void)row;
	(*(int *)arg)++;
	return 0;
}

static int count_history(void *arg, const struct history_row *row)
{
	(void)row;
	(*(int *)arg)++;
	return 0;
}

/* An image is its config digest and platform: indexed again, it has the new layers. */
static void images__the_same_again_is_replaced(void **state)
{
	struct index_dir *d = *state;
	struct image_row in = image_row("sha256:01"), other = image_row("sha256:01");
	struct history_row entry = {.created_by = BYTES("x")};
	int64_t layer = add_layer(d, "sha256:aa"), id, again, third;
	struct image_layer_row row = {
	    .position = 1, .layer = layer, .diff_id = "sha256:aa", .blob_bytes = 5};
	int n = 0;

	assert_ok(images_put(d->db, &in, &id, &d->err), &d->err);
	assert_ok(image_layers_insert(d->db, id, &row, &d->err), &d->err);
	assert_ok(history_insert(d->db, id, &entry, &d->err), &d->err);
	in.format = "oci";
	assert_ok(images_put(d->db, &in, &again, &d->err), &d->err);
	assert_int_equal(again, id);
	assert_ok(image_layers_each(d->db, id, count_layers, &n, &d->err), &d->err);
	assert_ok(history_each(d->db, id, count_history, &n, &d->err), &d->err);
	assert_int_equal(n, 0);
	assert_string_equal(raw_text(d, "SELECT format FROM image"), "oci");
	other.platform = "linux/amd64";
	assert_ok(images_put(d->db, &other, &third, &d->err), &d->err);
	assert_int_not_equal(third, id);
}

static int check_layer(void *arg, const struct image_layer_row *row)
{
	int *n = arg;

	assert_int_equal(row->position, ++*n);
	if (*n == 1) {
		assert_int_not_equal(row->layer, 0);
		assert_string_equal(row->diff_id, "sha256:aa");
		assert_string_equal(row->blob_digest, "sha256:blob");
		assert_string_equal(row->codec, "zstd");
		assert_string_equal(row->media_type, "application/x");
		assert_int_equal(row->blob_bytes, 99);
	} else {
		assert_int_equal(row->layer, 0);
		assert_null(row->blob_digest);
		assert_null(row->codec);
		assert_null(row->media_type);
		assert_int_equal(row->blob_bytes, -1);
	}
	return 0;
}

static void images__layers_by_position_absent_ones_too(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa"), id = add_image(d, "sha256:01", NULL, 0);
	struct image_layer_row second = {
	    .position = 2, .diff_id = "sha256:bb", .blob_bytes = -1};
	struct image_layer_row first = {.position = 1,
					.layer = layer,
					.diff_id = "sha256:aa",
					.blob_digest = "sha256:blob",
					.codec = "zstd",
					.media_type = "application/x",
					.blob_bytes = 99};
	int n = 0;

	assert_ok(image_layers_insert(d->db, id, &second, &d->err), &d->err);
	assert_ok(image_layers_insert(d->db, id, &first, &d->err), &d->err);
	assert_ok(image_layers_each(d->db, id, check_layer, &n, &d->err), &d->err);
	assert_int_equal(n, 2);
}

static int check_history(void *arg, const struct history_row *row)
{
	int *n = arg;

	assert_int_equal(row->ord, (*n)++);
	if (row->ord == 0) {
		assert_int_equal(row->position, 1);
		assert_true(bytes_equal(row->created_by, bytes_make(nasty, sizeof(nasty) - 1)));
		assert_bytes_equal_str(row->comment, "c");
		assert_bytes_equal_str(row->author, "a");
		assert_string_equal(row->created, "then");
		assert_false(row->empty_layer);
	} else {
		assert_int_equal(row->position, 0);
		assert_null(row->created_by.ptr);
		assert_true(row->empty_layer);
	}
	return 0;
}

static void images__history_keeps_its_bytes(void **state)
{
	struct index_dir *d = *state;
	int64_t id = add_image(d, "sha256:01", NULL, 0);
	struct history_row first = {.position = 1,
				    .created = "then",
				    .created_by = bytes_make(nasty, sizeof(nasty) - 1),
				    .comment = BYTES("c"),
				    .author = BYTES("a")};
	struct history_row second = {.ord = 1, .empty_layer = true};
	int n = 0;

	assert_ok(history_insert(d->db, id, &second, &d->err), &d->err);
	assert_ok(history_insert(d->db, id, &first, &d->err), &d->err);
	assert_ok(history_each(d->db, id, check_history, &n, &d->err), &d->err);
	assert_int_equal(n, 2);
}

static void images__deleting_one_keeps_shared_layers(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	int64_t one = add_image(d, "sha256:01", &layer, 1),
		two = add_image(d, "sha256:02", &layer, 1);
	struct name_row name = {.reference = "a:1", .image = one, .event = 1};
	uint64_t users;
	uint32_t highest;

	assert_ok(names_put(d->db, &name, &d->err), &d->err);
	assert_ok(images_delete(d->db, one, &d->err), &d->err);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM name"), 0);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM image_layer"), 1);
	assert_int_equal(raw_int(d, "SELECT id FROM image"), two);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM layer"), 1);
	assert_ok(image_layers_usage(d->db, layer, &users, &highest, &d->err), &d->err);
	assert_int_equal(users, 1);
	assert_ok(db_check(d->db, &d->err), &d->err);
}

static void images__usage_counts_images_not_positions(void **state)
{
	struct index_dir *d = *state;
	int64_t a = add_layer(d, "sha256:aa"), b = add_layer(d, "sha256:bb");
	int64_t twice[] = {a, b, a};
	uint64_t users;
	uint32_t highest;

	add_image(d, "sha256:01", twice, 3);
	assert_ok(image_layers_usage(d->db, a, &users, &highest, &d->err), &d->err);
	assert_int_equal(users, 1);
	assert_int_equal(highest, 3);
	assert_ok(image_layers_usage(d->db, b, &users, &highest, &d->err), &d->err);
	assert_int_equal(highest, 2);
	assert_string_equal(raw_text(d, "SELECT layers || ' ' || (names IS NULL) FROM images"),
			    "3 1");
}

static int find_second(void *arg, const struct image_row *row)
{
	int64_t *ids = arg;

	ids[0]++;
	ids[1] = row->id;
	return 0;
}

static void images__all_by_id(void **state)
{
	struct index_dir *d = *state;
	int64_t seen[2] = {0};
	int64_t last;

	add_image(d, "sha256:02", NULL, 0);
	last = add_image(d, "sha256:01", NULL, 0);
	assert_ok(images_each(d->db, find_second, seen, &d->err), &d->err);
	assert_int_equal(seen[0], 2);
	assert_int_equal(seen[1], last);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(images__every_field_comes_back),
	    TEST(images__absent_is_not_empty),
	    TEST(images__the_same_again_is_replaced),
	    TEST(images__layers_by_position_absent_ones_too),
	    TEST(images__history_keeps_its_bytes),
	    TEST(images__deleting_one_keeps_shared_layers),
	    TEST(images__usage_counts_images_not_positions),
	    TEST(images__all_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
