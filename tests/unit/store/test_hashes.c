/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/hashes.h"

struct hashes {
	int64_t ids[8];
	size_t n;
	uint64_t bytes;
};

static int take_hash(void *arg, const struct hash_row *row)
{
	struct hashes *h = arg;

	assert_true(h->n == 0 || row->entry > h->ids[h->n - 1]);
	for (int i = 0; i < 16; i++)
		assert_int_equal(row->xxh128[i], 3);
	assert_int_equal(row->mtime, row->entry % 100);
	h->ids[h->n++] = row->entry;
	h->bytes += row->size;
	return 0;
}

static void hashes__of_files_first_names_only(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	struct entry_row a = file_row(one, 1, "a", 4, 3), b = file_row(one, 9, "b", 6, 3);
	struct entry_row empty = file_row(one, 2, "e", 0, 3),
			 link = file_row(one, 3, "l", 4, 3);
	struct entry_row other = file_row(two, 1, "o", 8, 3),
			 meta = file_row(one, 4, "m", 4, 3);
	struct hashes h = {.n = 0};

	link.inode = a.id;
	meta.kind = ENTRY_META;
	a.mtime = a.id % 100;
	b.mtime = b.id % 100;
	put_entry(d, &b);
	put_entry(d, &a);
	put_entry(d, &empty);
	put_entry(d, &link);
	put_entry(d, &meta);
	put_entry(d, &other);
	assert_ok(hashes_each(d->db, one, take_hash, &h, &d->err), &d->err);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.ids[0], a.id);
	assert_int_equal(h.bytes, 10);
}

static int stop(void *arg, const struct hash_row *row)
{
	(void)row;
	(*(int *)arg)++;
	return 42;
}

static void hashes__a_callback_can_end_it(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa");
	int n = 0;

	for (unsigned char seed = 1; seed < 4; seed++) {
		struct entry_row a = file_row(one, seed, "a", 4, seed);

		put_entry(d, &a);
	}
	assert_int_equal(hashes_each(d->db, one, stop, &n, &d->err), 42);
	assert_int_equal(n, 1);
	assert_true(holds_no_snapshot(d));
}

static void hashes__damaged_ones_are_said_to_be(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa");
	struct entry_row a = file_row(one, 1, "a", 4, 3);
	int n = 0;

	put_entry(d, &a);
	raw_exec(d, "UPDATE entry SET xxh128 = x'0303'");
	assert_int_equal(hashes_each(d->db, one, stop, &n, &d->err), -EBADMSG);
	raw_exec(d, "UPDATE entry SET xxh128 = zeroblob(16), sha256 = NULL");
	assert_int_equal(hashes_each(d->db, one, stop, &n, &d->err), -EBADMSG);
	assert_int_equal(n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(hashes__of_files_first_names_only),
	    TEST(hashes__a_callback_can_end_it),
	    TEST(hashes__damaged_ones_are_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
