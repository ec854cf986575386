/* SPDX-License-Identifier: MIT */
/* Documents about builds from the input to the rows. */
#include "test.h"

#include "fixture.h"
#include "imagemake.h"

#include <stdio.h>

#define CACHE_CONFIG "application/vnd.buildkit.cacheconfig.v0"
#define IN_TOTO      "application/vnd.in-toto+json"
#define SLSA         "https://slsa.dev/provenance/v0.2"
#define STATEMENT                                                                              \
	"{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":\"" SLSA           \
	"\",\"subject\":[],\"predicate\":{\"buildType\":\"x\",\"builder\":{\"id\":\"\"}}}"
/* Found as a provenance by its members, and none. */
#define NONSENSE "{\"predicateType\":\"" SLSA "\",\"predicate\":[]}"

/* Two layers of a cache, gzipped. */
struct cache {
	struct buf plain[2], stored[2], config, layers, tar;
};

static void cache_release(struct cache *c)
{
	for (size_t i = 0; i < 2; i++) {
		buf_release(&c->plain[i]);
		buf_release(&c->stored[i]);
	}
	buf_release(&c->config);
	buf_release(&c->layers);
	buf_release(&c->tar);
}

static void cache_layers(struct cache *c)
{
	for (int i = 0; i < 2; i++) {
		char blob[DIGEST_TEXT_MAX], diff_id[DIGEST_TEXT_MAX], extra[300];

		fixture_tar(&c->plain[i], i ? "two" : "one", i ? "second" : "first");
		fixture_gzip(&c->stored[i], buf_bytes(&c->plain[i]));
		fixture_digest(buf_bytes(&c->plain[i]), diff_id);
		snprintf(extra, sizeof(extra),
			 ",\"annotations\":{\"containerd.io/uncompressed\":\"%s\"}", diff_id);
		buf_add_str(&c->layers, i ? "," : "");
		image_descriptor(&c->layers, MADE_OCI_LAYER "+gzip", buf_bytes(&c->stored[i]),
				 extra);
		buf_addf(&c->config, "%s{\"blob\":\"%s\",\"parent\":%d}",
			 i ? "," : "{\"layers\":[",
			 fixture_digest(buf_bytes(&c->stored[i]), blob), i - 1);
	}
}

/* records: JSON. The blob of the second layer may be left out. */
static void cache_make(struct cache *c, const char *records, bool whole)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT, manifest = BUF_INIT,
					  listed = BUF_INIT, index = BUF_INIT;

	cache_layers(c);
	buf_addf(&c->config, "],\"records\":%s}", records);
	image_descriptor(&config, CACHE_CONFIG, buf_bytes(&c->config), "");
	buf_addf(&manifest,
		 "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}",
		 MADE_OCI_MANIFEST, buf_str(&config), buf_str(&c->layers));
	image_blob(&c->tar, buf_bytes(&c->config));
	image_blob(&c->tar, buf_bytes(&c->stored[0]));
	if (whole)
		image_blob(&c->tar, buf_bytes(&c->stored[1]));
	image_blob(&c->tar, buf_bytes(&manifest));
	image_descriptor(&listed, MADE_OCI_MANIFEST, buf_bytes(&manifest),
			 ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}");
	image_index(&index, buf_str(&listed));
	tar_file(&c->tar, "index.json", buf_bytes(&index));
	tar_end(&c->tar);
}

/* Records of the two results, the second made of the first. */
static const char records[] =
    "[{\"digest\":"
    "\"sha256:1111111111111111111111111111111111111111111111111111111111111111\","
    "\"layers\":[{\"layer\":0}]},{\"digest\":"
    "\"sha256:2222222222222222222222222222222222222222222222222222222222222222\","
    "\"layers\":[{\"layer\":1}],\"inputs\":[[{\"link\":0}]]}]";

static void documents__a_cache_brings_its_layers(void **state)
{
	_cleanup_(cache_release) struct cache c = {0};
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	char first[DIGEST_TEXT_MAX];
	struct fixture *f = *state;
	char sql[400];

	cache_make(&c, records, true);
	assert_ok(fixture_ingest(f, buf_bytes(&c.tar), &result), &f->err);
	assert_int_equal(result.images.n, 0);
	assert_int_equal(result.caches, 1);
	assert_int_equal(result.provenances, 0);
	assert_int_equal(result.layers_new, 2);
	assert_string_equal(result.notes, "");
	assert_int_equal(fixture_number(f, "SELECT generation FROM meta"), 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM layer WHERE published"), 2);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM location WHERE verified"), 2);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM document_layer d JOIN layer l ON l.id = d.layer"
		 " WHERE d.ord = 0 AND l.diff_id = '%s' AND d.diff_id = l.diff_id"
		 " AND d.codec = 'gzip' AND d.blob_bytes = %zu",
		 fixture_digest(buf_bytes(&c.plain[0]), first), c.stored[0].len);
	assert_int_equal(fixture_number(f, sql), 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM document WHERE kind = 'cache'"
					   " AND subject = '' AND name = CAST('latest' AS BLOB)"
					   " AND CAST(input AS TEXT) LIKE '%/archive-0.tar'"),
			 1);
	assert_ok(db_check(f->db, &f->err), &f->err);
}

static void documents__the_same_again_changes_nothing(void **state)
{
	_cleanup_(buf_release) struct buf before = BUF_INIT, after = BUF_INIT;
	_cleanup_(cache_release) struct cache c = {0};
	struct fixture *f = *state;
	char path[128];

	cache_make(&c, records, true);
	fixture_write(f, "c.tar", buf_bytes(&c.tar), path, sizeof(path));
	for (int i = 0; i < 2; i++) {
		_cleanup_(ingest_result_release) struct ingest_result result = {0};

		assert_ok(ingest_input(f->db, path, &f->opts, &result, &f->err), &f->err);
		assert_int_equal(result.caches, 1);
		assert_int_equal(result.layers_known, i ? 2 : 0);
		fixture_dump(f, i ? &after : &before);
	}
	assert_string_equal(buf_str(&before), buf_str(&after));
}

/* An export without one blob, then a whole one of the same build. */
static void documents__a_layer_may_come_later(void **state)
{
	struct fixture *f = *state;

	for (int whole = 0; whole < 2; whole++) {
		_cleanup_(ingest_result_release) struct ingest_result result = {0};
		_cleanup_(cache_release) struct cache c = {0};

		cache_make(&c, records, whole);
		assert_ok(fixture_ingest(f, buf_bytes(&c.tar), &result), &f->err);
		assert_int_equal(fixture_number(f, "SELECT count(layer) FROM document_layer"),
				 1 + whole);
		assert_int_equal(fixture_number(f, "SELECT count(*) FROM document_layer"), 2);
		assert_int_equal(fixture_number(f, "SELECT generation FROM meta"), 1 + whole);
	}
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM document"), 1);
}

static void refused(struct fixture *f, const struct buf *input, const char *words)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf before = BUF_INIT, after = BUF_INIT;

	fixture_dump(f, &before);
	assert_true(fixture_ingest(f, buf_bytes(input), &result) < 0);
	if (!strstr(f->err.msg, words))
		fail_msg("\"%s\" is not in the message: %s", words, f->err.msg);
	assert_null(strchr(f->err.msg, '\n'));
	fixture_dump(f, &after);
	assert_string_equal(buf_str(&before), buf_str(&after));
}

/* Its layers were read before anybody looked at the records. */
static void documents__a_cache_that_cannot_be_read_leaves_nothing(void **state)
{
	_cleanup_(cache_release) struct cache c = {0};

	cache_make(&c, "[{\"digest\":\"x\",\"inputs\":[[{\"link\":99}]]}]", true);
	refused(*state, &c.tar, "record");
}

static void documents__layers_of_caches_are_verified(void **state)
{
	for (int which = 0; which < 2; which++) {
		_cleanup_(cache_release) struct cache c = {0};
		char diff_id[DIGEST_TEXT_MAX], *at;

		cache_make(&c, records, true);
		if (which == 0) {
			/* Behind the header of gzip: what is unpacked differs, too. */
			at = memmem(c.tar.ptr, c.tar.len, c.stored[1].ptr, c.stored[1].len);
			assert_non_null(at);
			at[c.stored[1].len / 2] ^= 1;
			refused(*state, &c.tar, "layer 2: the blob");
			continue;
		}
		/* The manifest is named by its digest: made anew with another DiffID. */
		fixture_digest(buf_bytes(&c.plain[1]), diff_id);
		cache_release(&c);
		c = (struct cache){0};
		cache_layers(&c);
		at = strstr(c.layers.ptr, diff_id);
		assert_non_null(at);
		at[10] = at[10] == 'a' ? 'b' : 'a';
		{
			_cleanup_(buf_release) struct buf config = BUF_INIT, list = BUF_INIT,
							  index = BUF_INIT, top = BUF_INIT;

			buf_addf(&c.config, "],\"records\":%s}", records);
			buf_addf(&list, "%s,", buf_str(&c.layers));
			image_descriptor(&list, CACHE_CONFIG, buf_bytes(&c.config), "");
			image_index(&index, buf_str(&list));
			image_descriptor(&config, MADE_OCI_INDEX, buf_bytes(&index), "");
			image_index(&top, buf_str(&config));
			image_blob(&c.tar, buf_bytes(&c.config));
			image_blob(&c.tar, buf_bytes(&c.stored[0]));
			image_blob(&c.tar, buf_bytes(&c.stored[1]));
			image_blob(&c.tar, buf_bytes(&index));
			tar_file(&c.tar, "index.json", buf_bytes(&top));
			tar_end(&c.tar);
		}
		refused(*state, &c.tar, "DiffID");
	}
}

/* ---- provenances ---- */

static void documents__a_json_file_is_a_document(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct fixture *f = *state;

	buf_add_str(&text, STATEMENT);
	for (int i = 0; i < 2; i++) {
		_cleanup_(ingest_result_release) struct ingest_result result = {0};
		char path[128];

		fixture_write(f, "p.json", buf_bytes(&text), path, sizeof(path));
		assert_ok(ingest_input(f->db, path, &f->opts, &result, &f->err), &f->err);
		assert_int_equal(result.provenances, 1);
		assert_int_equal(result.caches, 0);
		assert_int_equal(fixture_number(f, "SELECT generation FROM meta"), 1);
	}
	assert_int_equal(
	    fixture_number(f, "SELECT count(*) FROM document WHERE kind = 'provenance'"
			      " AND subject = '' AND name = CAST('p.json' AS BLOB)"
			      " AND body = CAST('" STATEMENT "' AS BLOB)"),
	    1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM archive"), 0);
}

static void documents__what_is_no_provenance_is_refused(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, sbom = BUF_INIT;

	buf_add_str(&text, NONSENSE);
	refused(*state, &text, "no provenance");
	buf_add_str(&sbom, "{\"_type\":\"https://in-toto.io/Statement/v0.1\","
			   "\"predicateType\":\"https://spdx.dev/Document\",\"predicate\":{}}");
	refused(*state, &sbom, "https://spdx.dev/Document");
}

/* An attestation of these statements, beside an image or alone. */
static void archive_with(struct buf *tar, bool image, const char *const *statements, size_t n)
{
	_cleanup_(buf_release) struct buf layer = BUF_INIT, list = BUF_INIT, config = BUF_INIT,
					  layers = BUF_INIT, manifest = BUF_INIT,
					  index = BUF_INIT;
	struct made_layer made[1] = {0};

	fixture_tar(&layer, "file", "text");
	made[0].content = buf_bytes(&layer);
	if (image) {
		image_blobs(tar, &list, made, 1, "");
		buf_add_char(&list, ',');
	}
	for (size_t i = 0; i < n; i++) {
		image_blob(tar, bytes_from_str(statements[i]));
		buf_add_str(&layers, i ? "," : "");
		image_descriptor(&layers, IN_TOTO, bytes_from_str(statements[i]),
				 ",\"annotations\":{\"in-toto.io/predicate-type\":\"" SLSA
				 "\"}");
	}
	image_descriptor(&config, MADE_OCI_CONFIG, BYTES("{}"), "");
	buf_addf(&manifest,
		 "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}",
		 MADE_OCI_MANIFEST, buf_str(&config), buf_str(&layers));
	image_blob(tar, buf_bytes(&manifest));
	image_descriptor(
	    &list, MADE_OCI_MANIFEST, buf_bytes(&manifest),
	    ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}");
	image_index(&index, buf_str(&list));
	tar_file(tar, "index.json", buf_bytes(&index));
	tar_end(tar);
}

static void documents__beside_anything_else_a_bad_one_is_a_note(void **state)
{
	static const char *const statements[] = {NONSENSE, STATEMENT};
	struct fixture *f = *state;

	for (int image = 0; image < 2; image++) {
		_cleanup_(ingest_result_release) struct ingest_result result = {0};
		_cleanup_(buf_release) struct buf tar = BUF_INIT;

		archive_with(&tar, image, statements, 2);
		assert_ok(fixture_ingest(f, buf_bytes(&tar), &result), &f->err);
		assert_int_equal(result.images.n, image);
		assert_int_equal(result.provenances, 1);
		assert_string_equal(result.notes,
				    "1 document about builds that cannot be read");
		assert_int_equal(fixture_number(f, "SELECT count(*) FROM document WHERE body ="
						   " CAST('" STATEMENT "' AS BLOB)"),
				 1);
		assert_int_equal(fixture_number(f, "SELECT count(*) FROM document"), 1);
	}
}

/* A metadata file has one a platform; half of it is not kept. */
static void documents__every_provenance_of_a_file_must_be_one(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	buf_add_str(&text, "{\"buildx.build.provenance/linux/amd64\":{\"buildType\":\"x\"},"
			   "\"buildx.build.provenance/linux/arm64\":{\"buildType\":\"x\","
			   "\"buildConfig\":{\"llbDefinition\":[7]}}}");
	refused(*state, &text, "a step without an id");
}

/* Longer than any message of the pipe that is about an image. */
static void documents__30_mib_pass_the_pipe(void **state)
{
	_cleanup_(ingest_result_release) struct ingest_result result = {0};
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct fixture *f = *state;
	size_t len = MIB(30);

	assert_int_equal(buf_reserve(&text, len + 300), 0);
	buf_add(&text, STATEMENT, strlen(STATEMENT) - 1);
	buf_add_str(&text, ",\"x\":\"");
	memset(text.ptr + text.len, 'x', len);
	text.len += len;
	buf_add_str(&text, "\"}");
	assert_ok(fixture_ingest(f, buf_bytes(&text), &result), &f->err);
	assert_int_equal(fixture_number(f, "SELECT length(body) FROM document"), text.len);
}

int main(void)
{
#define FIXTURE_TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(documents__a_cache_brings_its_layers),
	    FIXTURE_TEST(documents__the_same_again_changes_nothing),
	    FIXTURE_TEST(documents__a_layer_may_come_later),
	    FIXTURE_TEST(documents__a_cache_that_cannot_be_read_leaves_nothing),
	    FIXTURE_TEST(documents__layers_of_caches_are_verified),
	    FIXTURE_TEST(documents__a_json_file_is_a_document),
	    FIXTURE_TEST(documents__what_is_no_provenance_is_refused),
	    FIXTURE_TEST(documents__beside_anything_else_a_bad_one_is_a_note),
	    FIXTURE_TEST(documents__every_provenance_of_a_file_must_be_one),
	    FIXTURE_TEST(documents__30_mib_pass_the_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
