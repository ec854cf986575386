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
	assert_ok(document_remove(d->db, doc, &d->err), &d->err);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM document_layer"), 0);
	assert_int_equal(unused(d), 1);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
