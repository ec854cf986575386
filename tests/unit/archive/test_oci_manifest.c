/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

#include <stdio.h>

#define GZIP_LAYER    MADE_OCI_LAYER "+gzip"
#define FOREIGN_LAYER "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"

static const struct made_layer layers[] = {
    {.content = {"layer one", 9}},
    {.content = {"layer two", 9}},
};

/* index.json of one manifest, which is added too. */
static void end_with_manifest(struct buf *tar, struct bytes manifest)
{
	_cleanup_(buf_release) struct buf desc = BUF_INIT, index = BUF_INIT;

	image_descriptor(&desc, MADE_OCI_MANIFEST, manifest,
			 ",\"platform\":{\"os\":\"plan9\",\"architecture\":\"386\"},"
			 "\"annotations\":{\"io.containerd.image.name\":"
			 "\"docker.io/library/app:1\"}");
	image_index(&index, buf_str(&desc));
	image_blob(tar, manifest);
	tar_file(tar, "index.json", buf_bytes(&index));
	tar_end(tar);
}

/* A manifest of a config and layer descriptors that are text. */
static void text_manifest(struct buf *out, const char *config_type, struct bytes config,
			  const char *layer_list)
{
	_cleanup_(buf_release) struct buf desc = BUF_INIT;

	image_descriptor(&desc, config_type, config, "");
	buf_addf(out, "{\"schemaVersion\":2,\"config\":%s%s}", buf_str(&desc), layer_list);
}

static void make(struct buf *tar, const char *config_type, const struct made_layer *of,
		 size_t n, const char *layer_list)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT, manifest = BUF_INIT;

	image_config(&config, of, n, "");
	text_manifest(&manifest, config_type, buf_bytes(&config), layer_list);
	image_blob(tar, buf_bytes(&config));
	end_with_manifest(tar, buf_bytes(&manifest));
}

static void layer_list(struct buf *out, const char *type, struct bytes content)
{
	buf_add_str(out, ",\"layers\":[");
	image_descriptor(out, type, content, "");
	buf_add_str(out, "]");
}

static void assert_layers_refused(const char *list, const char *words)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT;

	make(&tar, MADE_OCI_CONFIG, layers, 1, list);
	assert_refused(&tar, words);
}

static void oci_manifest__layers_must_be_a_list_of_descriptors(void **state)
{
	(void)state;
	assert_layers_refused(",\"layers\":null", "without \"layers\"");
	assert_layers_refused("", "without \"layers\"");
	assert_layers_refused(",\"layers\":{}", "\"layers\" is not an array");
	assert_layers_refused(",\"layers\":[7]", "layer 1: ");
	assert_layers_refused(",\"layers\":[{\"digest\":\"sha256:../../../../etc/passwd\"}]",
			      "layer 1: ");
	assert_layers_refused(",\"layers\":[],\"manifests\":[]", "also holds \"manifests\"");
	assert_layers_refused(",\"layers\":[],\"fsLayers\":[]", "schema 1");
	assert_layers_refused(",\"layers\":[]", "1 diff_ids");
}

static void oci_manifest__an_absent_layer_is_refused(void **state)
{
	_cleanup_(buf_release) struct buf list = BUF_INIT;

	(void)state;
	layer_list(&list, MADE_OCI_LAYER, layers[0].content);
	assert_layers_refused(buf_str(&list), "layer 1, sha256:");
}

static void oci_manifest__a_foreign_layer_may_be_absent(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;

	(void)state;
	layer_list(&list, FOREIGN_LAYER, layers[0].content);
	make(&tar, MADE_OCI_CONFIG, layers, 1, buf_str(&list));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 1);
	assert_true(a->images.v[0].layers.v[0].missing);
}

static void oci_manifest__an_encrypted_layer_keeps_its_place(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;

	(void)state;
	layer_list(&list, GZIP_LAYER "+encrypted", layers[0].content);
	image_blob(&tar, layers[0].content);
	make(&tar, MADE_OCI_CONFIG, layers, 1, buf_str(&list));
	a = assert_opened(&tar);
	assert_true(a->images.v[0].layers.v[0].missing);
	assert_string_equal(buf_str(&a->notes), "1 layer that is no tar");
}

static void oci_manifest__sizes_must_be_true(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;
	char text[DIGEST_TEXT_MAX];

	(void)state;
	buf_addf(&list, ",\"layers\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":8}]",
		 MADE_OCI_LAYER, image_digest(layers[0].content, text));
	image_blob(&tar, layers[0].content);
	make(&tar, MADE_OCI_CONFIG, layers, 1, buf_str(&list));
	assert_refused(&tar, "has 9 bytes, declared are 8");
}

static void oci_manifest__codecs_are_promised_by_oci_types(void **state)
{
	static const struct made_layer of[] = {
	    {.content = {"a", 1}, .media_type = GZIP_LAYER},
	    {.content = {"b", 1}, .media_type = MADE_OCI_LAYER "+zstd"},
	    {.content = {"c", 1},
	     .media_type = "application/vnd.docker.image.rootfs.diff.tar.gzip"},
	};
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT;
	const struct archive_layer *l;

	(void)state;
	image_oci(&tar, "x", of, 3);
	a = assert_opened(&tar);
	l = a->images.v[0].layers.v;
	assert_true(l[0].declared_gzip && !l[0].declared_zstd);
	assert_true(!l[1].declared_gzip && l[1].declared_zstd);
	assert_true(!l[2].declared_gzip && !l[2].declared_zstd);
}

static void assert_noted(const char *config_type, const char *layer_type, const char *note)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;

	layer_list(&list, layer_type, layers[0].content);
	image_blob(&tar, layers[0].content);
	make(&tar, config_type, layers, 1, buf_str(&list));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 0);
	assert_string_equal(buf_str(&a->notes), note);
}

static void oci_manifest__what_is_no_image_is_noted(void **state)
{
	(void)state;
	assert_noted(MADE_OCI_CONFIG, "application/vnd.in-toto+json", "1 attestation");
	assert_noted("application/vnd.oci.empty.v1+json", "application/vnd.in-toto+json",
		     "1 attestation");
	assert_noted(MADE_OCI_CONFIG, "application/vnd.dev.cosign.simplesigning.v1+json",
		     "1 signature");
	assert_noted("application/vnd.cncf.helm.config.v1+json",
		     "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "1 Helm chart");
	assert_noted("application/vnd.wasm.config.v0+json", "application/wasm",
		     "1 artifact that is no image");
	assert_noted("application/vnd.buildkit.historyrecord.v0",
		     "application/vnd.buildkit.status.v0", "1 BuildKit history record");
}

static void oci_manifest__the_config_must_be_there_and_right(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, manifest = BUF_INIT;

	(void)state;
	text_manifest(&manifest, MADE_OCI_CONFIG, BYTES("{}"), ",\"layers\":[]");
	end_with_manifest(&tar, buf_bytes(&manifest));
	assert_refused(&tar, "config sha256:");
}

static void oci_manifest__the_descriptor_fills_in_the_platform(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, manifest = BUF_INIT;

	(void)state;
	text_manifest(&manifest, MADE_OCI_CONFIG, BYTES("{}"), ",\"layers\":[]");
	image_blob(&tar, BYTES("{}"));
	end_with_manifest(&tar, buf_bytes(&manifest));
	a = assert_opened(&tar);
	assert_string_equal(a->images.v[0].os, "plan9");
	assert_string_equal(a->images.v[0].architecture, "386");
	assert_string_equal(a->images.v[0].variant, "");
	assert_int_equal(a->images.v[0].layers.n, 0);
}

/* docker >= 25: manifest.json beside index.json. manifest_layers: text of the OCI list. */
static void make_both(struct buf *tar, const char *manifest_layers)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT, manifest = BUF_INIT,
					  list = BUF_INIT;
	char c[DIGEST_TEXT_MAX], one[DIGEST_TEXT_MAX], two[DIGEST_TEXT_MAX];

	image_config(&config, layers, 2, "");
	text_manifest(&manifest, MADE_OCI_CONFIG, buf_bytes(&config), manifest_layers);
	buf_addf(&list,
		 "[{\"Config\":\"blobs/sha256/%s\",\"RepoTags\":[\"app:1\"],\"Layers\":["
		 "\"blobs/sha256/%s\",\"blobs/sha256/%s\"]}]",
		 image_digest(buf_bytes(&config), c) + 7,
		 image_digest(layers[0].content, one) + 7,
		 image_digest(layers[1].content, two) + 7);
	image_blob(tar, buf_bytes(&config));
	image_layer_blobs(tar, layers, 2);
	tar_file(tar, "manifest.json", buf_bytes(&list));
	end_with_manifest(tar, buf_bytes(&manifest));
}

static void oci_manifest__is_united_with_manifest_json(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT;
	struct archive_image *img;

	(void)state;
	buf_add_str(&list, ",\"layers\":[");
	image_descriptor(&list, MADE_OCI_LAYER, layers[0].content, "");
	buf_add_char(&list, ',');
	image_descriptor(&list, MADE_OCI_LAYER, layers[1].content, "");
	buf_add_char(&list, ']');
	make_both(&tar, buf_str(&list));
	a = assert_opened(&tar);
	assert_string_equal(a->format, "docker-archive");
	assert_int_equal(a->images.n, 1);
	img = &a->images.v[0];
	assert_int_equal(img->names.n, 1);
	assert_int_equal(img->manifest_digest.alg, DIGEST_SHA256);
	assert_non_null(img->manifest);
	assert_string_equal(img->layers.v[1].media_type, MADE_OCI_LAYER);
	assert_int_equal(img->layers.v[1].size, 9);
	assert_int_equal(img->layers.v[1].diff_id.alg, DIGEST_SHA256);
	assert_blob(&img->layers.v[1].blob, layers[1].content);
}

static void oci_manifest__gives_way_to_manifest_json_where_it_is_wrong(void **state)
{
	static const char *const lists[] = {",\"layers\":null", "", ",\"layers\":[]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		_cleanup_(archive_freep) struct archive *a = NULL;
		_cleanup_(buf_release) struct buf tar = BUF_INIT;

		make_both(&tar, lists[i]);
		a = assert_opened(&tar);
		assert_int_equal(a->images.n, 1);
		assert_int_equal(a->images.v[0].layers.n, 2);
		assert_null(a->images.v[0].layers.v[0].media_type);
		assert_blob(&a->images.v[0].layers.v[0].blob, layers[0].content);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(oci_manifest__layers_must_be_a_list_of_descriptors),
	    cmocka_unit_test(oci_manifest__an_absent_layer_is_refused),
	    cmocka_unit_test(oci_manifest__a_foreign_layer_may_be_absent),
	    cmocka_unit_test(oci_manifest__an_encrypted_layer_keeps_its_place),
	    cmocka_unit_test(oci_manifest__sizes_must_be_true),
	    cmocka_unit_test(oci_manifest__codecs_are_promised_by_oci_types),
	    cmocka_unit_test(oci_manifest__what_is_no_image_is_noted),
	    cmocka_unit_test(oci_manifest__the_config_must_be_there_and_right),
	    cmocka_unit_test(oci_manifest__the_descriptor_fills_in_the_platform),
	    cmocka_unit_test(oci_manifest__is_united_with_manifest_json),
	    cmocka_unit_test(oci_manifest__gives_way_to_manifest_json_where_it_is_wrong),
	};

	return cmocka_run_group_tests_name("archive/oci_manifest", tests, NULL, NULL);
}
