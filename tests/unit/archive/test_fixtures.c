/* SPDX-License-Identifier: MIT */
/* The committed archives: of the real tools, and hostile ones with their verdicts. */
#include "archive/archive.h"

#include "io/hash.h"
#include "opened.h"
#include "test.h"
#include "unpack.h"

#include <stdio.h>

struct expected {
	const char *file, *format;
	size_t images;
	const char *notes;
	const char *last_name; /* of the last image */
	size_t layers;         /* of it */
	bool blob_digests;     /* its layers have them */
	bool seen;
};

static struct expected real[] = {
    {"multiarch.buildkit.tar", "oci-archive", 2, "", "docker.io/library/multiarch:1", 2, true,
     false},
    {"webapp.buildkit-cache.tar", "oci-archive", 0, "", NULL, 0, false, false},
    {"webapp.buildkit24-cache.tar", "oci-archive", 0, "", NULL, 0, false, false},
    {"webapp.buildkit-docker.tar", "docker-archive", 1, "",
     "docker.io/library/webapp:production", 7, true, false},
    {"webapp.buildkit-provenance.tar", "oci-archive", 1, "",
     "docker.io/library/webapp:production", 7, true, false},
    {"webapp.buildkit24-provenance.tar", "oci-archive", 1, "",
     "docker.io/library/webapp:production", 7, true, false},
    {"webapp.buildx.tar", "oci-archive", 1, "", "docker.io/library/webapp:production", 7, true,
     false},
    {"webapp.docker-buildkit.tar", "docker-archive", 4, "", "webapp:production", 7, false,
     false},
    {"webapp.docker-classic.tar", "docker-archive", 1, "", "webapp-classic:latest", 7, false,
     false},
    {"webapp.docker28-containerd.tar", "docker-archive", 2, "",
     "docker.io/library/webapp:production", 7, true, false},
    {"webapp.docker28.tar", "docker-archive", 2, "", "docker.io/library/webapp:production", 7,
     true, false},
    {"webapp.podman-docker.tar", "docker-archive", 2, "", "localhost/webapp:production", 6,
     false, false},
    {"webapp.podman-oci.tar", "oci-archive", 1, "", "localhost/webapp:production", 6, true,
     false},
    {"webapp.skopeo-oci.tar", "oci-archive", 1, "", "webapp:production", 7, true, false},
    {"webapp.skopeo-zstd.tar", "oci-archive", 1, "", "webapp:production", 7, true, false},
    {"whiteouts.docker.tar", "docker-archive", 1, "", "whiteouts:latest", 6, false, false},
    {"whiteouts.oci.tar", "oci-archive", 1, "", "whiteouts:latest", 6, true, false},
};

static void check_image(const struct archive_image *img, const struct expected *e)
{
	assert_int_equal(img->names.n, 1);
	assert_name(img, 0, e->last_name);
	assert_string_equal(img->os, "linux");
	assert_true(img->history.n >= img->layers.n);
	assert_int_equal(img->layers.n, e->layers);
	vec_foreach (l, &img->layers) {
		assert_false(l->missing);
		assert_int_equal(l->diff_id.alg, DIGEST_SHA256);
		assert_int_equal(l->blob_digest.alg,
				 e->blob_digests ? DIGEST_SHA256 : DIGEST_NONE);
	}
}

/* Documents about builds: one provenance an image, or one cache. */
static uint32_t documents_in(const char *file)
{
	static const struct {
		const char *file;
		uint32_t n;
	} with[] = {
	    {"multiarch.buildkit.tar", 2},           {"webapp.buildkit-cache.tar", 1},
	    {"webapp.buildkit24-cache.tar", 1},      {"webapp.buildkit-provenance.tar", 1},
	    {"webapp.buildkit24-provenance.tar", 1}, {"webapp.buildx.tar", 1}};

	for (size_t i = 0; i < ARRAY_SIZE(with); i++)
		if (strcmp(with[i].file, file) == 0)
			return with[i].n;
	return 0;
}

static void check_document(const struct archive_image *doc)
{
	assert_true(doc->config_len > 100);
	assert_int_equal(doc->config[0], '{');
	if (doc->evidence == ARCHIVE_PROVENANCE) {
		assert_int_equal(doc->manifest_digest.alg, DIGEST_SHA256);
		assert_int_equal(doc->layers.n, 0);
		return;
	}
	/* Ten results of webapp's four needed stages, all there with their DiffIDs. */
	assert_int_equal(doc->layers.n, 10);
	vec_foreach (l, &doc->layers) {
		assert_false(l->missing);
		assert_int_equal(l->diff_id.alg, DIGEST_SHA256);
	}
}

static void check_all(const struct archive *a, const struct expected *e)
{
	const struct archive_image *last = NULL;
	uint32_t documents = 0;

	vec_foreach (img, &a->images) {
		if (img->evidence)
			check_document(img);
		else
			last = img;
		documents += img->evidence != ARCHIVE_NO_EVIDENCE;
	}
	assert_int_equal(documents, documents_in(e->file));
	assert_int_equal(a->images.n, e->images + documents);
	assert_string_equal(buf_str(&a->notes), e->notes);
	if (last)
		check_image(last, e);
}

static void check_real(void *arg, const char *name, struct buf *data)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_SIZE(real); i++) {
		_cleanup_(archive_freep) struct archive *a = NULL;
		struct expected *e = &real[i];

		if (strcmp(e->file, name) != 0)
			continue;
		e->seen = true;
		a = assert_opened(data);
		assert_string_equal(a->format, e->format);
		check_all(a, e);
	}
}

/* Digest of the statement in the record, and of the file, of sha256sum. */
static void check_side_file(void *arg, const char *name, struct buf *data)
{
	bool record = strcmp(name, "webapp.dockerbuild") == 0;
	const char *digest = record ? "sha256:26c74f20913cd67182f216cb99c3cca3aaae8c3ca2a4173d6"
				      "2e29ac28c446a6f"
				    : "sha256:98770d2e94cef32bb2b7f56b9ecace29b4cdd87d9057576c2"
				      "53c3d64c0b1cee9";
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(buf_release) struct buf plain = BUF_INIT;
	const struct archive_image *doc;
	char text[DIGEST_TEXT_MAX];
	struct digest got;

	if (record)
		unpack_gzip(data, &plain);
	a = assert_opened(record ? &plain : data);
	doc = &a->images.v[0];
	assert_int_equal(a->images.n, 1);
	assert_int_equal(doc->evidence, ARCHIVE_PROVENANCE);
	assert_int_equal(doc->manifest_digest.alg, DIGEST_NONE);
	got = digest_of(DIGEST_SHA256, bytes_make(doc->config, doc->config_len));
	assert_string_equal(digest_format(&got, text), digest);
	assert_string_equal(buf_str(&a->notes), "");
	(*(int *)arg)++;
}

static void fixtures__of_records_and_metadata_files_are_provenances(void **state)
{
	int seen = 0;

	(void)state;
	unpack_fixture("documents.tar.xz", check_side_file, &seen);
	assert_int_equal(seen, 2);
}

static void fixtures__of_the_real_tools_are_understood(void **state)
{
	(void)state;
	unpack_fixture("images.tar.xz", check_real, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(real); i++)
		if (!real[i].seen)
			fail_msg("%s is not in images.tar.xz", real[i].file);
}

/* What only reading the layers can refuse. */
static bool is_left_to_ingest(const char *name)
{
	static const char *const names[] = {"img-blob-tampered.tar", "img-diffid-mismatch.tar",
					    "img-mediatype-lie.tar"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

struct verdicts {
	struct buf manifest;
	unsigned checked;
};

static bool must_refuse(const struct verdicts *v, const char *name)
{
	char line[300];
	const char *at;

	snprintf(line, sizeof(line), "%s\t", name);
	at = strstr(buf_str(&v->manifest), line);
	if (!at)
		fail_msg("%s has no verdict", name);
	return strncmp(at + strlen(line), "refuse", 6) == 0;
}

static void check_hostile(void *arg, const char *name, struct buf *data)
{
	struct archive *a = NULL;
	struct err err = ERR_INIT;
	struct verdicts *v = arg;
	bool refused;

	if (strcmp(name, "MANIFEST.tsv") == 0) {
		buf_add_bytes(&v->manifest, buf_bytes(data));
		return;
	}
	refused = open_tar(data, &a, &err) < 0;
	if (refused != (must_refuse(v, name) && !is_left_to_ingest(name)))
		fail_msg("%s: %s %s", name, refused ? "refused" : "taken", err.msg);
	if (refused) {
		assert_true(err.msg[0]);
		assert_null(strchr(err.msg, '\n'));
	}
	archive_close(a);
	v->checked++;
}

static void fixtures__of_bad_intent_get_their_verdict(void **state)
{
	struct verdicts v = {.manifest = BUF_INIT};

	(void)state;
	unpack_fixture("hostile-images.tar.xz", check_hostile, &v);
	buf_release(&v.manifest);
	assert_true(v.checked > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fixtures__of_the_real_tools_are_understood),
	    cmocka_unit_test(fixtures__of_records_and_metadata_files_are_provenances),
	    cmocka_unit_test(fixtures__of_bad_intent_get_their_verdict),
	};

	return cmocka_run_group_tests_name("archive/fixtures", tests, NULL, NULL);
}
