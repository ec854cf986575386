/* SPDX-License-Identifier: MIT */
#include "archive/evidence.h"

#include "imagemake.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

#define IN_TOTO      "application/vnd.in-toto+json"
#define EMPTY_CONFIG "application/vnd.oci.empty.v1+json"
#define HISTORY      "application/vnd.buildkit.historyrecord.v0"
#define PREDICATE(t) ",\"annotations\":{\"in-toto.io/predicate-type\":\"" t "\"}"
#define PROVENANCE   PREDICATE("https://slsa.dev/provenance/v1")
#define SBOM         PREDICATE("https://spdx.dev/Document")

static const char statement[] = "{\"predicateType\":\"https://slsa.dev/provenance/v1\"}";

/* ---- JSON files ---- */

static void evidence__json_is_known_by_its_beginning(void **state)
{
	static const struct {
		struct bytes text;
		bool want;
	} cases[] = {
	    {BYTES("{"), true},    {BYTES(" \t\r\n{}"), true},      {BYTES(""), false},
	    {BYTES("   "), false}, {BYTES("[{}]"), false},          {BYTES("\0{"), false},
	    {BYTES("x{"), false},  {BYTES("\xef\xbb\xbf{"), false}, {BYTES(" \0{"), false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(source_unrefp) struct source *s = NULL;
		struct err err = ERR_INIT;

		assert_ok(source_open_memory(cases[i].text, &s, &err), &err);
		if (evidence_is_json(s) != cases[i].want)
			fail_msg("case %zu", i);
	}
}

static void evidence__every_shape_of_a_provenance_is_a_document(void **state)
{
	static const char *const shapes[] = {
	    statement,
	    "\n {\"buildType\":\"x\"}",
	    "{\"buildDefinition\":{}}",
	    "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\"}",
	    "{\"image.name\":\"a\",\"buildx.build.provenance\":{}}",
	    "{\"buildx.build.provenance/linux/amd64\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		_cleanup_(archive_freep) struct archive *a = NULL;
		_cleanup_(buf_release) struct buf file = BUF_INIT;

		assert_int_equal(buf_add_str(&file, shapes[i]), 0);
		a = assert_opened(&file);
		assert_string_equal(a->format, "json");
		assert_int_equal(a->images.n, 1);
		assert_int_equal(a->images.v[0].evidence, ARCHIVE_PROVENANCE);
		assert_int_equal(a->images.v[0].config_len, strlen(shapes[i]));
		assert_memory_equal(a->images.v[0].config, shapes[i], strlen(shapes[i]));
		assert_int_equal(a->images.v[0].manifest_digest.alg, DIGEST_NONE);
		assert_name(&a->images.v[0], 0, "test.tar");
	}
}

static void evidence__other_json_is_refused(void **state)
{
	static const char *const others[][2] = {
	    {"{}", "no provenance"},
	    {"{\"name\":\"package\"}", "no provenance"},
	    {"{\"buildx.build.ref\":\"a\"}", "no provenance"},
	    {"{\"predicateType\":", "JSON"},
	    {"{\"predicateType\":1}x", "JSON"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		_cleanup_(buf_release) struct buf file = BUF_INIT;

		assert_int_equal(buf_add_str(&file, others[i][0]), 0);
		assert_refused(&file, others[i][1]);
	}
}

static void evidence__a_file_over_the_limit_is_refused(void **state)
{
	_cleanup_(buf_release) struct buf file = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_str(&file, statement), 0);
	assert_int_equal(buf_reserve(&file, ARCHIVE_EVIDENCE_MAX), 0);
	memset(file.ptr + file.len, ' ', ARCHIVE_EVIDENCE_MAX + 1 - file.len);
	file.len = ARCHIVE_EVIDENCE_MAX + 1;
	assert_refused(&file, "over 40 MiB");
}

/* ---- manifests ---- */

struct attestation {
	const char *config_type;
	const char *layers[2]; /* members of the descriptors; NULL: no such layer */
	bool unmarked;         /* the index does not say what it is */
	bool lost_manifest, lost_statement;
};

static void add_layers(struct buf *tar, struct buf *out, const struct attestation *x)
{
	for (size_t k = 0; k < ARRAY_SIZE(x->layers) && x->layers[k]; k++) {
		buf_add_str(out, k ? "," : "");
		image_descriptor(out, IN_TOTO, bytes_from_str(statement), x->layers[k]);
	}
	if (x->layers[0] && !x->lost_statement)
		image_blob(tar, bytes_from_str(statement));
}

/* The manifest and what it lists; its descriptor goes to `desc`. */
static void add_attestation(struct buf *tar, struct buf *desc, const struct attestation *x,
			    struct bytes about)
{
	_cleanup_(buf_release) struct buf manifest = BUF_INIT, config = BUF_INIT,
					  layers = BUF_INIT, mark = BUF_INIT;
	char text[DIGEST_TEXT_MAX];

	image_descriptor(&config, x->config_type, BYTES("{}"), "");
	add_layers(tar, &layers, x);
	buf_addf(&manifest,
		 "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}",
		 MADE_OCI_MANIFEST, buf_str(&config), buf_str(&layers));
	if (!x->unmarked)
		buf_addf(&mark,
			 ",\"annotations\":{\"vnd.docker.reference.type\":"
			 "\"attestation-manifest\",\"vnd.docker.reference.digest\":\"%s\"}",
			 image_digest(about, text));
	image_blob(tar, BYTES("{}"));
	if (!x->lost_manifest)
		image_blob(tar, buf_bytes(&manifest));
	image_descriptor(desc, MADE_OCI_MANIFEST, buf_bytes(&manifest), buf_str(&mark));
}

static struct archive *open_with(const struct attestation *x)
{
	_cleanup_(buf_release) struct buf tar = BUF_INIT, list = BUF_INIT, index = BUF_INIT;

	tar_file(&tar, "oci-layout", BYTES("{\"imageLayoutVersion\":\"1.0.0\"}"));
	add_attestation(&tar, &list, x, BYTES("the image's manifest"));
	image_index(&index, buf_str(&list));
	tar_file(&tar, "index.json", buf_bytes(&index));
	tar_end(&tar);
	return assert_opened(&tar);
}

/* One provenance, about what the index says it is about. */
static void assert_provenance(const struct attestation *x)
{
	_cleanup_(archive_freep) struct archive *a = open_with(x);
	const struct archive_image *doc = &a->images.v[0];
	char text[DIGEST_TEXT_MAX], want[DIGEST_TEXT_MAX];

	assert_int_equal(a->images.n, 1);
	assert_string_equal(buf_str(&a->notes), "");
	assert_int_equal(doc->evidence, ARCHIVE_PROVENANCE);
	assert_int_equal(doc->config_len, strlen(statement));
	assert_memory_equal(doc->config, statement, strlen(statement));
	assert_int_equal(doc->layers.n, 0);
	if (x->unmarked) {
		assert_int_equal(doc->manifest_digest.alg, DIGEST_NONE);
		return;
	}
	image_digest(BYTES("the image's manifest"), want);
	assert_string_equal(digest_format(&doc->manifest_digest, text), want);
}

static void assert_note(const struct attestation *x, const char *note)
{
	_cleanup_(archive_freep) struct archive *a = open_with(x);

	assert_int_equal(a->images.n, 0);
	assert_string_equal(buf_str(&a->notes), note);
}

static void evidence__attestation_manifests_of_both_variants(void **state)
{
	(void)state;
	assert_provenance(&(struct attestation){MADE_OCI_CONFIG, {PROVENANCE}});
	assert_provenance(&(struct attestation){EMPTY_CONFIG, {PROVENANCE}});
}

static void evidence__an_sbom_is_passed_over(void **state)
{
	(void)state;
	assert_note(&(struct attestation){MADE_OCI_CONFIG, {SBOM}}, "1 attestation");
	assert_note(&(struct attestation){MADE_OCI_CONFIG, {SBOM, SBOM}}, "1 attestation");
	assert_note(&(struct attestation){MADE_OCI_CONFIG, {NULL}}, "1 attestation");
}

static void evidence__history_records_bring_theirs(void **state)
{
	(void)state;
	assert_provenance(&(struct attestation){HISTORY, {PROVENANCE}, .unmarked = true});
	assert_note(&(struct attestation){HISTORY, {SBOM}, .unmarked = true},
		    "1 BuildKit history record");
}

static void evidence__what_is_missing_is_a_note(void **state)
{
	(void)state;
	assert_note(&(struct attestation){MADE_OCI_CONFIG, {PROVENANCE}, .lost_manifest = true},
		    "1 attestation");
	assert_note(
	    &(struct attestation){MADE_OCI_CONFIG, {PROVENANCE}, .lost_statement = true},
	    "1 attestation");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(evidence__json_is_known_by_its_beginning),
	    cmocka_unit_test(evidence__every_shape_of_a_provenance_is_a_document),
	    cmocka_unit_test(evidence__other_json_is_refused),
	    cmocka_unit_test(evidence__a_file_over_the_limit_is_refused),
	    cmocka_unit_test(evidence__attestation_manifests_of_both_variants),
	    cmocka_unit_test(evidence__an_sbom_is_passed_over),
	    cmocka_unit_test(evidence__history_records_bring_theirs),
	    cmocka_unit_test(evidence__what_is_missing_is_a_note),
	};

	return cmocka_run_group_tests_name("archive/evidence", tests, NULL, NULL);
}
