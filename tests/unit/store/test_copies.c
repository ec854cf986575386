/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/copies.h"

#include <stdio.h>

#include <time.h>

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
	h->ids[h->n++] = row->entry;
	h->bytes += row->size;
	return 0;
}

static void copies__hashes_of_files_first_names_only(void **state)
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

/* ---- copies, against every pair of files ---- */

struct model {
	struct entry_row rows[256];
	size_t n;
};

static bool same_content(const struct entry_row *a, const struct entry_row *b)
{
	return a->size == b->size && a->size && bytes_equal(a->sha256, b->sha256) &&
	       bytes_equal(a->xxh128, b->xxh128);
}

/* Two layers: the naive answer is how many bytes of the first the second has too, and how many
 * files of it have there a copy of the same mtime. */
struct answer {
	uint64_t bytes, same_mtime;
};

static struct answer naive(const struct model *m, int64_t layer, int64_t other)
{
	struct answer answer = {0};

	for (size_t a = 0; a < m->n; a++) {
		bool copy = false, same = false;

		for (size_t b = 0; b < m->n; b++)
			if (ENTRY_LAYER(m->rows[a].id) == layer &&
			    ENTRY_LAYER(m->rows[b].id) == other &&
			    same_content(&m->rows[a], &m->rows[b])) {
				copy = true;
				same |= m->rows[a].mtime == m->rows[b].mtime;
			}
		answer.bytes += copy ? m->rows[a].size : 0;
		answer.same_mtime += same;
	}
	return answer;
}

struct counted {
	int64_t other;
	uint64_t content, moment, last_content, last_moment;
	struct answer answer;
};

static int count(void *arg, const struct copy_row *row)
{
	struct counted *c = arg;

	assert_true(row->content == c->last_content || row->content == c->last_content + 1);
	assert_true(row->moment == c->last_moment || row->moment == c->last_moment + 1);
	assert_true(row->files > 0 && row->same_mtime <= row->files);
	c->last_content = row->content;
	c->last_moment = row->moment;
	if (row->layer != c->other)
		return 0;
	if (row->content != c->content)
		c->answer.bytes += row->size * row->files;
	assert_int_not_equal(row->moment, c->moment); /* once a layer */
	c->answer.same_mtime += row->same_mtime;
	c->content = row->content;
	c->moment = row->moment;
	return 0;
}

static void add_files(struct index_dir *d, struct model *m, int64_t layer)
{
	for (uint32_t seq = 1; seq <= 20; seq++) {
		struct entry_row row = file_row(layer, seq, "f", (uint64_t)(rand() % 3) * 4,
						(unsigned char)(rand() % 3 + 1));

		row.mtime = rand() % 3;
		if (row.size && rand() % 4 == 0) /* XXH3 collides, SHA-256 does not */
			row.xxh128 = file_row(layer, seq, "g", 4, 1).xxh128;
		put_entry(d, &row);
		m->rows[m->n++] = row;
	}
}

static void copies__agree_with_every_pair(void **state)
{
	struct index_dir *d = *state;
	unsigned seed = (unsigned)time(NULL);

	print_message("# seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 8; round++) {
		struct model m = {.n = 0};
		int64_t layers[4];

		for (int i = 0; i < 4; i++) {
			char diff_id[32];

			snprintf(diff_id, sizeof(diff_id), "sha256:%d", round * 4 + i);
			layers[i] = add_layer(d, diff_id);
			add_files(d, &m, layers[i]);
		}
		for (int k = 0; k < 16; k++) {
			int64_t one = layers[k / 4], other = layers[k % 4];
			struct counted c = {.other = other};
			struct answer want = naive(&m, one, other);

			if (one == other)
				want = (struct answer){0}; /* no layer is other to itself */
			assert_ok(copies_each(d->db, one, count, &c, &d->err), &d->err);
			assert_int_equal(c.answer.bytes, want.bytes);
			assert_int_equal(c.answer.same_mtime, want.same_mtime);
		}
		raw_exec(d, "DELETE FROM entry; DELETE FROM layer");
	}
}

static void copies__names_and_metadata_are_none(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	struct entry_row a = file_row(one, 1, "a", 4, 1), b = file_row(one, 2, "b", 4, 1);
	struct entry_row c = file_row(two, 1, "c", 4, 1), e = file_row(two, 2, "e", 4, 1);
	struct counted got = {.other = two};

	b.inode = a.id;
	e.kind = ENTRY_META;
	e.mtime = 99;
	put_entry(d, &a);
	put_entry(d, &b);
	put_entry(d, &c);
	put_entry(d, &e);
	assert_ok(copies_each(d->db, one, count, &got, &d->err), &d->err);
	assert_int_equal(got.answer.bytes, 4);
	assert_int_equal(got.answer.same_mtime, 1);
	assert_int_equal(got.last_moment, 1);
}

static int stop(void *arg, const struct copy_row *row)
{
	(void)row;
	(*(int *)arg)++;
	return 42;
}

static void copies__a_callback_can_end_it(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	int n = 0;

	for (unsigned char seed = 1; seed < 4; seed++) {
		struct entry_row a = file_row(one, seed, "a", 4, seed);
		struct entry_row b = file_row(two, seed, "b", 4, seed);

		put_entry(d, &a);
		put_entry(d, &b);
	}
	assert_int_equal(copies_each(d->db, one, stop, &n, &d->err), 42);
	assert_int_equal(n, 1);
	assert_true(holds_no_snapshot(d));
}

static void copies__damaged_hashes_are_said_to_be(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa");
	struct entry_row a = file_row(one, 1, "a", 4, 3);
	struct hashes h = {.n = 0};
	int n = 0;

	put_entry(d, &a);
	raw_exec(d, "UPDATE entry SET xxh128 = x'0303'");
	assert_int_equal(hashes_each(d->db, one, take_hash, &h, &d->err), -EBADMSG);
	assert_int_equal(copies_each(d->db, one, stop, &n, &d->err), -EBADMSG);
	raw_exec(d, "UPDATE entry SET xxh128 = zeroblob(16), sha256 = NULL");
	assert_int_equal(copies_each(d->db, one, stop, &n, &d->err), -EBADMSG);
	assert_int_equal(n, 0);
}

/* Sixty thousand copies here, as many there: of pairs there would be thousands of millions. */
static void copies__many_take_no_time(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	struct counted c = {.other = two};

	assert_ok(db_begin(d->db, &d->err), &d->err);
	for (uint32_t seq = 1; seq <= 60000; seq++) {
		struct entry_row a = file_row(one, seq, "f", 4, 1);
		struct entry_row b = file_row(two, seq, "f", 4, 1);

		a.mtime = seq;
		b.mtime = seq + 10000;
		put_entry(d, &a);
		put_entry(d, &b);
	}
	assert_ok(copies_each(d->db, one, count, &c, &d->err), &d->err);
	assert_ok(db_commit(d->db, &d->err), &d->err);
	assert_int_equal(c.answer.bytes, 240000);
	assert_int_equal(c.answer.same_mtime, 50000);
}

static void assert_count(struct index_dir *d, const unsigned char *hash, uint64_t size,
			 uint64_t want)
{
	uint64_t got = 99;

	assert_ok(copies_count(d->db, hash, size, &got, &d->err), &d->err);
	assert_int_equal(got, want);
}

static void copies__count_stored_files_of_all_layers(void **state)
{
	static const unsigned char threes[16] = {3, 3, 3, 3, 3, 3, 3, 3,
						 3, 3, 3, 3, 3, 3, 3, 3};
	static const unsigned char none[16] = {9};
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	struct entry_row a = file_row(one, 1, "a", 4, 3), link = file_row(one, 2, "l", 4, 3),
			 other = file_row(two, 1, "o", 4, 3),
			 longer = file_row(two, 2, "p", 5, 3),
			 meta = file_row(two, 3, "m", 4, 3);

	link.inode = a.id;
	meta.kind = ENTRY_META;
	put_entry(d, &a);
	assert_count(d, threes, 4, 1);
	put_entry(d, &link);
	assert_count(d, threes, 4, 1);
	put_entry(d, &other);
	put_entry(d, &longer);
	put_entry(d, &meta);
	assert_count(d, threes, 4, 2);
	assert_count(d, threes, 5, 1);
	assert_count(d, none, 4, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(copies__hashes_of_files_first_names_only), TEST(copies__agree_with_every_pair),
	    TEST(copies__names_and_metadata_are_none),      TEST(copies__a_callback_can_end_it),
	    TEST(copies__damaged_hashes_are_said_to_be),    TEST(copies__many_take_no_time),
	    TEST(copies__count_stored_files_of_all_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
