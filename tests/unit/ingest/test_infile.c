/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/infile.h"

#include <stdio.h>

static void infile__opens_files_by_their_absolute_path(void **state)
{
	_cleanup_(infile_release) struct infile in = INFILE_INIT;
	struct fixture *f = *state;
	char path[128], link[128];

	fixture_write(f, "a", BYTES("content"), path, sizeof(path));
	snprintf(link, sizeof(link), "%s/link", f->dir);
	assert_int_equal(symlink("a", link), 0);
	assert_ok(infile_open(link, &f->opts, &in, &f->err), &f->err);
	assert_string_equal(in.path, path);
	assert_int_equal(in.file->size, 7);
	assert_int_equal(in.dirfd, -1);
	assert_int_equal(in.codec, CODEC_NONE);
}

static void infile__opens_directories(void **state)
{
	_cleanup_(infile_release) struct infile in = INFILE_INIT;
	struct fixture *f = *state;

	assert_ok(infile_open(f->dir, &f->opts, &in, &f->err), &f->err);
	assert_true(in.dirfd >= 0);
	assert_null(in.file);
}

static void infile__decodes_compressed_archives_but_not_bare_layers(void **state)
{
	_cleanup_(infile_release) struct infile whole = INFILE_INIT, bare = INFILE_INIT;
	_cleanup_(buf_release) struct buf gz = BUF_INIT;
	struct fixture *f = *state;
	char path[128], got[8] = "";
	size_t n;

	fixture_gzip(&gz, BYTES("content"));
	fixture_write(f, "a", buf_bytes(&gz), path, sizeof(path));
	assert_ok(infile_open(path, &f->opts, &whole, &f->err), &f->err);
	assert_int_equal(whole.codec, CODEC_GZIP);
	assert_ok(source_pread(whole.file, got, sizeof(got), 0, &n, &f->err), &f->err);
	assert_string_equal(got, "content");
	f->opts.layer = true;
	assert_ok(infile_open(path, &f->opts, &bare, &f->err), &f->err);
	assert_int_equal(bare.codec, CODEC_NONE);
	assert_int_equal(bare.file->size, gz.len);
}

static void infile__refuses_bzip2_by_name(void **state)
{
	_cleanup_(infile_release) struct infile in = INFILE_INIT;
	struct fixture *f = *state;
	char path[128];

	fixture_write(f, "a", BYTES("BZh91AY&SY......"), path, sizeof(path));
	assert_true(infile_open(path, &f->opts, &in, &f->err) < 0);
	assert_non_null(strstr(f->err.msg, "bunzip2"));
}

static void infile__notices_a_change_while_reading(void **state)
{
	_cleanup_(infile_release) struct infile in = INFILE_INIT;
	struct fixture *f = *state;
	char path[128];

	fixture_write(f, "a", BYTES("content"), path, sizeof(path));
	assert_ok(infile_open(path, &f->opts, &in, &f->err), &f->err);
	assert_ok(infile_check_unchanged(&in, &f->err), &f->err);
	fixture_write(f, "a", BYTES("other bytes"), path, sizeof(path));
	assert_int_equal(infile_check_unchanged(&in, &f->err), -ESTALE);
}

static void infile__cache_keys_tell_files_apart(void **state)
{
	struct identity a = {1, 2, 3, 4, 5}, b = a;
	char one[65], two[65];

	(void)state;
	infile_cache_key(&a, one);
	infile_cache_key(&b, two);
	assert_string_equal(one, two);
	assert_int_equal(strlen(one), 64);
	b.ctime_ns = 6; /* other bytes may have been put in place, with mtime restored */
	infile_cache_key(&b, two);
	assert_string_not_equal(one, two);
	b = a;
	b.size = 7;
	infile_cache_key(&b, two);
	assert_string_not_equal(one, two);
}

int main(void)
{
#define INFILE_TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
	    INFILE_TEST(infile__opens_files_by_their_absolute_path),
	    INFILE_TEST(infile__opens_directories),
	    INFILE_TEST(infile__decodes_compressed_archives_but_not_bare_layers),
	    INFILE_TEST(infile__refuses_bzip2_by_name),
	    INFILE_TEST(infile__notices_a_change_while_reading),
	    cmocka_unit_test(infile__cache_keys_tell_files_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
