/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static int verify(struct fixture *f)
{
	f->err = ERR_INIT;
	return content_verify_layer(f->content, f->layer.id, &f->err);
}

static void verify__every_codec(void **state)
{
	static const enum codec codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_ZSTD, CODEC_XZ};
	struct fixture *f = *state;

	fixture_open(f);
	for (size_t i = 0; i < 16; i++) {
		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		fixture_locate(f, fixture_archive(f, "one.tar", codecs[i % 4], codecs[i / 4]),
			       true);
		assert_int_equal(verify(f), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		f->n_archives = 0;
		seekpoints_release(&f->archives[0].points);
		fixture_locate(f, fixture_damaged(f, "one.tar", codecs[i]), true);
		assert_int_equal(verify(f), 1);
		assert_non_null(strstr(f->err.msg, "one.tar"));
	}
}

/* One byte that no file has: in the padding of a member. */
static void verify__one_byte_anywhere(void **state)
{
	const uint64_t at[] = {0, 512 + 100, ((struct fixture *)*state)->tar.len - 1};
	struct fixture *f = *state;

	fixture_open(f);
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		char good = f->tar.ptr[at[i]], bad = (char)(good ^ 1);

		fixture_overwrite(f->archives[0].path, FIXTURE_BEFORE + at[i],
				  bytes_make(&bad, 1));
		fixture_adopt(f, 0); /* nothing but the bytes tells */
		assert_int_equal(verify(f), 1);
		fixture_overwrite(f->archives[0].path, FIXTURE_BEFORE + at[i],
				  bytes_make(&good, 1));
		fixture_adopt(f, 0);
		assert_int_equal(verify(f), 0);
	}
}

static void verify__every_place_is_asked(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	fixture_locate(f, fixture_archive(f, "good.tar", CODEC_NONE, CODEC_NONE), true);
	fixture_locate(f, fixture_archive(f, "gone.tar", CODEC_NONE, CODEC_NONE), true);
	assert_int_equal(unlink(f->archives[1].path), 0);
	assert_int_equal(verify(f), 0);
	fixture_locate(f, fixture_damaged(f, "bad.tar", CODEC_ZSTD), true);
	assert_int_equal(verify(f), 1);
	assert_non_null(strstr(f->err.msg, "bad.tar"));
}

static void verify__changed_is_a_mismatch(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	assert_int_equal(truncate(f->archives[0].path, 2000), 0);
	assert_int_equal(verify(f), 1);
	assert_non_null(strstr(f->err.msg, "changed"));
}

static void verify__nothing_left(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	assert_int_equal(verify(f), -ENOENT);
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_NONE), true);
	assert_int_equal(unlink(f->archives[0].path), 0);
	assert_int_equal(verify(f), -ENOENT);
	assert_int_equal(content_verify_layer(f->content, f->layer.id + 5, &f->err), -ESTALE);
}

static void verify__readers_profit_from_the_verdict(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_GZIP, CODEC_NONE), false);
	assert_int_equal(verify(f), 0);
	assert_true(fixture_location(f, 0).verified);
	f->n_archives = 0;
	seekpoints_release(&f->archives[0].points);
	fixture_locate(f, fixture_damaged(f, "one.tar", CODEC_NONE), true);
	assert_int_equal(verify(f), 1);
	assert_false(fixture_location(f, 0).verified);
	assert_int_equal(fixture_read(f, FILE_SMALL), -EIO); /* which nobody had noticed */
}

/* A copy decoded when all was well says nothing about the bytes of today. */
static void verify__copies_are_no_witnesses(void **state)
{
	static const enum codec codecs[][2] = {{CODEC_ZSTD, CODEC_NONE},
					       {CODEC_NONE, CODEC_GZIP}};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		f->n_archives = 0;
		fixture_locate(f, fixture_archive(f, "one.tar", codecs[i][0], codecs[i][1]),
			       true);
		content_free(steal_ptr(&f->content));
		fixture_open(f);
		fixture_assert_reads(f);
		assert_int_equal(verify(f), 0);
		fixture_overwrite(f->archives[0].path, codecs[i][1] ? 5000 : 9000,
				  BYTES("\xff\xff\xff\xff\xff\xff other bytes"));
		fixture_adopt(f, 0);
		assert_int_equal(verify(f), 1);
	}
}

static void damage_all(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[400];

	assert_non_null(d);
	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.')
			fixture_overwrite(path, FIXTURE_BEFORE + 512, BYTES("other bytes"));
	}
	closedir(d);
}

/* Nor do they speak against an archive. */
static void verify__a_damaged_copy_is_not_the_archive(void **state)
{
	struct fixture *f = *state;

	fixture_locate(f, fixture_archive(f, "one.tar", CODEC_NONE, CODEC_GZIP), true);
	fixture_open(f);
	fixture_assert_reads(f);
	assert_int_equal(fixture_count_files(f->cache), 1);
	damage_all(f->cache);
	assert_int_equal(verify(f), 0);
}

static void verify__available_is_a_question_to_stat(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	assert_false(content_layer_available(f->content, f->layer.id));
	fixture_locate(f, fixture_damaged(f, "one.tar", CODEC_NONE), true);
	assert_true(content_layer_available(f->content, f->layer.id)); /* unread */
	fixture_chmod(f->archives[0].path);
	assert_true(content_layer_available(f->content, f->layer.id));
	assert_int_equal(truncate(f->archives[0].path, 2000), 0);
	assert_false(content_layer_available(f->content, f->layer.id));
	fixture_locate(f, fixture_archive(f, "two.tar", CODEC_XZ, CODEC_NONE), true);
	assert_true(content_layer_available(f->content, f->layer.id));
	assert_int_equal(unlink(f->archives[1].path), 0);
	assert_false(content_layer_available(f->content, f->layer.id));
	assert_false(content_layer_available(f->content, f->layer.id + 5));
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(verify__every_codec),
	    T(verify__one_byte_anywhere),
	    T(verify__every_place_is_asked),
	    T(verify__changed_is_a_mismatch),
	    T(verify__nothing_left),
	    T(verify__readers_profit_from_the_verdict),
	    T(verify__copies_are_no_witnesses),
	    T(verify__a_damaged_copy_is_not_the_archive),
	    T(verify__available_is_a_question_to_stat),
	};

	return cmocka_run_group_tests_name("content/verify", tests, NULL, NULL);
}
