/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include <stdio.h>

static const char hostile[] = "a\nb\t\x1b[31m\xff\xfe%00\\";

/* Every field with a value of its own, so that two swapped columns show. */
static struct entry_row full_row(int64_t layer)
{
	static const unsigned char xxh[16] = {1, 2, 3}, sha[32] = {4, 5, 6},
				   sparse[32] = {7, 8};

	return (struct entry_row){.id = ENTRY_ID(layer, 5),
				  .parent = 3,
				  .name = bytes_make(hostile, sizeof(hostile) - 1),
				  .kind = ENTRY_LINK_LOWER,
				  .inode = ENTRY_ID(layer, 4),
				  .mode = 0104751,
				  .uid = 4000000000u,
				  .gid = 4000000001u,
				  .mtime = -62135596800,
				  .mtime_nsec = 999999999,
				  .nlink = 17,
				  .size = INT64_MAX,
				  .stored = 1ull << 40,
				  .data = 1ll << 50,
				  .link = bytes_make("../x\xff", 5),
				  .xxh128 = bytes_make(xxh, 16),
				  .sha256 = bytes_make(sha, 32),
				  .sparse = bytes_make(sparse, 32),
				  .xattrs = true,
				  .twin = ENTRY_ID(1, 2)};
}

static void assert_same(const struct entry_row *a, const struct entry_row *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->parent, b->parent);
	assert_true(bytes_equal(a->name, b->name));
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->inode, b->inode);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->mtime, b->mtime);
	assert_int_equal(a->mtime_nsec, b->mtime_nsec);
	assert_int_equal(a->nlink, b->nlink);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->stored, b->stored);
	assert_int_equal(a->data, b->data);
	assert_int_equal(a->rdev_major, b->rdev_major);
	assert_int_equal(a->rdev_minor, b->rdev_minor);
	assert_true(bytes_equal(a->link, b->link));
	assert_true(bytes_equal(a->xxh128, b->xxh128));
	assert_true(bytes_equal(a->sha256, b->sha256));
	assert_true(bytes_equal(a->sparse, b->sparse));
	assert_int_equal(a->xattrs, b->xattrs);
	assert_int_equal(a->twin, b->twin);
}

static void entries__every_field_comes_back(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row in = full_row(layer), out;

	put_entry(d, &in);
	assert_int_equal(entries_find(d->db, in.id, &out, &d->err), 1);
	assert_same(&in, &out);
	assert_int_equal(entries_find(d->db, in.id + 1, &out, &d->err), 0);
}

static void entries__devices_keep_both_numbers(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row in = file_row(layer, 1, "dev", 0, 0), out;

	in.mode = 0020600;
	in.rdev_major = 0xfff;
	in.rdev_minor = 0xfffff;
	put_entry(d, &in);
	assert_int_equal(entries_find(d->db, in.id, &out, &d->err), 1);
	assert_same(&in, &out);
	assert_int_equal(raw_int(d, "SELECT rdev FROM entry"), 0xffffffff);
}

static void entries__null_is_not_empty(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row in = file_row(layer, 1, "", 0, 0), out;

	in.link = bytes_make("", 0);
	put_entry(d, &in);
	assert_int_equal(entries_find(d->db, in.id, &out, &d->err), 1);
	assert_non_null(out.link.ptr);
	assert_int_equal(out.link.len, 0);
	assert_null(out.xxh128.ptr);
	assert_int_equal(out.data, -1);
	assert_int_equal(
	    raw_int(d, "SELECT name = x'' AND data IS NULL AND twin IS NULL AND rdev IS"
		       " NULL FROM entry"),
	    1);
}

struct seen {
	uint32_t n, last, stop;
};

static int in_order(void *arg, const struct entry_row *row)
{
	struct seen *seen = arg;

	assert_true(seen->n == 0 || ENTRY_SEQ(row->id) > seen->last);
	seen->last = ENTRY_SEQ(row->id);
	return ++seen->n == seen->stop ? 42 : 0;
}

static void entries__of_one_layer_in_sequence_order(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	static const uint32_t order[] = {3, 0, ENTRY_SEQ_MAX, 1, 2};
	struct seen seen = {0};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		struct entry_row a = file_row(one, order[i], "a", 0, 0);
		struct entry_row b = file_row(two, order[i], "b", 0, 0);

		put_entry(d, &a);
		put_entry(d, &b);
	}
	assert_ok(entries_each(d->db, one, in_order, &seen, &d->err), &d->err);
	assert_int_equal(seen.n, ARRAY_SIZE(order));
	assert_int_equal(seen.last, ENTRY_SEQ_MAX);
	seen = (struct seen){.stop = 2};
	assert_int_equal(entries_each(d->db, two, in_order, &seen, &d->err), 42);
	assert_int_equal(seen.n, 2);
}

/* The answer of entries_find() holds no snapshot: a later change of the index is seen. */
static void entries__finding_one_keeps_no_snapshot(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row in = file_row(layer, 1, "a", 4, 1), out;
	struct db *reader = NULL;
	struct layer_row row;

	put_entry(d, &in);
	assert_ok(db_open(d->path, DB_READ, &reader, &d->err), &d->err);
	assert_int_equal(entries_find(reader, in.id, &out, &d->err), 1);
	add_layer(d, "sha256:bb");
	assert_int_equal(layers_find(reader, "sha256:bb", &row, &d->err), 1);
	assert_bytes_equal_str(out.name, "a");
	db_free(reader);
}

static void entries__copies_need_both_hashes(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row a = file_row(layer, 1, "a", 4, 1), b = file_row(layer, 2, "b", 4, 1);
	struct entry_row c = file_row(layer, 3, "c", 4, 1),
			 other = file_row(layer, 4, "d", 4, 2);
	struct entry_row link = file_row(layer, 5, "e", 4, 1);
	uint64_t copies;

	c.sha256 = other.sha256; /* an XXH3 collision */
	link.inode = a.id;       /* a hard link is no copy */
	put_entry(d, &a);
	put_entry(d, &b);
	put_entry(d, &c);
	put_entry(d, &other);
	put_entry(d, &link);
	assert_ok(entries_count_copies(d->db, &a, &copies, &d->err), &d->err);
	assert_int_equal(copies, 2);
	assert_ok(entries_count_copies(d->db, &c, &copies, &d->err), &d->err);
	assert_int_equal(copies, 1);
}

static void entries__a_damaged_row_is_said_to_be(void **state)
{
	static const char *const damages[] = {"xxh128 = x'00'", "sha256 = x'0011'",
					      "sparse = x'01'", "size = -1", "data = -5"};
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row in = file_row(layer, 1, "a", 4, 1), out;
	char sql[128];

	put_entry(d, &in);
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct seen seen = {0};

		snprintf(sql, sizeof(sql), "UPDATE entry SET %s", damages[i]);
		raw_exec(d, sql);
		assert_int_equal(entries_find(d->db, in.id, &out, &d->err), -EBADMSG);
		assert_int_equal(entries_each(d->db, layer, in_order, &seen, &d->err),
				 -EBADMSG);
		raw_exec(d, "DELETE FROM entry");
		put_entry(d, &in);
	}
}

static void entries__the_same_id_twice_is_refused(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row in = file_row(layer, 1, "a", 0, 0);

	put_entry(d, &in);
	assert_int_equal(entries_insert(d->db, &in, &d->err), -EEXIST);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(entries__every_field_comes_back),
	    TEST(entries__devices_keep_both_numbers),
	    TEST(entries__null_is_not_empty),
	    TEST(entries__of_one_layer_in_sequence_order),
	    TEST(entries__finding_one_keeps_no_snapshot),
	    TEST(entries__copies_need_both_hashes),
	    TEST(entries__a_damaged_row_is_said_to_be),
	    TEST(entries__the_same_id_twice_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
