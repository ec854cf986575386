/* SPDX-License-Identifier: MIT */
#include "archive/archive.h"

#include "imagemake.h"
#include "io/hash.h"
#include "opened.h"
#include "tarmake.h"
#include "test.h"

#include <stdio.h>

#define IN_TOTO      "application/vnd.in-toto+json"
#define CACHE_CONFIG "application/vnd.buildkit.cacheconfig.v0"
#define RECORD       "application/vnd.buildkit.historyrecord.v0"
#define GZIP_LAYER   "application/vnd.oci.image.layer.v1.tar+gzip"
#define SUBJECT      "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SLSA         "https://slsa.dev/provenance/v0.2"
#define SPDX         "https://spdx.dev/Document"
#define PREDICATE(t) ",\"annotations\":{\"in-toto.io/predicate-type\":\"" t "\"}"
#define ATTESTATION                                                                            \
	",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\","            \
	"\"vnd.docker.reference.digest\":\"" SUBJECT "\"}"
#define STATEMENT(t, s) "{\"predicateType\":\"" t "\",\"subject\":[],\"note\":\"" s "\"}"

/* An archive in the making: its blobs, and the descriptors of its index.json. */
struct made {
	struct buf tar, index;
};

static void made_release(struct made *m)
{
	buf_release(&m->tar);
	buf_release(&m->index);
}

static void list(struct made *m, const char *media_type, struct bytes content,
		 const char *extra)
{
	if (m->index.len)
		buf_add_char(&m->index, ',');
	image_descriptor(&m->index, media_type, content, extra);
}

static void add_app(struct made *m)
{
	_cleanup_(buf_release) struct buf layer = BUF_INIT;
	struct made_layer layers[1] = {0};

	image_layer_tar(&layer, "file", BYTES("text"));
	layers[0].content = buf_bytes(&layer);
	if (m->index.len)
		buf_add_char(&m->index, ',');
	image_blobs(&m->tar, &m->index, layers, 1, "");
}

/* A manifest of these layers, a config of this type, listed in the index. */
static void add_manifest(struct made *m, const char *config_type, const char *layers,
			 const char *extra)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT, manifest = BUF_INIT;

	image_descriptor(&config, config_type, BYTES("{}"), "");
	buf_addf(&manifest,
		 "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}",
		 MADE_OCI_MANIFEST, buf_str(&config), layers);
	image_blob(&m->tar, BYTES("{}"));
	image_blob(&m->tar, buf_bytes(&manifest));
	list(m, MADE_OCI_MANIFEST, buf_bytes(&manifest), extra);
}

static void add_statement(struct made *m, struct buf *layers, const char *text,
			  const char *predicate)
{
	if (layers->len)
		buf_add_char(layers, ',');
	image_descriptor(layers, IN_TOTO, bytes_from_str(text), predicate);
	image_blob(&m->tar, bytes_from_str(text));
}

static void finish_made(struct made *m)
{
	_cleanup_(buf_release) struct buf index = BUF_INIT;

	image_index(&index, buf_str(&m->index));
	tar_file(&m->tar, "index.json", buf_bytes(&index));
	tar_end(&m->tar);
}

/* An attestation with one statement, beside an image or alone. */
static void one_statement(struct made *m, bool beside, const char *text, const char *predicate)
{
	_cleanup_(buf_release) struct buf layers = BUF_INIT;

	if (beside)
		add_app(m);
	add_statement(m, &layers, text, predicate);
	add_manifest(m, MADE_OCI_CONFIG, buf_str(&layers), ATTESTATION);
	finish_made(m);
}

/* ---- statements ---- */

static void assert_provenance(const struct archive_image *doc, const char *text)
{
	assert_int_equal(doc->evidence, ARCHIVE_PROVENANCE);
	assert_int_equal(doc->config_len, strlen(text));
	assert_memory_equal(doc->config, text, strlen(text));
	assert_int_equal(doc->layers.n, 0);
}

static void documents__a_provenance_knows_the_image_it_is_about(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(archive_freep) struct archive *a = NULL;
	char subject[DIGEST_TEXT_MAX];

	(void)state;
	one_statement(&m, true, STATEMENT(SLSA, "x"), PREDICATE(SLSA));
	a = assert_opened(&m.tar);
	assert_int_equal(a->images.n, 2);
	assert_int_equal(a->images.v[0].evidence, ARCHIVE_NO_EVIDENCE);
	assert_provenance(&a->images.v[1], STATEMENT(SLSA, "x"));
	assert_string_equal(digest_format(&a->images.v[1].manifest_digest, subject), SUBJECT);
	assert_string_equal(buf_str(&a->notes), "");
}

static void documents__boms_are_passed_over_with_a_note(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf layers = BUF_INIT;
	_cleanup_(archive_freep) struct archive *a = NULL;

	(void)state;
	add_statement(&m, &layers, STATEMENT(SPDX, "x"), PREDICATE(SPDX));
	add_statement(&m, &layers, STATEMENT(SLSA, "x"), PREDICATE(SLSA));
	add_statement(&m, &layers, STATEMENT(SPDX, "y"), PREDICATE(SPDX));
	add_manifest(&m, MADE_OCI_CONFIG, buf_str(&layers), ATTESTATION);
	finish_made(&m);
	a = assert_opened(&m.tar);
	assert_int_equal(a->images.n, 1);
	assert_provenance(&a->images.v[0], STATEMENT(SLSA, "x"));
	assert_string_equal(buf_str(&a->notes), "1 attestation");
}

/* The annotation is BuildKit's habit, not in-toto's: without it the statement itself tells. */
static void documents__an_unannotated_statement_is_looked_into(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf layers = BUF_INIT;
	_cleanup_(archive_freep) struct archive *a = NULL;

	(void)state;
	add_statement(&m, &layers, STATEMENT(SPDX, "x"), "");
	add_statement(&m, &layers, STATEMENT(SLSA, "x"), "");
	add_manifest(&m, MADE_OCI_CONFIG, buf_str(&layers), ATTESTATION);
	finish_made(&m);
	a = assert_opened(&m.tar);
	assert_int_equal(a->images.n, 1);
	assert_provenance(&a->images.v[0], STATEMENT(SLSA, "x"));
	assert_string_equal(buf_str(&a->notes), "1 attestation");
}

static void documents__a_history_record_gives_its_statements(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf layers = BUF_INIT;
	_cleanup_(archive_freep) struct archive *a = NULL;

	(void)state;
	image_descriptor(&layers, "application/vnd.buildkit.otlp.json.v0", BYTES("{}"), "");
	add_statement(&m, &layers, STATEMENT(SLSA, "r"), PREDICATE(SLSA));
	add_manifest(&m, RECORD, buf_str(&layers), "");
	finish_made(&m);
	a = assert_opened(&m.tar);
	assert_int_equal(a->images.n, 1);
	assert_provenance(&a->images.v[0], STATEMENT(SLSA, "r"));
	assert_int_equal(a->images.v[0].manifest_digest.alg, DIGEST_NONE);
}

/* Listed twice it is one document; about two images it is two. */
static void documents__each_is_read_once(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf layers = BUF_INIT;
	_cleanup_(archive_freep) struct archive *a = NULL;

	(void)state;
	add_statement(&m, &layers, STATEMENT(SLSA, "x"), PREDICATE(SLSA));
	add_manifest(&m, MADE_OCI_CONFIG, buf_str(&layers), ATTESTATION);
	add_manifest(&m, MADE_OCI_CONFIG, buf_str(&layers), ATTESTATION);
	add_manifest(
	    &m, MADE_OCI_CONFIG, buf_str(&layers),
	    ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}");
	finish_made(&m);
	a = assert_opened(&m.tar);
	assert_int_equal(a->images.n, 2);
	assert_int_equal(a->images.v[0].manifest_digest.alg, DIGEST_SHA256);
	assert_int_equal(a->images.v[1].manifest_digest.alg, DIGEST_NONE);
}

static void documents__a_statement_that_is_absent_is_a_note(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf layers = BUF_INIT;
	_cleanup_(archive_freep) struct archive *a = NULL;

	(void)state;
	add_app(&m);
	image_descriptor(&layers, IN_TOTO, BYTES("{}{}"), PREDICATE(SLSA));
	add_manifest(&m, MADE_OCI_CONFIG, buf_str(&layers), ATTESTATION);
	finish_made(&m);
	a = assert_opened(&m.tar);
	assert_int_equal(a->images.n, 1);
	assert_string_equal(buf_str(&a->notes), "1 attestation");
}

/* ---- what is wrong ---- */

static void assert_set_aside(struct made *m)
{
	_cleanup_(archive_freep) struct archive *a = assert_opened(&m->tar);

	assert_int_equal(a->images.n, 1);
	assert_int_equal(a->images.v[0].evidence, ARCHIVE_NO_EVIDENCE);
	assert_string_equal(buf_str(&a->notes), "1 document about builds that cannot be read");
}

/* Annotated ones are taken as they are: whoever parses them tells. */
static void documents__an_unannotated_one_that_is_no_statement_is_left_alone(void **state)
{
	static const char *const texts[] = {"no JSON", "[]", "{\"predicateType\":7}", "{}{"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(archive_freep) struct archive *a = NULL;
		_cleanup_(made_release) struct made m = {0};

		one_statement(&m, false, texts[i], "");
		a = assert_opened(&m.tar);
		assert_int_equal(a->images.n, 0);
		assert_string_equal(buf_str(&a->notes), "1 attestation");
	}
}

static void documents__a_bad_attestation_is_a_note_beside_an_image(void **state)
{
	(void)state;
	for (int beside = 0; beside < 2; beside++) {
		_cleanup_(made_release) struct made m = {0};

		if (beside)
			add_app(&m);
		image_blob(&m.tar, BYTES("no JSON"));
		list(&m, MADE_OCI_MANIFEST, BYTES("no JSON"), ATTESTATION);
		finish_made(&m);
		if (beside)
			assert_set_aside(&m);
		else
			assert_refused(&m.tar, "an attestation: not valid JSON");
	}
}

static void add_cache(struct made *m, const char *config, const char *layers)
{
	_cleanup_(buf_release) struct buf descriptor = BUF_INIT, manifest = BUF_INIT;

	image_descriptor(&descriptor, CACHE_CONFIG, bytes_from_str(config), "");
	buf_addf(&manifest,
		 "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}",
		 MADE_OCI_MANIFEST, buf_str(&descriptor), layers);
	image_blob(&m->tar, bytes_from_str(config));
	image_blob(&m->tar, buf_bytes(&manifest));
	list(m, MADE_OCI_MANIFEST, buf_bytes(&manifest), "");
}

static void documents__a_bad_cache_is_a_note_beside_an_image(void **state)
{
	static const struct {
		const char *config, *words;
	} bad[] = {{"[", "not valid JSON"},
		   {"{\"layers\":{}}", "layers"},
		   {"{\"layers\":[{\"blob\":\"sha256:1\"}]}", "layer 1 of a BuildKit cache"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		for (int beside = 0; beside < 2; beside++) {
			_cleanup_(made_release) struct made m = {0};

			if (beside)
				add_app(&m);
			add_cache(&m, bad[i].config, "");
			finish_made(&m);
			if (beside)
				assert_set_aside(&m);
			else
				assert_refused(&m.tar, bad[i].words);
		}
}

/* Bytes that are not what their digest says: damage, or worse. Images or not. */
static void documents__a_changed_statement_is_refused(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	char *at;

	(void)state;
	one_statement(&m, true, STATEMENT(SLSA, "marker"), PREDICATE(SLSA));
	at = memmem(m.tar.ptr, m.tar.len, "marker", 6);
	assert_non_null(at);
	*at = 'M';
	assert_refused(&m.tar, "digest");
}

/* ---- caches ---- */

static void cache_config(struct buf *out, const struct bytes *blobs, size_t n)
{
	buf_add_str(out, "{\"layers\":[");
	for (size_t i = 0; i < n; i++) {
		char text[DIGEST_TEXT_MAX];

		buf_addf(out, "%s{\"blob\":\"%s\",\"parent\":-1}", i ? "," : "",
			 image_digest(blobs[i], text));
	}
	buf_add_str(out, "],\"records\":[]}");
}

#define DIFF_ID(c) ",\"annotations\":{\"containerd.io/uncompressed\":\"sha256:" c c c c "\"}"
#define HEX16(c)   c c c c c c c c c c c c c c c c

/* The config's order counts, not the export's; what has no DiffID or is no tar is only a place.
 */
static void documents__layers_stand_as_the_config_lists_them(void **state)
{
	static const struct bytes blobs[] = {{"zero", sizeof("zero") - 1},
					     {"one", sizeof("one") - 1},
					     {"two", sizeof("two") - 1},
					     {"three", sizeof("three") - 1}};
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf layers = BUF_INIT, config = BUF_INIT;
	_cleanup_(archive_freep) struct archive *a = NULL;
	char hex[DIGEST_TEXT_MAX];

	(void)state;
	cache_config(&config, blobs, 4);
	image_descriptor(&layers, "application/vnd.oci.image.layer.nydus.blob.v1", blobs[3],
			 DIFF_ID(HEX16("d")));
	buf_add_char(&layers, ',');
	image_descriptor(&layers, GZIP_LAYER, blobs[1], DIFF_ID(HEX16("b")));
	buf_add_char(&layers, ',');
	image_descriptor(&layers, GZIP_LAYER, blobs[2], "");
	buf_add_char(&layers, ',');
	image_descriptor(&layers, GZIP_LAYER, blobs[0], DIFF_ID(HEX16("a")));
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++)
		image_blob(&m.tar, blobs[i]);
	add_cache(&m, buf_str(&config), buf_str(&layers));
	finish_made(&m);
	a = assert_opened(&m.tar);
	assert_int_equal(a->images.n, 1);
	assert_int_equal(a->images.v[0].layers.n, 4);
	for (size_t i = 0; i < 2; i++) {
		const struct archive_layer *l = &a->images.v[0].layers.v[i];

		assert_false(l->missing);
		assert_true(l->declared_gzip);
		assert_blob(&l->blob, blobs[i]);
		assert_int_equal(digest_hex(&l->diff_id, hex)[0], "ab"[i]);
	}
	assert_true(a->images.v[0].layers.v[2].missing);
	assert_true(a->images.v[0].layers.v[3].missing);
}

static void documents__limit_layers_bounds_a_cache(void **state)
{
	static const struct bytes blobs[] = {{"zero", sizeof("zero") - 1},
					     {"one", sizeof("one") - 1}};
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf config = BUF_INIT;
	struct limits limits = LIMITS_DEFAULT;
	struct archive *a = NULL;
	struct err err = ERR_INIT;

	(void)state;
	cache_config(&config, blobs, 2);
	add_cache(&m, buf_str(&config), "");
	finish_made(&m);
	limits.layers = 2;
	assert_ok(open_tar_limited(&m.tar, &limits, &a, &err), &err);
	archive_close(a);
	limits.layers = 1;
	assert_int_equal(open_tar_limited(&m.tar, &limits, &a, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "limit layers"));
}

/* ---- sizes and numbers ---- */

/* json-bytes is for what an image needs; documents have a limit of their own. */
static void documents__statements_may_be_longer_than_limit_json_bytes(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct limits limits = LIMITS_DEFAULT;
	struct archive *a = NULL;
	struct err err = ERR_INIT;

	(void)state;
	buf_add_str(&text, "{\"predicateType\":\"" SLSA "\",\"x\":\"");
	for (int i = 0; i < 1000; i++)
		buf_add_str(&text, "0123456789");
	buf_add_str(&text, "\"}");
	one_statement(&m, true, buf_str(&text), PREDICATE(SLSA));
	limits.json_bytes = 9000;
	assert_ok(open_tar_limited(&m.tar, &limits, &a, &err), &err);
	assert_int_equal(a->images.n, 2);
	archive_close(a);
}

static void documents__over_40_mib_is_set_aside(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	(void)state;
	assert_int_equal(buf_reserve(&text, ARCHIVE_EVIDENCE_MAX + 100), 0);
	buf_add_str(&text, "{\"predicateType\":\"" SLSA "\",\"x\":\"");
	memset(text.ptr + text.len, 'x', ARCHIVE_EVIDENCE_MAX);
	text.len += ARCHIVE_EVIDENCE_MAX;
	buf_add_str(&text, "\"}");
	one_statement(&m, true, buf_str(&text), PREDICATE(SLSA));
	assert_set_aside(&m);
}

static void documents__limit_manifests_bounds_documents(void **state)
{
	_cleanup_(made_release) struct made m = {0};
	_cleanup_(buf_release) struct buf layers = BUF_INIT;
	struct limits limits = LIMITS_DEFAULT;
	struct archive *a = NULL;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 5; i++) {
		char text[200];

		snprintf(text, sizeof(text), "{\"predicateType\":\"" SLSA "\",\"n\":%d}", i);
		add_statement(&m, &layers, text, PREDICATE(SLSA));
	}
	add_manifest(&m, MADE_OCI_CONFIG, buf_str(&layers), ATTESTATION);
	finish_made(&m);
	limits.manifests = 6;
	assert_ok(open_tar_limited(&m.tar, &limits, &a, &err), &err);
	assert_int_equal(a->images.n, 5);
	archive_close(a);
	a = NULL;
	limits.manifests = 5;
	assert_int_equal(open_tar_limited(&m.tar, &limits, &a, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "limit manifests"));
}

/* ---- JSON files ---- */

/* The first bytes of a tar are a name. */
static void documents__a_tar_may_begin_with_a_brace(void **state)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(made_release) struct made m = {0};

	(void)state;
	tar_file(&m.tar, "{a}", BYTES("x"));
	add_app(&m);
	finish_made(&m);
	a = assert_opened(&m.tar);
	assert_string_equal(a->format, "oci-archive");
	assert_int_equal(a->images.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(documents__a_provenance_knows_the_image_it_is_about),
	    cmocka_unit_test(documents__boms_are_passed_over_with_a_note),
	    cmocka_unit_test(documents__an_unannotated_statement_is_looked_into),
	    cmocka_unit_test(documents__a_history_record_gives_its_statements),
	    cmocka_unit_test(documents__each_is_read_once),
	    cmocka_unit_test(documents__a_statement_that_is_absent_is_a_note),
	    cmocka_unit_test(documents__an_unannotated_one_that_is_no_statement_is_left_alone),
	    cmocka_unit_test(documents__a_bad_attestation_is_a_note_beside_an_image),
	    cmocka_unit_test(documents__a_bad_cache_is_a_note_beside_an_image),
	    cmocka_unit_test(documents__a_changed_statement_is_refused),
	    cmocka_unit_test(documents__layers_stand_as_the_config_lists_them),
	    cmocka_unit_test(documents__limit_layers_bounds_a_cache),
	    cmocka_unit_test(documents__statements_may_be_longer_than_limit_json_bytes),
	    cmocka_unit_test(documents__over_40_mib_is_set_aside),
	    cmocka_unit_test(documents__limit_manifests_bounds_documents),
	    cmocka_unit_test(documents__a_tar_may_begin_with_a_brace),
	};

	return cmocka_run_group_tests_name("archive/documents", tests, NULL, NULL);
}
