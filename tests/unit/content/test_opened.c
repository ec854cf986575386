/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include "util/log.h"
#include <sys/stat.h>

static struct opened *open_at(struct fixture *f, size_t archive)
{
	const struct location_row place = fixture_location(f, archive);
	struct opened *o = NULL;

	assert_ok(opened_at(&f->opener, &f->layer, &place, &o, &f->err), &f->err);
	return o;
}

static int try_at(struct fixture *f, size_t archive)
{
	const struct location_row place = fixture_location(f, archive);
	struct opened *o = NULL;
	int r = opened_at(&f->opener, &f->layer, &place, &o, &f->err);

	assert_true((r == 0) == (o != NULL));
	opened_unref(o);
	return r;
}

static void assert_whole(struct source *s, struct bytes want)
{
	_cleanup_free_ char *buf = malloc(want.len + 1);
	struct err err = ERR_INIT;
	size_t got;

	assert_int_equal(s->size, want.len);
	assert_ok(source_pread(s, buf, want.len + 1, 0, &got, &err), &err);
	stream_check_equal(bytes_make(buf, got), want);
}

static void opened__what_is_not_there_or_another_file(void **state)
{
	struct fixture *f = *state;
	size_t one = fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE);

	fixture_locate(f, one, true);
	assert_int_equal(try_at(f, one), 0);
	fixture_write(f->archives[one].path, BYTES("shorter"));
	assert_int_equal(try_at(f, one), -ESTALE);
	assert_int_equal(unlink(f->archives[one].path), 0);
	assert_int_equal(try_at(f, one), -ENOENT);
	assert_non_null(strstr(f->err.msg, "one.tar"));
	assert_int_equal(mkfifo(f->archives[one].path, 0600), 0); /* opening must not wait */
	assert_int_equal(try_at(f, one), -ESTALE);
}

static void opened__an_archive_the_index_forgot(void **state)
{
	struct fixture *f = *state;
	size_t one = fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE);
	struct location_row place;
	struct opened *o = NULL;

	fixture_locate(f, one, true);
	place = fixture_location(f, one);
	place.archive += 100;
	assert_int_equal(opened_at(&f->opener, &f->layer, &place, &o, &f->err), -ENOENT);
	assert_null(o);
}

static void opened__every_codec_gives_the_tar(void **state)
{
	static const enum codec codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_ZSTD, CODEC_XZ};
	struct fixture *f = *state;

	for (size_t i = 0; i < 16; i++) {
		_cleanup_(seekpoints_release) struct seekpoints points = {0};
		_cleanup_(opened_unrefp) struct opened *o = NULL;
		enum codec stored = codecs[i % 4], whole = codecs[i / 4];

		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		fixture_locate(f, fixture_archive(f, "one.tar", stored, whole), true);
		o = open_at(f, 0);
		assert_ok(opened_stored(&f->opener, o, &f->err), &f->err);
		assert_int_equal(o->stored->size, f->archives[0].length);
		if (stored == CODEC_NONE)
			assert_whole(o->stored, buf_bytes(&f->tar));
		assert_ok(opened_tar(&f->opener, o, &points, &f->err), &f->err);
		assert_whole(o->tar, buf_bytes(&f->tar));
		assert_int_equal(o->fast, i == 0);
		assert_ok(cachedir_clear(f->cache, &f->err), &f->err);
	}
}

static void opened__points_of_the_index_or_of_the_caller(void **state)
{
	struct fixture *f = *state;
	size_t one = fixture_archive(f, "one.tar", CODEC_GZIP, CODEC_NONE);

	fixture_store_points(f, one, fixture_locate(f, one, true));
	for (int i = 0; i < 2; i++) {
		_cleanup_(seekpoints_release) struct seekpoints points = {0};
		_cleanup_(opened_unrefp) struct opened *o = open_at(f, one);

		if (i)
			vec_foreach (p, &f->archives[one].points.points)
				assert_int_equal(seekpoints_add(&points, p), 0);
		assert_ok(opened_stored(&f->opener, o, &f->err), &f->err);
		assert_ok(opened_tar(&f->opener, o, &points, &f->err), &f->err);
		assert_int_equal(points.points.n, 0); /* moved */
		assert_whole(o->tar, buf_bytes(&f->tar));
	}
}

static void opened__a_location_behind_the_end(void **state)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	o = open_at(f, 0);
	o->location.length = UINT64_MAX - 10;
	assert_int_equal(opened_stored(&f->opener, o, &f->err), -ERANGE);
	assert_null(o->stored);
}

/* A copy is found by other archives, too, and on other days. */
static void opened__a_copy_with_another_diff_id_is_not_kept(void **state)
{
	static const enum codec codecs[] = {CODEC_ZSTD, CODEC_XZ};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		_cleanup_(seekpoints_release) struct seekpoints points = {0};
		_cleanup_(opened_unrefp) struct opened *o = NULL;

		f->n_archives = 0;
		fixture_locate(f, fixture_damaged(f, "one.tar", codecs[i]), true);
		o = open_at(f, 0);
		assert_ok(opened_stored(&f->opener, o, &f->err), &f->err);
		assert_int_equal(opened_tar(&f->opener, o, &points, &f->err), -EBADMSG);
		assert_int_equal(fixture_count_files(f->cache), 0);
	}
}

/* Size and mtime say that the archive is what was decoded before, ctime that it is not. */
static void opened__the_copy_of_an_archive_is_of_its_present_bytes(void **state)
{
	_cleanup_(opened_unrefp) struct opened *before = NULL, *after = NULL;
	struct fixture *f = *state;
	size_t one = fixture_archive(f, "one.tar", CODEC_NONE, CODEC_GZIP);

	fixture_locate(f, one, true);
	before = open_at(f, one);
	assert_ok(opened_stored(&f->opener, before, &f->err), &f->err);
	fixture_overwrite(f->archives[one].path, 0, BYTES("not gzip"));
	after = open_at(f, one);
	assert_int_equal(opened_stored(&f->opener, after, &f->err), -EBADMSG);
	assert_whole(before->stored, buf_bytes(&f->tar)); /* but what is open stays */
}

static void opened__serials_are_never_the_same(void **state)
{
	struct fixture *f = *state;
	uint64_t last = 0;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	for (int i = 0; i < 5; i++) {
		_cleanup_(opened_unrefp) struct opened *o = open_at(f, 0);

		assert_true(o->serial > last);
		last = o->serial;
	}
}

static unsigned n_lines;
static char last_line[512];

static void take_line(const char *line)
{
	n_lines++;
	strncpy(last_line, line, sizeof(last_line) - 1);
}

static void opened__check_tells_touched_from_changed(void **state)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	struct fixture *f = *state;

	n_lines = 0;
	log_set_sink(take_line);
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	o = open_at(f, 0);
	assert_int_equal(opened_check(&f->opener, o, &f->err), 0);
	assert_true(opened_is_same(o));
	fixture_chmod(f->archives[0].path);
	assert_int_equal(opened_check(&f->opener, o, &f->err), -EAGAIN);
	assert_false(opened_is_same(o));
	assert_int_equal(n_lines, 0);
	assert_int_equal(truncate(f->archives[0].path, 100), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(opened_check(&f->opener, o, &f->err), -ESTALE);
	log_set_sink(NULL);
	assert_int_equal(n_lines, 1);
	assert_non_null(strstr(last_line, "one.tar"));
}

static void opened__again_needs_no_name(void **state)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL, *again = NULL;
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	o = open_at(f, 0);
	assert_int_equal(unlink(f->archives[0].path), 0);
	assert_ok(opened_again(&f->opener, o, &again, &f->err), &f->err);
	assert_true(again->serial > o->serial);
	assert_int_equal(again->location.id, o->location.id);
	assert_null(again->tar);
	opened_unref(steal_ptr(&o)); /* nothing is shared that the old one owned */
	assert_ok(opened_stored(&f->opener, again, &f->err), &f->err);
	assert_whole(again->stored, buf_bytes(&f->tar));
	assert_non_null(strstr(again->archive.path, "one.tar"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(opened__what_is_not_there_or_another_file),
	    T(opened__an_archive_the_index_forgot),
	    T(opened__every_codec_gives_the_tar),
	    T(opened__points_of_the_index_or_of_the_caller),
	    T(opened__a_location_behind_the_end),
	    T(opened__a_copy_with_another_diff_id_is_not_kept),
	    T(opened__the_copy_of_an_archive_is_of_its_present_bytes),
	    T(opened__serials_are_never_the_same),
	    T(opened__check_tells_touched_from_changed),
	    T(opened__again_needs_no_name),
	};

	return cmocka_run_group_tests_name("content/opened", tests, NULL, NULL);
}
