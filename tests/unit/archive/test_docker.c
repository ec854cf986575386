/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
#include "io/hash.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

#include <stdio.h>

static const struct made_layer layers[] = {
    {.content = {"layer one", 9}},
    {.content = {"layer two", 9}},
};

/* A tar of manifest.json, config.json for `n` layers, and layer.tar. */
static void make(struct buf *tar, const char *manifest, size_t n)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT;
	struct made_layer same[4];

	for (size_t i = 0; i < n; i++)
		same[i] = layers[0];
	image_config(&config, same, n, "");
	tar_file(tar, "manifest.json", bytes_from_str(manifest));
	tar_file(tar, "config.json", buf_bytes(&config));
	tar_file(tar, "layer.tar", layers[0].content);
	tar_end(tar);
}

static void assert_manifest_refused(const char *manifest, size_t n, const char *words)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	make(&tar, manifest, n);
	assert_refused(&tar, words);
}

static void docker__reads_config_names_and_layers(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct archive_image *img;
	char text[DIGEST_TEXT_MAX], want[DIGEST_TEXT_MAX];

	(void)state;
	image_docker(&tar, "[\"app:1\",\"app:latest\"]", layers, 2);
	a = assert_opened(&tar);
	assert_string_equal(a->format, "docker-archive");
	assert_int_equal(a->images.n, 1);
	img = &a->images.v[0];
	assert_int_equal(img->names.n, 2);
	assert_name(img, 0, "app:1");
	assert_name(img, 1, "app:latest");
	assert_int_not_equal(img->names.v[0].event, img->names.v[1].event);
	assert_string_equal(img->os, "linux");
	assert_string_equal(img->architecture, "amd64");
	assert_int_equal(img->history.n, 2);
	assert_int_equal(img->layers.n, 2);
	assert_blob(&img->layers.v[0].blob, layers[0].content);
	assert_blob(&img->layers.v[1].blob, layers[1].content);
	assert_memory_equal(tar.ptr + img->layers.v[1].blob.offset, "layer two", 9);
	assert_int_equal(img->layers.v[0].blob_digest.alg, DIGEST_NONE);
	assert_int_equal(img->layers.v[0].size, -1);
	assert_string_equal(digest_format(&img->layers.v[1].diff_id, text),
			    image_digest(layers[1].content, want));
	assert_string_equal(digest_format(&img->config_digest, text),
			    image_digest(bytes_make(img->config, img->config_len), want));
	assert_int_equal(img->manifest_digest.alg, DIGEST_NONE);
	assert_null(img->manifest);
}

static void docker__null_and_missing_lists_are_empty(void **state)
{
	static const char *const texts[] = {
	    "[{\"Config\":\"config.json\",\"RepoTags\":null,\"Layers\":null}]",
	    "[{\"Config\":\"config.json\"}]",
	    "[{\"Config\":\"config.json\",\"RepoTags\":[],\"Layers\":[]}]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(archive_freep) struct archive *a = NULL;
		_cleanup_(buf_release) struct buf tar = BUF_INIT;

		make(&tar, texts[i], 0);
		a = assert_opened(&tar);
		assert_int_equal(a->images.n, 1);
		assert_int_equal(a->images.v[0].names.n, 0);
		assert_int_equal(a->images.v[0].layers.n, 0);
	}
}

static void docker__a_layer_may_be_repeated(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	make(&tar, "[{\"Config\":\"config.json\",\"Layers\":[\"layer.tar\",\"./layer.tar\"]}]",
	     2);
	a = assert_opened(&tar);
	assert_int_equal(a->images.v[0].layers.v[0].blob.offset,
			 a->images.v[0].layers.v[1].blob.offset);
}

static void docker__layers_are_found_through_links(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, config = BUF_INIT;

	(void)state;
	image_config(&config, layers, 1, "");
	tar_symlink(&tar, "a/layer.tar", "../b/layer.tar");
	tar_file(&tar, "b/layer.tar", layers[0].content);
	tar_file(&tar, "c.json", buf_bytes(&config));
	tar_file(&tar, "manifest.json",
		 BYTES("[{\"Config\":\"c.json\",\"Layers\":[\"a/layer.tar\"]}]"));
	tar_end(&tar);
	a = assert_opened(&tar);
	assert_blob(&a->images.v[0].layers.v[0].blob, layers[0].content);
}

static void docker__elements_of_one_config_are_one_image(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	make(&tar,
	     "[{\"Config\":\"config.json\",\"RepoTags\":[\"x:1\"],\"Layers\":[\"layer.tar\"]},"
	     "{\"Config\":\"config.json\",\"RepoTags\":[\"y:2\"],\"Layers\":[\"layer.tar\"]}]",
	     1);
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
	assert_name(&a->images.v[0], 0, "x:1");
	assert_name(&a->images.v[0], 1, "y:2");
}

static void docker__odd_tags_are_kept_as_they_are(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	image_docker(&tar, "[\"../../x\",\"\",\"\\n\",\"..\"]", layers, 1);
	a = assert_opened(&tar);
	assert_int_equal(a->images.v[0].names.n, 3);
	assert_name(&a->images.v[0], 0, "../../x");
	assert_name(&a->images.v[0], 1, "\n");
	assert_name(&a->images.v[0], 2, "..");
}

static void docker__wrong_documents_are_refused(void **state)
{
	(void)state;
	assert_manifest_refused("null", 1, "manifest.json: not a list");
	assert_manifest_refused("{\"Config\":\"config.json\"}", 1, "not a list");
	assert_manifest_refused("[]", 1, "manifest.json lists none");
	assert_manifest_refused("[7]", 1, "manifest.json: ");
	assert_manifest_refused("[{}]", 1, "no \"Config\"");
	assert_manifest_refused("[{\"Config\":7}]", 1, "\"Config\" is not a string");
	assert_manifest_refused("[{\"Config\":\"config.json\",\"Layers\":{}}]", 1, "Layers");
	assert_manifest_refused("[{\"Config\":\"config.json\",\"Layers\":[7]}]", 1, "Layers");
	assert_manifest_refused("[{\"Config\":\"config.json\",\"RepoTags\":[7],\"Layers\":["
				"\"layer.tar\"]}]",
				1, "RepoTags");
	assert_manifest_refused("[", 1, "not valid JSON");
	assert_manifest_refused("[{\"Config\":\"config.json\",\"Layers\":[\"layer.tar\"]}]", 2,
				"2 diff_ids");
}

static void docker__paths_lead_to_members_only(void **state)
{
	(void)state;
	assert_manifest_refused("[{\"Config\":\"/etc/hostname\"}]", 0, "not in the archive");
	assert_manifest_refused("[{\"Config\":\"nope\"}]", 0, "config nope is not in");
	assert_manifest_refused(
	    "[{\"Config\":\"config.json\",\"Layers\":[\"../../../etc/passwd\"]}]", 1,
	    "layer 1, ../../../etc/passwd, is not in the archive");
	assert_manifest_refused("[{\"Config\":\"config.json\",\"Layers\":[\"/etc/passwd\"]}]",
				1, "is not in the archive");
}

static void docker__a_config_named_by_digest_is_verified(void **state)
{
	static const char *const forms[] = {"%s.json", "sha256:%s", "blobs/sha256/%s"};
	_cleanup_(buf_release) struct buf config = BUF_INIT;

	(void)state;
	image_config(&config, layers, 0, "");
	for (size_t i = 0; i < 2 * ARRAY_SIZE(forms); i++) {
		_cleanup_(buf_release) struct buf tar = BUF_INIT, manifest = BUF_INIT;
		struct digest d = digest_of(DIGEST_SHA256, buf_bytes(&config));
		char hex[DIGEST_TEXT_MAX], name[DIGEST_TEXT_MAX + 20];
		bool wrong = i >= ARRAY_SIZE(forms);

		d.raw[31] ^= wrong;
		buf_add_str(&manifest, forms[i % ARRAY_SIZE(forms)]);
		snprintf(name, sizeof(name), "%.*s%s%s",
			 (int)(strchr(manifest.ptr, '%') - manifest.ptr), manifest.ptr,
			 digest_hex(&d, hex), strchr(manifest.ptr, '%') + 2);
		buf_clear(&manifest);
		buf_addf(&manifest, "[{\"Config\":\"%s\"}]", name);
		tar_file(&tar, name, buf_bytes(&config));
		tar_file(&tar, "manifest.json", buf_bytes(&manifest));
		tar_end(&tar);
		if (wrong)
			assert_refused(&tar, "have the digest");
		else
			archive_close(assert_opened(&tar));
	}
}

static void docker__a_blob_path_declares_the_digest(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, config = BUF_INIT, list = BUF_INIT;
	char text[DIGEST_TEXT_MAX], want[DIGEST_TEXT_MAX];

	(void)state;
	image_config(&config, layers, 1, "");
	buf_addf(&list, "[{\"Config\":\"c.json\",\"Layers\":[\"blobs/sha256/%s\"]}]",
		 image_digest(layers[0].content, want) + strlen("sha256:"));
	tar_file(&tar, "c.json", buf_bytes(&config));
	image_blob(&tar, layers[0].content);
	tar_file(&tar, "manifest.json", buf_bytes(&list));
	tar_end(&tar);
	a = assert_opened(&tar);
	assert_string_equal(digest_format(&a->images.v[0].layers.v[0].blob_digest, text), want);
}

static void docker__a_foreign_layer_may_be_absent(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, config = BUF_INIT, list = BUF_INIT;
	char text[DIGEST_TEXT_MAX];

	(void)state;
	image_config(&config, layers, 1, "");
	buf_addf(&list,
		 "[{\"Config\":\"c.json\",\"Layers\":[\"absent\"],\"LayerSources\":{\"%s\":{"
		 "\"mediaType\":"
		 "\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\"}}}]",
		 image_digest(layers[0].content, text));
	tar_file(&tar, "c.json", buf_bytes(&config));
	tar_file(&tar, "manifest.json", buf_bytes(&list));
	tar_end(&tar);
	a = assert_opened(&tar);
	assert_true(a->images.v[0].layers.v[0].missing);
	assert_null(a->images.v[0].layers.v[0].blob.source);
}

static void docker__an_image_without_rootfs_is_refused(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tar_file(&tar, "c.json", BYTES("{\"id\":\"x\",\"os\":\"linux\"}"));
	tar_file(&tar, "layer.tar", BYTES("x"));
	tar_file(&tar, "manifest.json",
		 BYTES("[{\"Config\":\"c.json\",\"Layers\":[\"layer.tar\"]}]"));
	tar_end(&tar);
	assert_refused(&tar, "no rootfs.diff_ids");
}

static void docker__limits_are_named(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	struct limits limits = default_limits;
	struct archive *a = NULL;
	struct err err = ERR_INIT;

	(void)state;
	image_docker(&tar, "null", layers, 2);
	limits.layers = 1;
	assert_int_equal(open_tar_limited(&tar, &limits, &a, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "limit layers"));
	limits = default_limits;
	limits.manifests = 0;
	err = ERR_INIT;
	assert_int_equal(open_tar_limited(&tar, &limits, &a, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "limit manifests"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(docker__reads_config_names_and_layers),
	    cmocka_unit_test(docker__null_and_missing_lists_are_empty),
	    cmocka_unit_test(docker__a_layer_may_be_repeated),
	    cmocka_unit_test(docker__layers_are_found_through_links),
	    cmocka_unit_test(docker__elements_of_one_config_are_one_image),
	    cmocka_unit_test(docker__odd_tags_are_kept_as_they_are),
	    cmocka_unit_test(docker__wrong_documents_are_refused),
	    cmocka_unit_test(docker__paths_lead_to_members_only),
	    cmocka_unit_test(docker__a_config_named_by_digest_is_verified),
	    cmocka_unit_test(docker__a_blob_path_declares_the_digest),
	    cmocka_unit_test(docker__a_foreign_layer_may_be_absent),
	    cmocka_unit_test(docker__an_image_without_rootfs_is_refused),
	    cmocka_unit_test(docker__limits_are_named),
	};

	return cmocka_run_group_tests_name("archive/docker", tests, NULL, NULL);
}
