/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include <stdio.h>

#include <time.h>

/* Twins are compared with a second computation that knows nothing of hashes and indexes: every
 * entry against every entry before it. */
struct model {
	struct entry_row rows[256];
	int xattr[256]; /* value of user.a, 0: none */
	int64_t layers[256];
	size_t n;
};

static int64_t twin_of(const struct model *m, size_t k)
{
	const struct entry_row *a = &m->rows[k];

	if (a->size == 0)
		return 0;
	for (size_t i = 0; i < k; i++) {
		const struct entry_row *b = &m->rows[i];

		if (a->size == b->size && a->mode == b->mode && a->uid == b->uid &&
		    a->gid == b->gid && a->mtime == b->mtime &&
		    a->mtime_nsec == b->mtime_nsec && bytes_equal(a->sha256, b->sha256) &&
		    m->xattr[i] == m->xattr[k])
			return b->id;
	}
	return 0;
}

static void check(struct index_dir *d, const struct model *m)
{
	for (size_t k = 0; k < m->n; k++) {
		struct entry_row row;

		assert_int_equal(entries_find(d->db, m->rows[k].id, &row, &d->err), 1);
		if (row.twin != twin_of(m, k))
			fail_msg("entry %zu: twin %lld, not %lld", k, (long long)row.twin,
				 (long long)twin_of(m, k));
	}
}

/* Few values, so that many are equal. */
static struct entry_row random_row(int64_t layer, uint32_t seq)
{
	struct entry_row row = file_row(layer, seq, "f", (uint64_t)(rand() % 3) * 4,
					(unsigned char)(rand() % 3 + 1));

	row.mode = rand() % 4 ? 0100644 : 0100755;
	row.uid = rand() % 4 ? 0 : 1;
	row.mtime = rand() % 4 ? 7 : 8;
	row.xattrs = rand() % 4 == 0;
	return row;
}

static int64_t add_random_layer(struct index_dir *d, struct model *m, int number)
{
	char diff_id[32];
	int64_t layer;

	snprintf(diff_id, sizeof(diff_id), "sha256:%d", number);
	layer = add_layer(d, diff_id);
	for (uint32_t seq = 1; seq <= 12; seq++) {
		struct entry_row row = random_row(layer, seq);
		char value = (char)('1' + rand() % 2);

		put_entry(d, &row);
		m->xattr[m->n] = 0;
		if (row.xattrs) {
			m->xattr[m->n] = value;
			assert_ok(xattrs_insert(d->db, row.id, BYTES("user.a"),
						bytes_make(&value, 1), &d->err),
				  &d->err);
		}
		m->rows[m->n++] = row;
	}
	assert_ok(entries_find_twins(d->db, layer, &d->err), &d->err);
	return layer;
}

static void drop_layer(struct model *m, int64_t layer)
{
	size_t kept = 0;

	for (size_t k = 0; k < m->n; k++)
		if (ENTRY_LAYER(m->rows[k].id) != layer) {
			m->xattr[kept] = m->xattr[k];
			m->rows[kept++] = m->rows[k];
		}
	m->n = kept;
}

static void twins__agree_with_a_naive_comparison(void **state)
{
	struct index_dir *d = *state;
	unsigned seed = (unsigned)time(NULL);
	int64_t layers[8];

	print_message("# seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 6; round++) {
		struct model m = {.n = 0};

		for (int i = 0; i < 8; i++) {
			layers[i] = add_random_layer(d, &m, round * 8 + i);
			check(d, &m);
		}
		/* Without its representatives, the next one stands for the others. */
		for (int i = 0; i < 8; i++) {
			size_t victim = (size_t)rand() % 8;

			if (layers[victim]) {
				assert_ok(layers_delete(d->db, layers[victim], &d->err),
					  &d->err);
				drop_layer(&m, layers[victim]);
				layers[victim] = 0;
				check(d, &m);
			}
		}
		raw_exec(d, "DELETE FROM entry; DELETE FROM xattr; DELETE FROM layer");
	}
}

static void twins__an_xxh3_collision_makes_none(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row a = file_row(layer, 1, "a", 4, 1), b = file_row(layer, 2, "b", 4, 1),
			 out;

	b.sha256 = file_row(layer, 3, "c", 4, 2).sha256;
	put_entry(d, &a);
	put_entry(d, &b);
	assert_ok(entries_find_twins(d->db, layer, &d->err), &d->err);
	assert_int_equal(entries_find(d->db, b.id, &out, &d->err), 1);
	assert_int_equal(out.twin, 0);
}

static void twins__all_names_of_a_hard_link_follow_the_first(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	struct entry_row a = file_row(one, 1, "a", 4, 1), b = file_row(two, 1, "b", 4, 1);
	struct entry_row c = file_row(two, 2, "c", 4, 1), out;

	c.inode = b.id;
	b.nlink = c.nlink = 2;
	put_entry(d, &a);
	put_entry(d, &b);
	put_entry(d, &c);
	assert_ok(entries_find_twins(d->db, one, &d->err), &d->err);
	assert_ok(entries_find_twins(d->db, two, &d->err), &d->err);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(entries_find(d->db, i ? c.id : b.id, &out, &d->err), 1);
		assert_int_equal(out.twin, a.id);
	}
}

struct ids {
	int64_t v[8];
	size_t n;
};

static int take_id(void *arg, int64_t id)
{
	struct ids *ids = arg;

	ids->v[ids->n++] = id;
	return 0;
}

static void assert_each(struct index_dir *d, int64_t of, const int64_t *want, size_t n)
{
	struct ids ids = {.n = 0};

	assert_ok(twins_each(d->db, of, take_id, &ids, &d->err), &d->err);
	assert_int_equal(ids.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(ids.v[i], want[i]);
}

static void twins__each_of_other_layers_once(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb"),
		three = add_layer(d, "sha256:cc");
	struct entry_row rows[] = {
	    file_row(one, 1, "a", 4, 1),      file_row(one, 2, "a2", 4, 1),
	    file_row(two, 1, "b", 4, 1),      file_row(two, 2, "b2", 4, 1),
	    file_row(three, 1, "c", 4, 1),    file_row(three, 2, "later", 4, 1),
	    file_row(three, 3, "empty", 0, 1)};

	rows[5].mtime++;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put_entry(d, &rows[i]);
	assert_ok(entries_find_twins(d->db, one, &d->err), &d->err);
	assert_ok(entries_find_twins(d->db, two, &d->err), &d->err);
	assert_ok(entries_find_twins(d->db, three, &d->err), &d->err);
	assert_each(d, rows[0].id, (int64_t[]){rows[2].id, rows[4].id}, 2);
	assert_each(d, rows[1].id, (int64_t[]){rows[2].id, rows[4].id}, 2);
	assert_each(d, rows[3].id, (int64_t[]){rows[0].id, rows[4].id}, 2);
	assert_each(d, rows[5].id, NULL, 0);
	assert_each(d, rows[6].id, NULL, 0);
	assert_each(d, ENTRY_ID(three, 99), NULL, 0);
	assert_true(holds_no_snapshot(d));
}

/* A hundred thousand copies in one layer: a quadratic search would take hours. */
static void twins__many_copies_take_no_time(void **state)
{
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");

	assert_ok(db_begin(d->db, &d->err), &d->err);
	for (uint32_t seq = 1; seq <= 100000; seq++) {
		struct entry_row row = file_row(layer, seq, "f", 4, 1);

		put_entry(d, &row);
	}
	assert_ok(entries_find_twins(d->db, layer, &d->err), &d->err);
	assert_ok(db_commit(d->db, &d->err), &d->err);
	assert_int_equal(raw_int(d, "SELECT count(*) FROM entry WHERE twin = (1 << 24 | 1)"),
			 99999);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, index_setup, index_teardown)
	    TEST(twins__agree_with_a_naive_comparison),
	    TEST(twins__an_xxh3_collision_makes_none),
	    TEST(twins__all_names_of_a_hard_link_follow_the_first),
	    TEST(twins__each_of_other_layers_once),
	    TEST(twins__many_copies_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
