/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/documents.h"

static const struct document_row hostile = {.kind = DOCUMENT_DOCKERFILE,
					    .body = {"abc", 3},
					    .subject = {"sha256:11", 9},
					    .name = {"a\0\n\xff", 4},
					    .input = {"/in\xff.tar", 8},
					    .indexed = 1234567890123};
/* FIPS 180-2, "abc" */
#define SHA256_ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static int64_t add(struct index_dir *d, const struct document_row *row, int want)
{
	int64_t id = 0;
	int r = document_add(d->db, row, &id, &d->err);

	assert_ok(r, &d->err);
	assert_int_equal(r, want);
	return id;
}

struct docs {
	struct index_dir *d;
	int64_t ids[8];
	size_t n;
};

static int check_first(void *arg, const struct document_row *row)
{
	struct docs *s = arg;

	s->ids[s->n++] = row->id;
	if (s->n > 1) {
		assert_int_equal(row->kind, DOCUMENT_CACHE);
		assert_int_equal(row->body.len + row->subject.len + row->name.len, 0);
		return 0;
	}
	assert_int_equal(row->kind, DOCUMENT_DOCKERFILE);
	assert_bytes_equal_str(row->body, "abc");
	assert_bytes_equal_str(row->subject, "sha256:11");
	assert_int_equal(row->name.len, 4);
	assert_memory_equal(row->name.ptr, "a\0\n\xff", 4);
	assert_bytes_equal_str(row->input, "/in\xff.tar");
	assert_int_equal(row->indexed, 1234567890123);
	return 0;
}

static void documents__every_field_comes_back(void **state)
{
	static const struct document_row empty = {.kind = DOCUMENT_CACHE};
	struct index_dir *d = *state;
	struct docs s = {.d = d};
	int64_t one = add(d, &hostile, 1), two = add(d, &empty, 1);

	assert_ok(documents_get(d->db, check_first, &s, &d->err), &d->err);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.ids[0], one);
	assert_int_equal(s.ids[1], two);
	assert_string_equal(raw_text(d,
				     "SELECT kind || ' ' || digest || ' ' || subject || ' ' ||"
				     " hex(name) || ' ' || typeof(body) FROM document"),
			    "dockerfile " SHA256_ABC " sha256:11 61000AFF blob");
}

static void documents__twice_the_same_is_one(void **state)
{
	struct index_dir *d = *state;
	struct document_row again = hostile;
	int64_t id = add(d, &hostile, 1);

	again.input = BYTES("/elsewhere.tar");
	again.indexed = 5;
	assert_int_equal(add(d, &again, 0), id);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM document"), 1);
	assert_string_equal(raw_text(d, "SELECT indexed FROM document"), "1234567890123");
}

static void documents__another_kind_body_subject_or_name_is_another(void **state)
{
	struct index_dir *d = *state;
	struct document_row x[5] = {hostile, hostile, hostile, hostile, hostile};

	x[1].kind = DOCUMENT_STAGE;
	x[2].body = BYTES("abd");
	x[3].subject = BYTES_NULL;
	x[4].name = bytes_make("a\0\n\xfe", 4);
	for (size_t i = 0; i < ARRAY_SIZE(x); i++)
		assert_int_equal(add(d, &x[i], 1), (int64_t)i + 1);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM document"), 5);
}

static void documents__a_subject_that_is_no_digest_by_its_length_is_refused(void **state)
{
	struct index_dir *d = *state;
	struct document_row row = hostile;
	char text[DIGEST_TEXT_MAX];
	int64_t id;

	memset(text, 'a', sizeof(text));
	row.subject = bytes_make(text, sizeof(text));
	assert_int_equal(document_add(d->db, &row, &id, &d->err), -EINVAL);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM document"), 0);
	row.subject.len--;
	add(d, &row, 1);
}

static int remove_it(void *arg, const struct document_row *row)
{
	struct docs *s = arg;

	s->ids[s->n++] = row->id;
	return document_remove(s->d->db, row->id, &s->d->err);
}

static void documents__can_be_removed_while_they_are_read(void **state)
{
	struct index_dir *d = *state;
	struct docs s = {.d = d};
	struct document_row other = hostile;

	other.kind = DOCUMENT_PROVENANCE;
	add(d, &hostile, 1);
	add(d, &other, 1);
	assert_ok(documents_get(d->db, remove_it, &s, &d->err), &d->err);
	assert_int_equal(s.n, 2);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM document"), 0);
	assert_int_equal(add(d, &hostile, 1), 3);
}

static int check_layer(void *arg, const struct document_layer_row *row)
{
	size_t *n = arg;

	assert_int_equal(row->ord, *n);
	if ((*n)++ == 0) {
		assert_int_equal(row->layer, 1);
		assert_string_equal(row->diff_id, "sha256:aa");
		assert_string_equal(row->blob_digest, "sha256:b1");
		assert_int_equal(row->blob_bytes, 0);
		assert_string_equal(row->codec, "gzip");
	} else {
		assert_int_equal(row->layer, 0);
		assert_string_equal(row->diff_id, "");
		assert_string_equal(row->blob_digest, "sha256:b2");
		assert_int_equal(row->blob_bytes, -1);
		assert_null(row->codec);
	}
	return 0;
}

static int count_unused(void *arg, int64_t id)
{
	(void)id;
	++*(int *)arg;
	return 0;
}

static int unused(struct index_dir *d)
{
	int n = 0;

	assert_ok(layers_each_unused(d->db, count_unused, &n, &d->err), &d->err);
	return n;
}

static void documents__layers_in_order_with_what_is_unknown(void **state)
{
	static const struct document_layer_row absent = {
	    .ord = 1, .diff_id = "", .blob_digest = "sha256:b2", .blob_bytes = -1};
	struct document_layer_row there = {
	    .diff_id = "sha256:aa", .blob_digest = "sha256:b1", .codec = "gzip"};
	struct index_dir *d = *state;
	int64_t doc = add(d, &hostile, 1);
	size_t n = 0;

	there.layer = add_layer(d, "sha256:aa");
	assert_int_equal(unused(d), 1);
	assert_ok(document_add_layer(d->db, doc, &absent, &d->err), &d->err);
	assert_ok(document_add_layer(d->db, doc, &there, &d->err), &d->err);
	assert_ok(document_layers_get(d->db, doc, check_layer, &n, &d->err), &d->err);
	assert_int_equal(n, 2);
	assert_int_equal(raw_int(d,
				 "SELECT count(*) FROM document_layer WHERE layer IS NULL AND"
				 " blob_bytes IS NULL AND codec IS NULL AND ord = 1"),
			 1);
	assert_int_equal(unused(d), 0);
	assert_int_equal(layers_delete(d->db, there.layer, &d->err), -EBUSY);
	assert_ok(document_remove(d->db, doc, &d->err), &d->err);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM document_layer"), 0);
	assert_int_equal(unused(d), 1);
}

static struct document_row a_document(void)
{
	return (struct document_row){.kind = DOCUMENT_PROVENANCE,
				     .body = BYTES("{}"),
				     .subject = BYTES("sha256:01"),
				     .name = BYTES("a name"),
				     .input = BYTES("/in/put.tar")};
}

/* An export that was cut short, then the whole one: the layer is there from then on. */
static void documents__a_layer_may_come_later_and_then_stays(void **state)
{
	struct index_dir *d = *state;
	struct document_row row = a_document();
	int64_t id = add(d, &row, 1);
	struct document_layer_row absent = {
	    .diff_id = "", .blob_digest = "sha256:b0", .blob_bytes = 5};
	struct document_layer_row there = absent;

	there.layer = add_layer(d, "sha256:aa");
	there.diff_id = "sha256:aa";
	there.codec = "zstd";
	assert_int_equal(document_add_layer(d->db, id, &absent, &d->err), 1);
	assert_int_equal(document_add_layer(d->db, id, &absent, &d->err), 0);
	assert_int_equal(document_add_layer(d->db, id, &there, &d->err), 1);
	assert_int_equal(document_add_layer(d->db, id, &there, &d->err), 0);
	assert_int_equal(document_add_layer(d->db, id, &absent, &d->err), 0);
	assert_string_equal(raw_text(d, "SELECT diff_id || codec || (layer IS NOT NULL)"
					" FROM document_layer"),
			    "sha256:aazstd1");
}

struct called {
	unsigned n;
	int64_t ids;
};

static int note_called(void *arg, const struct document_row *row)
{
	struct called *c = arg;

	c->n++;
	c->ids = c->ids * 100 + row->id;
	assert_int_equal(row->body.len, 0);
	return 0;
}

static struct called called(struct index_dir *d, const char *text)
{
	struct called c = {0};

	assert_ok(documents_called(d->db, bytes_from_str(text), note_called, &c, &d->err),
		  &d->err);
	return c;
}

static void documents__are_called_by_input_or_name(void **state)
{
	struct index_dir *d = *state;
	struct document_row row = a_document();
	int64_t one = add(d, &row, 1), two;

	row.name = BYTES("/in/put.tar");
	row.input = BYTES("/b");
	two = add(d, &row, 1);
	assert_int_equal(called(d, "/in/put.tar").ids, one * 100 + two);
	assert_int_equal(called(d, "a name").ids, one);
	assert_int_equal(called(d, "/b").ids, two);
	assert_int_equal(called(d, "").n, 0);
	assert_int_equal(called(d, "/in").n, 0);
}

static int64_t image_of(struct index_dir *d, const char *config, const char *manifest,
			const char *platform)
{
	struct image_row row = {.config_digest = config,
				.platform = platform,
				.manifest_digest = manifest,
				.format = "oci"};
	int64_t id;

	assert_ok(images_put(d->db, &row, &id, &d->err), &d->err);
	return id;
}

static void put_about(struct index_dir *d, const char *subject)
{
	struct document_row row = a_document();

	row.subject = bytes_from_str(subject);
	add(d, &row, 1);
}

static const char *left(struct index_dir *d)
{
	return raw_text(d, "SELECT group_concat(subject, ' ') FROM (SELECT subject FROM"
			   " document ORDER BY subject)");
}

static void documents__go_with_the_image_they_are_about(void **state)
{
	struct index_dir *d = *state;
	int64_t one = image_of(d, "sha256:c1", "sha256:m1", "");
	int64_t two = image_of(d, "sha256:c2", NULL, "");

	put_about(d, "sha256:c1");
	put_about(d, "sha256:m1");
	put_about(d, "sha256:c2");
	put_about(d, "sha256:other");
	put_about(d, "");
	assert_ok(images_delete(d->db, one, &d->err), &d->err);
	assert_string_equal(left(d), " sha256:c2 sha256:other");
	assert_ok(images_delete(d->db, two, &d->err), &d->err);
	assert_string_equal(left(d), " sha256:other");
}

/* Two platforms may have one config; a manifest may be another image's only by accident. */
static void documents__stay_while_another_image_is_their_subject(void **state)
{
	struct index_dir *d = *state;
	int64_t one = image_of(d, "sha256:c1", "sha256:m1", "linux/amd64");
	int64_t two = image_of(d, "sha256:c1", "sha256:m2", "linux/arm64");

	put_about(d, "sha256:c1");
	put_about(d, "sha256:m1");
	assert_ok(images_delete(d->db, one, &d->err), &d->err);
	assert_string_equal(left(d), "sha256:c1");
	assert_ok(images_delete(d->db, two, &d->err), &d->err);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM document"), 0);
}

static int stop(void *arg, const struct document_row *row)
{
	(void)row;
	return ++*(int *)arg + 10;
}

static void documents__a_callback_can_end_it(void **state)
{
	struct index_dir *d = *state;
	struct document_row other = hostile;
	int n = 0;

	other.kind = DOCUMENT_CACHE;
	add(d, &hostile, 1);
	add(d, &other, 1);
	assert_int_equal(documents_get(d->db, stop, &n, &d->err), 11);
	assert_int_equal(n, 1);
}

static void documents__an_unknown_kind_is_damage(void **state)
{
	struct index_dir *d = *state;
	int n = 0;

	add(d, &hostile, 1);
	raw_exec(d, "UPDATE document SET kind = 'hearsay'");
	assert_int_equal(documents_get(d->db, stop, &n, &d->err), -EBADMSG);
	assert_int_equal(n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(documents__every_field_comes_back),
	    TEST(documents__twice_the_same_is_one),
	    TEST(documents__another_kind_body_subject_or_name_is_another),
	    TEST(documents__a_subject_that_is_no_digest_by_its_length_is_refused),
	    TEST(documents__can_be_removed_while_they_are_read),
	    TEST(documents__layers_in_order_with_what_is_unknown),
	    TEST(documents__a_layer_may_come_later_and_then_stays),
	    TEST(documents__are_called_by_input_or_name),
	    TEST(documents__go_with_the_image_they_are_about),
	    TEST(documents__stay_while_another_image_is_their_subject),
	    TEST(documents__a_callback_can_end_it),
	    TEST(documents__an_unknown_kind_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
