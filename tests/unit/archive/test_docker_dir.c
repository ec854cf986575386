/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
#include "opened.h"
#include "test.h"

#include <stdio.h>

static const struct made_layer layer = {
    .content = {"layer one", 9},
    .media_type = "application/vnd.docker.image.rootfs.diff.tar.gzip"};

static void add_blob(const struct tmpdir *t, struct bytes content, const char *suffix)
{
	char text[DIGEST_TEXT_MAX], name[DIGEST_TEXT_MAX + 20];

	image_digest(content, text);
	snprintf(name, sizeof(name), "%s%s", text + strlen("sha256:"), suffix);
	tmpdir_file(t, name, content);
}

static void make(const struct tmpdir *t, struct buf *manifest)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT;

	image_config(&config, &layer, 1, "");
	image_manifest(manifest, buf_bytes(&config), &layer, 1, "");
	add_blob(t, buf_bytes(&config), "");
	add_blob(t, layer.content, "");
	tmpdir_file(t, "version", BYTES("Directory Transport Version: 1.1\n"));
}

static void docker_dir__reads_the_manifest_and_flat_blobs(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf manifest = BUF_INIT;
	char text[DIGEST_TEXT_MAX], want[DIGEST_TEXT_MAX];
	struct err err = ERR_INIT;
	struct archive_layer *l;
	struct tmpdir t;

	(void)state;
	tmpdir_make(&t);
	make(&t, &manifest);
	tmpdir_file(&t, "manifest.json", buf_bytes(&manifest));
	assert_ok(open_tmpdir(&t, &a, &err), &err);
	assert_string_equal(a->format, "dir");
	assert_null(a->file);
	assert_int_equal(a->images.n, 1);
	assert_int_equal(a->images.v[0].names.n, 0);
	assert_string_equal(digest_format(&a->images.v[0].manifest_digest, text),
			    image_digest(buf_bytes(&manifest), want));
	l = &a->images.v[0].layers.v[0];
	assert_blob(&l->blob, layer.content);
	assert_string_equal(l->blob.path,
			    image_digest(layer.content, want) + strlen("sha256:"));
	assert_false(l->declared_gzip);
	tmpdir_remove(&t);
}

static void docker_dir__a_list_leads_to_manifest_files(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf manifest = BUF_INIT, desc = BUF_INIT, list = BUF_INIT;
	struct err err = ERR_INIT;
	struct tmpdir t;

	(void)state;
	tmpdir_make(&t);
	make(&t, &manifest);
	add_blob(&t, buf_bytes(&manifest), ".manifest.json");
	image_descriptor(&desc, MADE_OCI_MANIFEST, buf_bytes(&manifest), "");
	image_index(&list, buf_str(&desc));
	tmpdir_file(&t, "manifest.json", buf_bytes(&list));
	assert_ok(open_tmpdir(&t, &a, &err), &err);
	assert_int_equal(a->images.n, 1);
	tmpdir_remove(&t);
}

static void assert_manifest_refused(const char *manifest, const char *words)
{
	_cleanup_(buf_release) struct buf unused = BUF_INIT;
	struct archive *a = NULL;
	struct err err = ERR_INIT;
	struct tmpdir t;

	tmpdir_make(&t);
	make(&t, &unused);
	tmpdir_file(&t, "manifest.json", bytes_from_str(manifest));
	assert_true(open_tmpdir(&t, &a, &err) < 0);
	if (!strstr(err.msg, words))
		fail_msg("\"%s\" is not in: %s", words, err.msg);
	tmpdir_remove(&t);
}

static void docker_dir__other_manifests_are_refused(void **state)
{
	(void)state;
	assert_manifest_refused("{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1");
	assert_manifest_refused("{}", "without \"config\"");
	assert_manifest_refused("[]", "manifest.json: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(docker_dir__reads_the_manifest_and_flat_blobs),
	    cmocka_unit_test(docker_dir__a_list_leads_to_manifest_files),
	    cmocka_unit_test(docker_dir__other_manifests_are_refused),
	};

	return cmocka_run_group_tests_name("archive/docker_dir", tests, NULL, NULL);
}
