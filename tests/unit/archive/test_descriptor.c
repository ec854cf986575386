/* SPDX-License-Identifier: MIT */
#include "archive/descriptor.h"

#include "test.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int parse(const char *text, json_t **doc, struct descriptor *d, struct err *err)
{
	assert_ok(json_parse(bytes_from_str(text), doc, err), err);
	return descriptor_parse(*doc, d, err);
}

static void descriptor__reads_every_member(void **state)
{
	_cleanup_(json_freep) json_t *doc = NULL;
	struct err err = ERR_INIT;
	struct descriptor d;

	(void)state;
	assert_ok(
	    parse("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		  "\"digest\":\"sha256:" HEX64 "\",\"size\":7,\"urls\":[\"http://x\"],"
		  "\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"},"
		  "\"annotations\":{\"org.opencontainers.image.ref.name\":\"1\"}}",
		  &doc, &d, &err),
	    &err);
	assert_int_equal(d.kind, MEDIA_MANIFEST);
	assert_int_equal(d.size, 7);
	assert_true(d.has_urls);
	assert_false(d.attestation);
	assert_bytes_equal_str(d.os, "linux");
	assert_bytes_equal_str(d.architecture, "arm");
	assert_bytes_equal_str(d.variant, "v7");
	assert_bytes_equal_str(descriptor_name(&d), "1");
}

static void descriptor__containerds_name_comes_first(void **state)
{
	_cleanup_(json_freep) json_t *doc = NULL;
	struct err err = ERR_INIT;
	struct descriptor d;

	(void)state;
	assert_ok(parse("{\"digest\":\"sha256:" HEX64 "\",\"annotations\":{"
			"\"org.opencontainers.image.ref.name\":\"1\","
			"\"io.containerd.image.name\":\"docker.io/library/app:1\"}}",
			&doc, &d, &err),
		  &err);
	assert_bytes_equal_str(descriptor_name(&d), "docker.io/library/app:1");
	assert_int_equal(d.size, -1);
	assert_int_equal(d.kind, MEDIA_NONE);
}

static void assert_refuses(const char *text)
{
	_cleanup_(json_freep) json_t *doc = NULL;
	struct err err = ERR_INIT;
	struct descriptor d;

	if (parse(text, &doc, &d, &err) >= 0)
		fail_msg("taken: %s", text);
	assert_true(err.msg[0]);
}

static void descriptor__wrong_members_are_refused(void **state)
{
	static const char *const wrong[] = {
	    "{}",
	    "[]",
	    "{\"digest\":7}",
	    "{\"digest\":\"sha256:abc\"}",
	    "{\"digest\":\"md5:00000000000000000000000000000000\"}",
	    "{\"digest\":\"sha256:../../etc/passwd\"}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"size\":-1}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"size\":\"7\"}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"size\":1.5}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"mediaType\":[]}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"platform\":\"linux\"}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"platform\":{\"os\":1}}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"annotations\":[]}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"urls\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_refuses(wrong[i]);
}

static void descriptor__attestations_are_told_by_platform_or_annotation(void **state)
{
	static const char *const texts[] = {
	    "{\"digest\":\"sha256:" HEX64
	    "\",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}}",
	    "{\"digest\":\"sha256:" HEX64 "\",\"annotations\":{"
	    "\"vnd.docker.reference.type\":\"attestation-manifest\"}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(json_freep) json_t *doc = NULL;
		struct err err = ERR_INIT;
		struct descriptor d;

		assert_ok(parse(texts[i], &doc, &d, &err), &err);
		assert_true(d.attestation);
	}
}

static void descriptor__media_types_have_kinds(void **state)
{
	static const struct {
		const char *type;
		enum media_kind kind;
	} table[] = {
	    {"", MEDIA_NONE},
	    {"application/vnd.oci.image.index.v1+json", MEDIA_INDEX},
	    {"application/vnd.docker.distribution.manifest.list.v2+json", MEDIA_INDEX},
	    {"application/vnd.docker.distribution.manifest.v2+json", MEDIA_MANIFEST},
	    {"application/vnd.docker.distribution.manifest.v1+prettyjws", MEDIA_SCHEMA1},
	    {"application/vnd.oci.image.layer.v1.tar", MEDIA_LAYER},
	    {"application/vnd.oci.image.layer.v1.tar+zstd", MEDIA_LAYER},
	    {"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", MEDIA_LAYER},
	    {"application/vnd.docker.image.rootfs.diff.tar.gzip", MEDIA_LAYER},
	    {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", MEDIA_LAYER},
	    {"application/vnd.oci.image.layer.v1.tar+gzip+encrypted", MEDIA_LAYER_OPAQUE},
	    {"application/vnd.oci.image.layer.nydus.blob.v1", MEDIA_LAYER_OPAQUE},
	    {"application/vnd.buildkit.cacheconfig.v0", MEDIA_CACHE},
	    {"application/vnd.buildkit.historyrecord.v0", MEDIA_HISTORY},
	    {"application/vnd.cncf.helm.config.v1+json", MEDIA_HELM},
	    {"application/vnd.in-toto+json", MEDIA_ATTESTATION},
	    {"application/vnd.dev.cosign.simplesigning.v1+json", MEDIA_SIGNATURE},
	    {"application/wasm", MEDIA_OTHER},
	    {"application/vnd.oci.empty.v1+json", MEDIA_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (media_kind(bytes_from_str(table[i].type)) != table[i].kind)
			fail_msg("%s", table[i].type);
}

static void descriptor__only_oci_types_promise_a_codec(void **state)
{
	(void)state;
	assert_true(media_says_gzip(BYTES("application/vnd.oci.image.layer.v1.tar+gzip")));
	assert_false(media_says_gzip(BYTES("application/vnd.oci.image.layer.v1.tar")));
	assert_false(
	    media_says_gzip(BYTES("application/vnd.docker.image.rootfs.diff.tar.gzip")));
	assert_true(media_says_zstd(BYTES("application/vnd.oci.image.layer.v1.tar+zstd")));
	assert_false(media_says_zstd(BYTES("application/vnd.oci.image.layer.v1.tar+gzip")));
}

static void descriptor__cosign_tags_are_signatures(void **state)
{
	struct descriptor d = {0};

	(void)state;
	d.ref_name = BYTES("sha256-" HEX64 ".sig");
	assert_true(descriptor_is_signature_tag(&d));
	d.ref_name = BYTES("ghcr.io:443/app:sha256-" HEX64 ".att");
	assert_true(descriptor_is_signature_tag(&d));
	d.ref_name = BYTES("sha256-" HEX64 ".sbom");
	assert_true(descriptor_is_signature_tag(&d));
	d.ref_name = BYTES("app:1.sig");
	assert_false(descriptor_is_signature_tag(&d));
	d.ref_name = BYTES("sha256-" HEX64);
	assert_false(descriptor_is_signature_tag(&d));
	d.ref_name = BYTES_NULL;
	assert_false(descriptor_is_signature_tag(&d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(descriptor__reads_every_member),
	    cmocka_unit_test(descriptor__containerds_name_comes_first),
	    cmocka_unit_test(descriptor__wrong_members_are_refused),
	    cmocka_unit_test(descriptor__attestations_are_told_by_platform_or_annotation),
	    cmocka_unit_test(descriptor__media_types_have_kinds),
	    cmocka_unit_test(descriptor__only_oci_types_promise_a_codec),
	    cmocka_unit_test(descriptor__cosign_tags_are_signatures),
	};

	return cmocka_run_group_tests_name("archive/descriptor", tests, NULL, NULL);
}
