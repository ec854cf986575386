/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include "content/gc.h"
#include "store/images.h"

#include <stdio.h>
#include <sys/stat.h>

struct spool {
	char dir[80];
	struct gc_opts opts;
};

static struct spool make_spool(struct fixture *f)
{
	struct spool s;

	snprintf(s.dir, sizeof(s.dir), "%s/spool", f->dir);
	s.opts = (struct gc_opts){.cache_dir = f->cache};
	assert_int_equal(mkdir(s.dir, 0700), 0);
	return s;
}

static void run(struct fixture *f, struct spool *s, struct gc_result *ret)
{
	s->opts.spool_dir = s->dir;
	assert_ok(gc_run(f->db, &s->opts, ret, &f->err), &f->err);
}

static void put_file(const char *dir, const char *name, size_t n)
{
	_cleanup_(buf_release) struct buf data = BUF_INIT;
	char path[160];

	stream_zeros(&data, n);
	memset(data.ptr, 'x', n); /* no holes */
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fixture_write(path, buf_bytes(&data));
}

static bool has_file(const char *dir, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fixture_exists(path);
}

/* An image that uses the layer of the fixture. */
static int64_t put_image(struct fixture *f)
{
	const struct image_row image = {
	    .config_digest = "sha256:c", .platform = "", .format = "docker"};
	const struct image_layer_row layer = {.position = 1,
					      .layer = f->layer.id,
					      .diff_id = f->layer.diff_id,
					      .codec = "none",
					      .blob_bytes = -1};
	int64_t id;

	assert_ok(images_put(f->db, &image, &id, &f->err), &f->err);
	assert_ok(image_layers_insert(f->db, id, &layer, &f->err), &f->err);
	return id;
}

static bool layer_is_there(struct fixture *f)
{
	struct layer_row row;

	return layers_get(f->db, f->layer.id, &row, &f->err) == 1;
}

static bool archive_is_there(struct fixture *f, size_t archive)
{
	_cleanup_(archive_row_release) struct archive_row row = {0};

	return archives_get(f->db, f->archives[archive].id, &row, &f->err) == 1;
}

static void gc__what_an_image_uses_stays(void **state)
{
	struct fixture *f = *state;
	struct spool s = make_spool(f);
	int64_t before, after;
	struct gc_result got;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	put_image(f);
	assert_ok(db_generation(f->db, &before, &f->err), &f->err);
	run(f, &s, &got);
	assert_int_equal(got.layers + got.staged + got.archives, 0);
	assert_true(layer_is_there(f));
	assert_true(archive_is_there(f, 0));
	assert_ok(db_generation(f->db, &after, &f->err), &f->err);
	assert_int_equal(after, before); /* mounts need not look again */
}

static void gc__layers_without_an_image_go(void **state)
{
	struct fixture *f = *state;
	struct spool s = make_spool(f);
	int64_t before, after;
	struct gc_result got;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	assert_ok(images_delete(f->db, put_image(f), &f->err), &f->err);
	assert_ok(db_generation(f->db, &before, &f->err), &f->err);
	run(f, &s, &got);
	assert_int_equal(got.layers, 1);
	assert_int_equal(got.archives, 1);
	assert_false(layer_is_there(f));
	assert_false(archive_is_there(f, 0));
	assert_true(fixture_exists(f->archives[0].path)); /* the user's own file */
	assert_ok(db_generation(f->db, &after, &f->err), &f->err);
	assert_true(after > before);
	run(f, &s, &got);
	assert_int_equal(got.layers + got.staged + got.archives, 0);
}

static void gc__layers_of_killed_runs_go(void **state)
{
	struct fixture *f = *state;
	struct spool s = make_spool(f);
	struct gc_result got;
	struct layer_row row;
	int64_t id;

	put_image(f);
	assert_ok(layers_stage(f->db, "sha256:half", "killed", &id, &f->err), &f->err);
	run(f, &s, &got);
	assert_int_equal(got.staged, 1);
	assert_int_equal(got.layers, 0);
	assert_int_equal(layers_get(f->db, id, &row, &f->err), 0);
	assert_true(layer_is_there(f));
}

static void gc__archives_without_a_location_go(void **state)
{
	struct fixture *f = *state;
	struct spool s = make_spool(f);
	struct gc_result got;

	put_image(f);
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	fixture_archive(f, "two.tar", CODEC_NONE, CODEC_NONE);
	run(f, &s, &got);
	assert_int_equal(got.archives, 1);
	assert_true(archive_is_there(f, 0));
	assert_false(archive_is_there(f, 1));
}

/* A copy of standard input that an image reads from, and one that nobody knows. */
static size_t put_spooled(struct fixture *f)
{
	_cleanup_(archive_row_release) struct archive_row row = {0};
	size_t one = fixture_archive(f, "spool/known", CODEC_NONE, CODEC_NONE);

	fixture_locate(f, one, true);
	assert_int_equal(archives_get(f->db, f->archives[one].id, &row, &f->err), 1);
	row.spooled = true;
	assert_ok(archives_set_identity(f->db, &row, &f->err), &f->err);
	return one;
}

static void gc__spool_files_of_nobody_go(void **state)
{
	struct fixture *f = *state;
	struct spool s = make_spool(f);
	struct gc_result got;

	put_image(f);
	put_spooled(f);
	put_file(s.dir, "orphan", 10000);
	run(f, &s, &got);
	assert_int_equal(got.spool_files, 1);
	assert_true(got.spool_bytes >= 10000);
	assert_false(has_file(s.dir, "orphan"));
	assert_true(has_file(s.dir, "known"));
}

static void gc__spool_on_request(void **state)
{
	struct fixture *f = *state;
	struct spool s = make_spool(f);
	struct gc_result got;

	put_image(f);
	put_spooled(f);
	fixture_locate(f, fixture_archive(f, "own.tar", CODEC_NONE, CODEC_NONE), true);
	s.opts.spool = true;
	run(f, &s, &got);
	assert_int_equal(got.archives, 1);
	assert_int_equal(got.spool_files, 1);
	assert_false(has_file(s.dir, "known"));
	assert_true(layer_is_there(f)); /* names stay, content is gone */
	assert_true(archive_is_there(f, 1));
}

static void gc__cache_on_request(void **state)
{
	struct fixture *f = *state;
	struct spool s = make_spool(f);
	struct gc_result got;

	put_image(f);
	assert_int_equal(mkdir(f->cache, 0700), 0);
	put_file(f->cache, "aa.50000.tar", 50000);
	run(f, &s, &got);
	assert_int_equal(got.cache_bytes, 0);
	assert_int_equal(fixture_count_files(f->cache), 1);
	s.opts.cache = true;
	run(f, &s, &got);
	assert_true(got.cache_bytes >= 50000);
	assert_int_equal(fixture_count_files(f->cache), 0);
}

static void gc__directories_that_are_not_there(void **state)
{
	struct fixture *f = *state;
	struct gc_opts opts = {.spool_dir = "/nonexistent/spool",
			       .cache_dir = "/nonexistent/cache",
			       .spool = true,
			       .cache = true};
	struct gc_result got;
	struct gc_usage usage;

	assert_ok(gc_run(f->db, &opts, &got, &f->err), &f->err);
	assert_int_equal(got.spool_files + got.spool_bytes + got.cache_bytes, 0);
	assert_ok(gc_usage(f->db, &opts, &usage, &f->err), &f->err);
	assert_int_equal(usage.spool_files + usage.cache_files, 0);
}

static uint64_t disk_bytes(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static void gc__usage_counts_and_frees_nothing(void **state)
{
	struct fixture *f = *state;
	struct spool s = make_spool(f);
	struct gc_usage usage;
	char path[160];

	assert_int_equal(mkdir(f->cache, 0700), 0);
	put_file(f->cache, "aa.50000.tar", 50000);
	put_file(s.dir, "one", 9000);
	put_file(s.dir, "two", 20000);
	s.opts.spool_dir = s.dir;
	assert_ok(gc_usage(f->db, &s.opts, &usage, &f->err), &f->err);
	assert_int_equal(usage.spool_files, 2);
	assert_int_equal(usage.cache_files, 1);
	snprintf(path, sizeof(path), "%s/one", s.dir);
	assert_true(usage.spool_bytes > disk_bytes(path));
	snprintf(path, sizeof(path), "%s/aa.50000.tar", f->cache);
	assert_int_equal(usage.cache_bytes, disk_bytes(path));
	assert_true(usage.index_bytes > 4096);
	assert_true(usage.index_free < usage.index_bytes);
	assert_int_equal(fixture_count_files(s.dir), 2);
	assert_true(layer_is_there(f));
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(gc__what_an_image_uses_stays),
	    T(gc__layers_without_an_image_go),
	    T(gc__layers_of_killed_runs_go),
	    T(gc__archives_without_a_location_go),
	    T(gc__spool_files_of_nobody_go),
	    T(gc__spool_on_request),
	    T(gc__cache_on_request),
	    T(gc__directories_that_are_not_there),
	    T(gc__usage_counts_and_frees_nothing),
	};

	return cmocka_run_group_tests_name("content/gc", tests, NULL, NULL);
}
