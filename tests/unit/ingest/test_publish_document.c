/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/publish.h"
#include "ingest/publish_document.h"
#include "store/layers.h"

#include <stdio.h>

/* A writer that has heard of nothing yet. */
struct press {
	struct fixture *f;
	struct infile input;
	struct writer w;
	struct ingest_result result;
};

static int press_setup(void **state)
{
	struct press *p = calloc(1, sizeof(*p));
	void *fixture;

	if (fixture_setup(&fixture) < 0)
		return -1;
	p->f = fixture;
	p->input = INFILE_INIT;
	p->input.path = strdup("/nowhere/a.tar");
	if (writer_init(&p->w, p->f->db, &p->input, "a.tar", &p->f->opts, &p->f->err) < 0)
		return -1;
	p->w.intake.format = strdup("oci");
	*state = p;
	return 0;
}

static int press_teardown(void **state)
{
	struct press *p = *state;
	void *fixture = p->f;

	ingest_result_release(&p->result);
	writer_release(&p->w);
	infile_release(&p->input);
	free(p);
	return fixture_teardown(&fixture);
}

static void add_image(struct press *p)
{
	struct intake_image img = {.config_digest = {.alg = DIGEST_SHA256, .raw = {7}}};

	img.platform = strdup("linux/amd64");
	assert_int_equal(intake_image_vec_push(&p->w.intake.images, img), 0);
}

/* The document, valid until the next one is added. */
static struct intake_image *add_document(struct press *p, enum archive_evidence kind,
					 const char *body)
{
	struct intake_image doc = {.evidence = kind, .has_config = true};
	struct intake_name name = {.reference = strdup("app:cache")};

	doc.platform = strdup("");
	assert_int_equal(buf_add_str(&doc.config, body), 0);
	assert_int_equal(intake_name_vec_push(&doc.names, name), 0);
	assert_int_equal(intake_image_vec_push(&p->w.intake.images, doc), 0);
	return &p->w.intake.images.v[p->w.intake.images.n - 1];
}

static const char provenance[] =
    "{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":"
    "\"https://slsa.dev/provenance/v0.2\",\"subject\":[],\"predicate\":{\"buildType\":"
    "\"https://mobyproject.org/buildkit@v1\",\"builder\":{\"id\":\"\"},\"invocation\":{}}}";

static const char cache[] =
    "{\"layers\":[{\"blob\":\"sha256:"
    "b100000000000000000000000000000000000000000000000000000000000000\",\"parent\":-1},"
    "{\"blob\":\"sha256:"
    "b200000000000000000000000000000000000000000000000000000000000000\",\"parent\":0}],"
    "\"records\":[]}";

static void add_cache_layers(struct press *p, struct intake_image *doc)
{
	struct intake_layer layer = {.diff_id = {.alg = DIGEST_SHA256, .raw = {1}},
				     .blob_digest = {.alg = DIGEST_SHA256, .raw = {0xb1}},
				     .codec = CODEC_GZIP,
				     .size = -1,
				     .len = 10};
	char text[DIGEST_TEXT_MAX];
	int64_t id;

	assert_int_equal(intake_layer_vec_push(&doc->layers, layer), 0);
	digest_format(&layer.diff_id, text);
	assert_ok(db_begin(p->f->db, &p->f->err), &p->f->err);
	assert_ok(layers_stage(p->f->db, text, "run", &id, &p->f->err), &p->f->err);
	assert_ok(db_commit(p->f->db, &p->f->err), &p->f->err);
	layer = (struct intake_layer){
	    .blob_digest = {.alg = DIGEST_SHA256, .raw = {0xb2}}, .size = 77, .missing = true};
	assert_int_equal(intake_layer_vec_push(&doc->layers, layer), 0);
}

static int64_t number(struct press *p, const char *sql)
{
	return fixture_number(p->f, sql);
}

static void publish_document__a_provenance_is_kept_as_found(void **state)
{
	struct press *p = *state;
	struct intake_image *doc = add_document(p, ARCHIVE_PROVENANCE, provenance);
	char sql[1024];

	doc->manifest_digest = (struct digest){.alg = DIGEST_SHA256, .raw = {9}};
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	assert_int_equal(p->result.provenances, 1);
	assert_int_equal(p->result.caches, 0);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM document WHERE kind = 'provenance' AND subject ="
		 " 'sha256:09' || hex(zeroblob(31)) AND name = CAST('app:cache' AS"
		 " BLOB) AND input = CAST('/nowhere/a.tar' AS BLOB) AND body = CAST('%s' AS"
		 " BLOB)",
		 provenance);
	assert_int_equal(number(p, sql), 1);
	assert_int_equal(number(p, "SELECT count(*) FROM image"), 0);
	assert_int_equal(number(p, "SELECT generation FROM meta"), 1);
}

static void publish_document__a_cache_brings_its_layers(void **state)
{
	struct press *p = *state;

	add_cache_layers(p, add_document(p, ARCHIVE_CACHE, cache));
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	assert_int_equal(number(p, "SELECT count(*) FROM document WHERE kind = 'cache' AND"
				   " subject = ''"),
			 1);
	assert_int_equal(number(p, "SELECT count(*) FROM layer WHERE published"), 1);
	assert_int_equal(number(p,
				"SELECT count(*) FROM document_layer WHERE ord = 0 AND layer ="
				" (SELECT id FROM layer) AND diff_id LIKE 'sha256:0100%' AND"
				" blob_digest LIKE 'sha256:b100%' AND blob_bytes = 10 AND"
				" codec = 'gzip'"),
			 1);
	assert_int_equal(number(p,
				"SELECT count(*) FROM document_layer WHERE ord = 1 AND layer IS"
				" NULL AND diff_id = '' AND blob_digest LIKE 'sha256:b200%'"
				" AND blob_bytes = 77 AND codec IS NULL"),
			 1);
}

static void publish_document__again_changes_nothing(void **state)
{
	_cleanup_(buf_release) struct buf before = BUF_INIT, after = BUF_INIT;
	struct press *p = *state;

	add_document(p, ARCHIVE_PROVENANCE, provenance);
	add_cache_layers(p, add_document(p, ARCHIVE_CACHE, cache));
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	fixture_dump(p->f, &before);
	assert_int_equal(number(p, "SELECT count(*) FROM document"), 2);
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	fixture_dump(p->f, &after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	assert_int_equal(number(p, "SELECT generation FROM meta"), 1);
}

static void publish_document__unreadable_beside_images_is_a_note(void **state)
{
	struct press *p = *state;

	add_document(p, ARCHIVE_PROVENANCE,
		     "{\"predicateType\":\"https://spdx.dev/Document\"}");
	add_document(p, ARCHIVE_CACHE, "{\"layers\":1}");
	add_image(p);
	p->w.intake.notes = strdup("1 signature");
	assert_ok(publish(&p->w, &p->result, &p->f->err), &p->f->err);
	assert_int_equal(number(p, "SELECT count(*) FROM image"), 1);
	assert_int_equal(number(p, "SELECT count(*) FROM document"), 0);
	assert_int_equal(p->result.provenances + p->result.caches, 0);
	assert_string_equal(p->w.intake.notes,
			    "1 signature, 2 documents about builds that cannot be read");
}

static void assert_refused_alone(struct press *p, enum archive_evidence kind, const char *body,
				 const char *words)
{
	_cleanup_(buf_release) struct buf before = BUF_INIT, after = BUF_INIT;

	add_document(p, kind, body);
	fixture_dump(p->f, &before);
	assert_true(publish(&p->w, &p->result, &p->f->err) < 0);
	fixture_dump(p->f, &after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	assert_non_null(strstr(p->f->err.msg, words));
	assert_null(p->w.intake.notes);
}

static void publish_document__an_unreadable_provenance_alone_is_refused(void **state)
{
	assert_refused_alone(*state, ARCHIVE_PROVENANCE, "{\"a\":", "JSON");
}

static void publish_document__an_unreadable_cache_alone_is_refused(void **state)
{
	assert_refused_alone(*state, ARCHIVE_CACHE, "{\"layers\":1}", "cache");
}

int main(void)
{
#define PRESS_TEST(t) cmocka_unit_test_setup_teardown(t, press_setup, press_teardown)
	const struct CMUnitTest tests[] = {
	    PRESS_TEST(publish_document__a_provenance_is_kept_as_found),
	    PRESS_TEST(publish_document__a_cache_brings_its_layers),
	    PRESS_TEST(publish_document__again_changes_nothing),
	    PRESS_TEST(publish_document__unreadable_beside_images_is_a_note),
	    PRESS_TEST(publish_document__an_unreadable_provenance_alone_is_refused),
	    PRESS_TEST(publish_document__an_unreadable_cache_alone_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
