/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
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

static void assert_cache(const struct buf *tar)
{
	_cleanup_(archive_freep) struct archive *a = assert_opened(tar);

	assert_int_equal(a->images.n, 0);
	assert_string_equal(buf_str(&a->notes), "1 BuildKit cache");
}

static void buildkit_cache__an_index_of_layers_is_a_cache(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT, cache = BUF_INIT;

	(void)state;
	image_descriptor(&list, GZIP_LAYER, BYTES("a layer"), "");
	buf_add_char(&list, ',');
	image_descriptor(&list, CACHE_CONFIG, BYTES("{}"), "");
	image_index(&cache, buf_str(&list));
	image_blob(&tar, BYTES("a layer"));
	image_blob(&tar, BYTES("{}"));
	add_index(&tar, MADE_OCI_INDEX, buf_bytes(&cache));
	assert_cache(&tar);
}

static void buildkit_cache__a_manifest_with_a_cache_config_is_a_cache(void **state)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, config = BUF_INIT, layer = BUF_INIT,
					  manifest = BUF_INIT;

	(void)state;
	image_descriptor(&config, CACHE_CONFIG, BYTES("{}"), "");
	image_descriptor(&layer, GZIP_LAYER, BYTES("a layer"), "");
	buf_addf(&manifest,
		 "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}",
		 MADE_OCI_MANIFEST, buf_str(&config), buf_str(&layer));
	add_index(&tar, MADE_OCI_MANIFEST, buf_bytes(&manifest));
	assert_cache(&tar);
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
	    cmocka_unit_test(buildkit_cache__an_index_of_layers_alone_is_no_cache),
	};

	return cmocka_run_group_tests_name("archive/buildkit_cache", tests, NULL, NULL);
}
