/* SPDX-License-Identifier: MIT */
#include "archive/bare.h"

#include "imagemake.h"
#include "opened.h"
#include "test.h"

static int open_bare(struct bytes content, const char *name, struct archive **ret,
		     struct err *err)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct archive_opts opts = {
	    .limits = &default_limits, .layer = true, .base_name = name};

	assert_ok(source_open_memory(content, &s, err), err);
	return archive_open_file(s, CODEC_NONE, &opts, ret, err);
}

static void bare__names_lose_tar_and_codec(void **state)
{
	static const char *const table[][2] = {
	    {"app.tar", "app"},    {"app.tar.gz", "app"},  {"app.tar.zst", "app"},
	    {"app.tar.xz", "app"}, {"app.tgz", "app"},     {"app.txz", "app"},
	    {"app.gz", "app"},     {"app", "app"},         {"app-1.2.tar", "app-1.2"},
	    {".tar", ".tar"},      {"app.zip", "app.zip"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_bytes_equal_str(bare_name(bytes_from_str(table[i][0])), table[i][1]);
}

static void bare__a_file_is_one_image_of_one_layer(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	_cleanup_(archive_freep) struct archive *a = NULL;
	struct err err = ERR_INIT;

	(void)state;
	image_layer_tar(&tar, "etc/motd", BYTES("hello\n"));
	assert_ok(open_bare(buf_bytes(&tar), "rootfs.tar.gz", &a, &err), &err);
	assert_string_equal(a->format, "layer");
	assert_int_equal(a->images.n, 1);
	assert_true(a->images.v[0].bare);
	assert_name(&a->images.v[0], 0, "rootfs");
	assert_string_equal(a->images.v[0].os, "");
	assert_int_equal(a->images.v[0].config_digest.alg, DIGEST_NONE);
	assert_int_equal(a->images.v[0].layers.n, 1);
	assert_int_equal(a->images.v[0].layers.v[0].diff_id.alg, DIGEST_NONE);
	assert_int_equal(a->images.v[0].layers.v[0].size, -1);
	assert_blob(&a->images.v[0].layers.v[0].blob, buf_bytes(&tar));
}

static void bare__without_a_name_there_is_none(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(open_bare(BYTES("x"), NULL, &a, &err), &err);
	assert_int_equal(a->images.v[0].names.n, 0);
}

static void bare__empty_and_bzip2_files_are_refused(void **state)
{
	struct archive *a = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(open_bare(BYTES(""), "x.tar", &a, &err) < 0);
	assert_non_null(strstr(err.msg, "empty"));
	err = ERR_INIT;
	assert_true(open_bare(BYTES("BZh91AY&SY"), "x.tar", &a, &err) < 0);
	assert_non_null(strstr(err.msg, "bunzip2"));
	assert_null(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bare__names_lose_tar_and_codec),
	    cmocka_unit_test(bare__a_file_is_one_image_of_one_layer),
	    cmocka_unit_test(bare__without_a_name_there_is_none),
	    cmocka_unit_test(bare__empty_and_bzip2_files_are_refused),
	};

	return cmocka_run_group_tests_name("archive/bare", tests, NULL, NULL);
}
