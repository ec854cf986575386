/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

static void assert_bytes_refused(struct bytes content, const char *words)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_add_bytes(&b, content);
	assert_refused(&b, words);
}

static void archive__what_is_no_tar_gets_one_clear_message(void **state)
{
	static char noise[2000];

	(void)state;
	memset(noise, 'n', sizeof(noise));
	assert_bytes_refused(BYTES(""), "the file is empty");
	assert_bytes_refused(BYTES("x"), "not a tar archive");
	assert_bytes_refused(bytes_make(noise, 511), "not a tar archive");
	assert_bytes_refused(bytes_make(noise, sizeof(noise)), "not a tar archive");
	assert_bytes_refused(BYTES("BZh91AY&SY..."),
			     "bzip2 is not supported (bunzip2 it first)");
	assert_bytes_refused(BYTES("\037\213\010\0\0\0\0\0"), "gzip stream inside another");
}

static void archive__a_root_file_system_is_told_from_an_image(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, zeros = BUF_INIT;

	(void)state;
	tar_dir(&tar, "etc", 0755);
	tar_file(&tar, "etc/passwd", BYTES("root\n"));
	tar_end(&tar);
	assert_refused(&tar, "neither manifest.json nor index.json (a layer or root file "
			     "system? use --layer)");
	tar_zero_blocks(&zeros, 20);
	assert_refused(&zeros, "use --layer");
}

static void archive__a_damaged_tar_is_refused(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tar_file(&tar, "manifest.json", BYTES("[]"));
	tar_member(&tar, &(struct tar_member){.name = "x", .bad_checksum = true});
	tar_end(&tar);
	assert_refused(&tar, "");
}

static void archive__documents_may_stand_anywhere(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tar_file(&tar, "./repositories", BYTES("{}"));
	tar_file(&tar, "./config", BYTES("{}"));
	tar_file(&tar, "./manifest.json", BYTES("[{\"Config\":\"config\"}]"));
	tar_end(&tar);
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
}

static void archive__images_of_both_documents_are_united(void **state)
{
	static const struct made_layer one = {.content = {"one", 3}};
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, desc = BUF_INIT, index = BUF_INIT;

	(void)state;
	image_blobs(&tar, &desc, &one, 1,
		    ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"oci:1\"}");
	image_index(&index, buf_str(&desc));
	tar_file(&tar, "index.json", buf_bytes(&index));
	tar_file(&tar, "config", BYTES("{}"));
	tar_file(&tar, "manifest.json",
		 BYTES("[{\"Config\":\"config\",\"RepoTags\":[\"docker:1\"]}]"));
	tar_end(&tar);
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 2);
	assert_name(&a->images.v[0], 0, "docker:1");
	assert_name(&a->images.v[1], 0, "oci:1");
	assert_true(a->images.v[0].names.v[0].event != a->images.v[1].names.v[0].event);
}

static void archive__an_empty_index_leaves_manifest_json_alone(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tar_file(&tar, "index.json", BYTES("{\"schemaVersion\":2,\"manifests\":null}"));
	tar_file(&tar, "config", BYTES("{}"));
	tar_file(&tar, "manifest.json", BYTES("[{\"Config\":\"config\",\"RepoTags\":null}]"));
	tar_end(&tar);
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
}

static void archive__a_directory_of_nothing_is_refused(void **state)
{
	struct archive *a = NULL;
	struct err err = ERR_INIT;
	struct tmpdir t;

	(void)state;
	tmpdir_make(&t);
	assert_true(open_tmpdir(&t, &a, &err) < 0);
	assert_non_null(strstr(err.msg, "neither an OCI layout"));
	assert_null(a);
	tmpdir_remove(&t);
}

static void archive__a_directory_is_no_layer(void **state)
{
	struct archive_opts opts = {.limits = &default_limits, .layer = true};
	struct archive *a = NULL;
	struct err err = ERR_INIT;
	struct tmpdir t;

	(void)state;
	tmpdir_make(&t);
	assert_true(archive_open_dir(t.fd, &opts, &a, &err) < 0);
	assert_non_null(strstr(err.msg, "--layer"));
	tmpdir_remove(&t);
}

static void archive__says_how_the_outer_file_was_compressed(void **state)
{
	static const struct made_layer one = {.content = {"one", 3}};
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(source_unrefp) struct source *s = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct archive_opts opts = {.limits = &default_limits};
	struct err err = ERR_INIT;

	(void)state;
	image_oci(&tar, "x", &one, 1);
	assert_ok(source_open_memory(buf_bytes(&tar), &s, &err), &err);
	assert_ok(archive_open_file(s, CODEC_ZSTD, &opts, &a, &err), &err);
	assert_int_equal(a->outer_codec, CODEC_ZSTD);
	assert_ptr_equal(a->file, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(archive__what_is_no_tar_gets_one_clear_message),
	    cmocka_unit_test(archive__a_root_file_system_is_told_from_an_image),
	    cmocka_unit_test(archive__a_damaged_tar_is_refused),
	    cmocka_unit_test(archive__documents_may_stand_anywhere),
	    cmocka_unit_test(archive__images_of_both_documents_are_united),
	    cmocka_unit_test(archive__an_empty_index_leaves_manifest_json_alone),
	    cmocka_unit_test(archive__a_directory_of_nothing_is_refused),
	    cmocka_unit_test(archive__a_directory_is_no_layer),
	    cmocka_unit_test(archive__says_how_the_outer_file_was_compressed),
	};

	return cmocka_run_group_tests_name("archive/archive", tests, NULL, NULL);
}
