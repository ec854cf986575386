/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/copies.h"

struct seen {
	struct copy_row copies[8];
	struct hash_row hashes[8];
	unsigned char first[8];
	size_t n;
};

static int keep_copy(void *arg, const struct copy_row *row)
{
	struct seen *s = arg;

	assert_true(s->n < 8);
	s->copies[s->n++] = *row;
	return 0;
}

static int keep_hash(void *arg, const struct hash_row *row)
{
	struct seen *s = arg;

	assert_true(s->n < 8);
	s->first[s->n] = row->xxh128[0];
	s->hashes[s->n++] = *row;
	return 0;
}

/* Layer 1: a (7), its hard link, empty, b (8). Layer 2: c as a, d as a but longer, e as b. */
static void put_files(struct index_dir *d)
{
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	struct entry_row a = file_row(one, 1, "a", 10, 7), row;

	assert_int_equal(one, 1);
	assert_int_equal(two, 2);
	a.mtime = -5;
	put_entry(d, &a);
	row = file_row(one, 2, "hard", 10, 7);
	row.inode = a.id;
	put_entry(d, &row);
	row = file_row(one, 3, "empty", 0, 0);
	put_entry(d, &row);
	row = file_row(one, 4, "b", 11, 8);
	put_entry(d, &row);
	row = file_row(two, 1, "c", 10, 7);
	row.mtime = 99;
	put_entry(d, &row);
	row = file_row(two, 2, "d", 12, 7);
	put_entry(d, &row);
	row = file_row(two, 3, "e", 11, 8);
	put_entry(d, &row);
	row = file_row(two, 4, "empty", 0, 0);
	put_entry(d, &row);
}

static void copies__pairs_with_other_layers_by_entry(void **state)
{
	struct index_dir *d = *state;
	struct seen s = {0};

	put_files(d);
	assert_ok(copies_each(d->db, 1, keep_copy, &s, &d->err), &d->err);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.copies[0].entry, ENTRY_ID(1, 1));
	assert_int_equal(s.copies[0].other, ENTRY_ID(2, 1));
	assert_int_equal(s.copies[0].mtime, -5);
	assert_int_equal(s.copies[0].other_mtime, 99);
	assert_int_equal(s.copies[0].size, 10);
	assert_int_equal(s.copies[1].entry, ENTRY_ID(1, 4));
	assert_int_equal(s.copies[1].other, ENTRY_ID(2, 3));
	assert_int_equal(s.copies[1].size, 11);
}

static void copies__from_the_other_side_the_same_pairs(void **state)
{
	struct index_dir *d = *state;
	struct seen s = {0};

	put_files(d);
	assert_ok(copies_each(d->db, 2, keep_copy, &s, &d->err), &d->err);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.copies[0].entry, ENTRY_ID(2, 1));
	assert_int_equal(s.copies[0].other, ENTRY_ID(1, 1));
	assert_int_equal(s.copies[0].mtime, 99);
	assert_int_equal(s.copies[0].other_mtime, -5);
	assert_int_equal(s.copies[1].other, ENTRY_ID(1, 4));
}

static void copies__hashes_of_files_with_content_once_an_inode(void **state)
{
	struct index_dir *d = *state;
	struct seen s = {0};

	put_files(d);
	assert_ok(hashes_each(d->db, 1, keep_hash, &s, &d->err), &d->err);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.hashes[0].entry, ENTRY_ID(1, 1));
	assert_int_equal(s.hashes[0].size, 10);
	assert_int_equal(s.first[0], 7);
	assert_int_equal(s.hashes[1].entry, ENTRY_ID(1, 4));
	assert_int_equal(s.first[1], 8);
}

/* The callback reads 16 bytes: a damaged row must not have fewer. */
static void copies__a_hash_of_another_length_is_passed_over(void **state)
{
	struct index_dir *d = *state;
	struct seen s = {0};

	put_files(d);
	raw_exec(d, "UPDATE entry SET xxh128 = x'0102' WHERE name = CAST('a' AS BLOB)");
	assert_ok(hashes_each(d->db, 1, keep_hash, &s, &d->err), &d->err);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.hashes[0].entry, ENTRY_ID(1, 4));
}

static int stop_copy(void *arg, const struct copy_row *row)
{
	(void)row;
	return ++*(int *)arg + 10;
}

static void copies__a_callback_can_end_it(void **state)
{
	struct index_dir *d = *state;
	int n = 0;

	put_files(d);
	assert_int_equal(copies_each(d->db, 1, stop_copy, &n, &d->err), 11);
	assert_int_equal(n, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(copies__pairs_with_other_layers_by_entry),
	    TEST(copies__from_the_other_side_the_same_pairs),
	    TEST(copies__hashes_of_files_with_content_once_an_inode),
	    TEST(copies__a_hash_of_another_length_is_passed_over),
	    TEST(copies__a_callback_can_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
