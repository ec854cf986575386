/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
#include "io/hash.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

#define CACHE_CONFIG "application/vnd.buildkit.cacheconfig.v0"
#define GZIP_LAYER   "application/vnd.oci.image.layer.v1.tar+gzip"

static void add_index(struct buf *tar, const char *media_type, struct bytes content)
{
	_cleanup_(buf_release) struct buf desc = BUF_INIT, index = BUF_INIT;

	image_descriptor(&desc, media_type, content,
			 ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}");
	image_index(&index, buf_str(&desc));
	image_blob(tar, content);
	tar_file(tar, "./index.json", buf_bytes(&index));
	tar_end(tar);
}

/* One document with its config, and the one layer that the config lists. */
static void assert_cache(const struct buf *tar, bool there)
{
	_cleanup_(archive_freep) struct archive *a = assert_opened(tar);
	const struct archive_image *doc = &a->images.v[0];

	assert_int_equal(a->images.n, 1);
	assert_string_equal(buf_str(&a->notes), "");
	assert_int_equal(doc->evidence, ARCHIVE_CACHE);
	assert_int_equal(doc->layers.n, 1);
	assert_int_equal(doc->layers.v[0].missing, !there);
	assert_int_equal(doc->layers.v[0].diff_id.alg, DIGEST_SHA256);
	assert_int_equal(doc->names.n, 1);
	assert_string_equal(doc->names.v[0].reference, "latest");
}

/* A config that lists the blob of this content. */
static void cache_config(struct buf *out, struct bytes layer)
{
	struct digest d = digest_of(DIGEST_SHA256, layer);
	char text[DIGEST_TEXT_MAX];

	buf_addf(out, "{\"layers\":[{\"blob\":\"%s\",\"parent\":-1}],\"records\":[]}",
		 digest_format(&d, text));
}

#define DIFF_ID                                                                                \
	",\"annotations\":{\"containerd.io/"                                                   \
	"uncompressed\":\"sha256:"                                                             \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"

static void buildkit_cache__an_index_of_layers_is_a_cache(void **state)
{
	(void)state;
	for (int there = 0; there < 2; there++) {
		_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT,
						  cache = BUF_INIT, config = BUF_INIT;

		cache_config(&config, BYTES("a layer"));
		image_descriptor(&list, GZIP_LAYER, BYTES("a layer"), DIFF_ID);
		buf_add_char(&list, ',');
		image_descriptor(&list, CACHE_CONFIG, buf_bytes(&config), "");
		image_index(&cache, buf_str(&list));
		if (there)
			image_blob(&tar, BYTES("a layer"));
		image_blob(&tar, buf_bytes(&config));
		add_index(&tar, MADE_OCI_INDEX, buf_bytes(&cache));
		assert_cache(&tar, there);
	}
}

static void buildkit_cache__a_manifest_with_a_cache_config_is_a_cache(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, config = BUF_INIT, layer = BUF_INIT,
					  manifest = BUF_INIT, text = BUF_INIT;

	(void)state;
	cache_config(&text, BYTES("a layer"));
	image_descriptor(&config, CACHE_CONFIG, buf_bytes(&text), "");
	image_descriptor(&layer, GZIP_LAYER, BYTES("a layer"), DIFF_ID);
	buf_addf(&manifest,
		 "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}",
		 MADE_OCI_MANIFEST, buf_str(&config), buf_str(&layer));
	image_blob(&tar, buf_bytes(&text));
	image_blob(&tar, BYTES("a layer"));
	add_index(&tar, MADE_OCI_MANIFEST, buf_bytes(&manifest));
	assert_cache(&tar, true);
}

/* Without its config there is nothing to learn from it. */
static void buildkit_cache__without_its_config_it_is_left_alone(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT, cache = BUF_INIT;
	_cleanup_(archive_freep) struct archive *a = NULL;

	(void)state;
	image_descriptor(&list, CACHE_CONFIG, BYTES("{}"), "");
	image_index(&cache, buf_str(&list));
	add_index(&tar, MADE_OCI_INDEX, buf_bytes(&cache));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 0);
	assert_string_equal(buf_str(&a->notes), "1 BuildKit cache");
}

static void buildkit_cache__an_index_of_layers_alone_is_no_cache(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT, index = BUF_INIT;

	(void)state;
	image_descriptor(&list, GZIP_LAYER, BYTES("a layer"), "");
	image_index(&index, buf_str(&list));
	add_index(&tar, MADE_OCI_INDEX, buf_bytes(&index));
	a = assert_opened(&tar);
	assert_int_equal(a->images.n, 0);
	assert_string_equal(buf_str(&a->notes), "1 artifact that is no image");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buildkit_cache__an_index_of_layers_is_a_cache),
	    cmocka_unit_test(buildkit_cache__a_manifest_with_a_cache_config_is_a_cache),
	    cmocka_unit_test(buildkit_cache__without_its_config_it_is_left_alone),
	    cmocka_unit_test(buildkit_cache__an_index_of_layers_alone_is_no_cache),
	};

	return cmocka_run_group_tests_name("archive/buildkit_cache", tests, NULL, NULL);
}
