/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "store/contents.h"

struct seen {
	unsigned char hashes[16]; /* the first byte of each */
	int64_t entries[16];
	uint64_t sizes[16];
	size_t n, stop_at;
};

static int take_entry(void *arg, const unsigned char *hash, int64_t entry)
{
	struct seen *s = arg;

	s->hashes[s->n] = hash[0];
	s->entries[s->n++] = entry;
	return s->n == s->stop_at ? 7 : 0;
}

static int take_file(void *arg, int64_t entry, uint64_t size)
{
	struct seen *s = arg;

	s->sizes[s->n] = size;
	s->entries[s->n++] = entry;
	return s->n == s->stop_at ? 7 : 0;
}

struct rows {
	struct entry_row a, b, link, meta, empty, other;
};

static struct rows put_rows(struct index_dir *d)
{
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	struct rows r = {.a = file_row(one, 1, "a", 4, 9),
			 .b = file_row(one, 2, "b", 4, 3),
			 .link = file_row(one, 3, "l", 4, 9),
			 .meta = file_row(one, 4, ".wh..wh.plnk", 4, 9),
			 .empty = file_row(one, 5, "e", 0, 9),
			 .other = file_row(two, 1, "o", 8, 9)};

	r.link.inode = r.a.id;
	r.meta.kind = ENTRY_META;
	put_entry(d, &r.other);
	put_entry(d, &r.a);
	put_entry(d, &r.b);
	put_entry(d, &r.link);
	put_entry(d, &r.meta);
	put_entry(d, &r.empty);
	return r;
}

static void contents__each_by_hash_then_entry(void **state)
{
	struct index_dir *d = *state;
	struct rows r = put_rows(d);
	struct seen s = {.n = 0};

	assert_ok(contents_each(d->db, take_entry, &s, &d->err), &d->err);
	assert_int_equal(s.n, 5);
	assert_int_equal(s.entries[0], r.b.id);
	assert_int_equal(s.hashes[0], 3);
	assert_int_equal(s.entries[1], r.a.id);
	assert_int_equal(s.entries[2], r.link.id);
	assert_int_equal(s.entries[3], r.meta.id);
	assert_int_equal(s.entries[4], r.other.id);
	assert_int_equal(s.hashes[4], 9);
}

static void contents__find_stored_files_only(void **state)
{
	struct index_dir *d = *state;
	struct rows r = put_rows(d);
	struct seen s = {.n = 0};

	assert_ok(
	    contents_find(d->db, (const unsigned char *)r.a.xxh128.ptr, take_file, &s, &d->err),
	    &d->err);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.entries[0], r.a.id);
	assert_int_equal(s.sizes[0], 4);
	assert_int_equal(s.entries[1], r.other.id);
	assert_int_equal(s.sizes[1], 8);
}

static void contents__an_answer_ends_the_loop(void **state)
{
	struct index_dir *d = *state;
	struct rows r = put_rows(d);
	struct seen s = {.stop_at = 1};

	assert_int_equal(contents_each(d->db, take_entry, &s, &d->err), 7);
	assert_int_equal(s.n, 1);
	s = (struct seen){.stop_at = 1};
	assert_int_equal(
	    contents_find(d->db, (const unsigned char *)r.a.xxh128.ptr, take_file, &s, &d->err),
	    7);
	assert_true(holds_no_snapshot(d));
}

static struct entry_row directory(int64_t layer, uint32_t seq, uint32_t parent,
				  const char *name)
{
	struct entry_row row = file_row(layer, seq, name, 0, 0);

	row.mode = 0040755;
	row.parent = parent;
	return row;
}

static void contents__path_of_any_bytes(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row root = directory(layer, 0, 0, ""), usr = directory(layer, 1, 0, "usr");
	struct entry_row odd = directory(layer, 2, 1, "n\n\xff");
	struct entry_row file = file_row(layer, 3, "file", 4, 1);

	file.parent = 2;
	put_entry(d, &root);
	put_entry(d, &usr);
	put_entry(d, &odd);
	put_entry(d, &file);
	assert_ok(contents_path(d->db, NULL, file.id, &path, &d->err), &d->err);
	assert_bytes_equal_str(path, "usr/n\n\xff/file");
	assert_ok(contents_path(d->db, NULL, root.id, &path, &d->err), &d->err);
	assert_int_equal(path.len, 0);
	assert_int_equal(contents_path(d->db, NULL, ENTRY_ID(layer, 9), &path, &d->err),
			 -ESTALE);
}

/* With what was learnt from other files, and without: the same. */
static void contents__path_with_known_directories(void **state)
{
	_cleanup_free_ struct content_dirs *dirs = content_dirs_new();
	_cleanup_(buf_release) struct buf path = BUF_INIT, plain = BUF_INIT;
	/* Too long together to be kept. */
	char wide[256] = {[0 ... 254] = 'w'};
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa"), other = add_layer(d, "sha256:bb");
	struct entry_row rows[] = {
	    directory(layer, 1, 0, "a"),       directory(layer, 2, 1, "b"),
	    directory(layer, 3, 2, wide),      directory(layer, 4, 3, wide),
	    file_row(layer, 5, "top", 1, 1),   file_row(layer, 6, "f", 1, 2),
	    file_row(layer, 7, "g", 1, 3),     file_row(layer, 8, "deep", 1, 4),
	    file_row(layer, 9, "deep2", 1, 5), directory(other, 1, 0, "other"),
	    directory(other, 2, 1, "place"),   file_row(other, 6, "f", 1, 2)};
	static const uint32_t parents[] = {0, 1, 2, 3, 0, 2, 2, 4, 4, 0, 1, 2};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rows[i].parent = parents[i];
		put_entry(d, &rows[i]);
	}
	assert_non_null(dirs);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			assert_ok(contents_path(d->db, dirs, rows[i].id, &path, &d->err),
				  &d->err);
			assert_ok(contents_path(d->db, NULL, rows[i].id, &plain, &d->err),
				  &d->err);
			assert_int_equal(path.len, plain.len);
			assert_memory_equal(path.ptr, plain.ptr, path.len);
		}
	assert_ok(contents_path(d->db, dirs, rows[6].id, &path, &d->err), &d->err);
	assert_bytes_equal_str(path, "a/b/g");
	assert_ok(contents_path(d->db, dirs, rows[11].id, &path, &d->err), &d->err);
	assert_bytes_equal_str(path, "other/place/f");
}

/* A file made by somebody else: parents that go round. */
static void contents__a_loop_of_parents_is_damage(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct index_dir *d = *state;
	int64_t layer = add_layer(d, "sha256:aa");
	struct entry_row a = directory(layer, 1, 2, "a"), b = directory(layer, 2, 1, "b");

	put_entry(d, &a);
	put_entry(d, &b);
	assert_int_equal(contents_path(d->db, NULL, b.id, &path, &d->err), -EBADMSG);
}

struct counted {
	int64_t entries[8];
	uint64_t copies[8];
	size_t n;
};

static int take_row(void *arg, int64_t entry, uint64_t copies)
{
	struct counted *c = arg;

	c->entries[c->n] = entry;
	c->copies[c->n++] = copies;
	return 0;
}

static void contents__count_copies_of_a_layer(void **state)
{
	struct index_dir *d = *state;
	int64_t one = add_layer(d, "sha256:aa"), two = add_layer(d, "sha256:bb");
	struct entry_row a = file_row(one, 1, "a", 4, 3), link = file_row(one, 2, "l", 4, 3),
			 empty = file_row(one, 3, "e", 0, 3), b = file_row(one, 9, "b", 5, 3);
	struct entry_row other = file_row(two, 1, "o", 4, 3),
			 again = file_row(two, 4, "p", 4, 3),
			 meta = file_row(two, 5, "m", 4, 3);
	struct counted c = {.n = 0};

	link.inode = a.id;
	meta.kind = ENTRY_META;
	put_entry(d, &a);
	put_entry(d, &link);
	put_entry(d, &empty);
	put_entry(d, &b);
	put_entry(d, &other);
	put_entry(d, &again);
	put_entry(d, &meta);
	assert_ok(contents_count(d->db, one, take_row, &c, &d->err), &d->err);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.entries[0], a.id);
	assert_int_equal(c.copies[0], 3); /* a, other, again */
	assert_int_equal(c.entries[1], b.id);
	assert_int_equal(c.copies[1], 1); /* of that size */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(contents__each_by_hash_then_entry, index_setup,
					    index_teardown),
	    cmocka_unit_test_setup_teardown(contents__find_stored_files_only, index_setup,
					    index_teardown),
	    cmocka_unit_test_setup_teardown(contents__count_copies_of_a_layer, index_setup,
					    index_teardown),
	    cmocka_unit_test_setup_teardown(contents__an_answer_ends_the_loop, index_setup,
					    index_teardown),
	    cmocka_unit_test_setup_teardown(contents__path_of_any_bytes, index_setup,
					    index_teardown),
	    cmocka_unit_test_setup_teardown(contents__path_with_known_directories, index_setup,
					    index_teardown),
	    cmocka_unit_test_setup_teardown(contents__a_loop_of_parents_is_damage, index_setup,
					    index_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
