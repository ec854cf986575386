/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

/* ---- an index of one layer, in place of the database ---- */

static const struct entry_row *table;
static uint64_t table_n, table_claims;

int layers_get(struct db *db, int64_t id, struct layer_row *ret, struct err *err)
{
	(void)db;
	(void)err;
	*ret = (struct layer_row){.id = id, .entries = table_claims};
	return id == 5;
}

int entries_each(struct db *db, int64_t layer,
		 int (*cb)(void *arg, const struct entry_row *row), void *arg, struct err *err)
{
	int r = 0;

	(void)db;
	(void)layer;
	(void)err;
	for (uint64_t i = 0; i < table_n && r == 0; i++)
		r = cb(arg, &table[i]);
	return r;
}

#define DIR  (S_IFDIR | 0755)
#define FILE (S_IFREG | 0644)

static struct entry_row row(uint32_t seq, uint32_t parent, const char *name, uint32_t mode)
{
	return (struct entry_row){
	    .id = ENTRY_ID(5, seq),
	    .parent = parent,
	    .name = bytes_from_str(name),
	    .inode = ENTRY_ID(5, seq),
	    .mode = mode,
	    .nlink = 1,
	    .link = S_ISLNK(mode) ? BYTES("target") : BYTES_NULL,
	};
}

static int load(const struct entry_row *rows, uint64_t n, struct layer **ret, struct err *err)
{
	table = rows;
	table_n = table_claims = n;
	return layer_load(NULL, 5, ret, err);
}

static void layer__loads(void **state)
{
	struct entry_row rows[] = {row(0, 0, "", DIR), row(1, 0, "a", DIR),
				   row(2, 0, "s", S_IFLNK | 0777), row(3, 1, "c", S_IFCHR),
				   row(4, 1, "f", FILE)};
	struct err err = ERR_INIT;
	struct layer *l;

	(void)state;
	rows[1].kind = ENTRY_IMPLIED;
	rows[3].rdev_major = 7;
	rows[3].rdev_minor = 9;
	rows[4].size = 12;
	rows[4].stored = 11;
	rows[4].twin = 99;
	rows[4].xattrs = true;
	rows[4].mtime = -5;
	assert_ok(load(rows, 5, &l, &err), &err);
	assert_well_formed(l->nodes, l->n);
	assert_int_equal(l->id, 5);
	assert_int_equal(l->nodes[1].inode, 0);
	assert_int_equal(l->nodes[2].size, 6);
	assert_memory_equal(l->nodes[2].link, "target", 7);
	assert_int_equal(l->nodes[3].rdev_major, 7);
	assert_int_equal(l->nodes[3].rdev_minor, 9);
	assert_int_equal(l->nodes[4].inode, ENTRY_ID(5, 4));
	assert_int_equal(l->nodes[4].size, 12);
	assert_int_equal(l->nodes[4].stored, 11);
	assert_int_equal(layer_twin(l, l->nodes[4].inode), 99);
	assert_int_equal(layer_twin(l, l->nodes[3].inode), 0);
	assert_int_equal(layer_twin(l, ENTRY_ID(5, 9)), 0);
	assert_int_equal(l->nodes[4].mtime, -5);
	assert_true(l->nodes[4].xattrs);
	assert_true(layer_memory(l) >= 5 * sizeof(struct node));
	assert_ptr_equal(layer_ref(l), l);
	layer_unref(l);
	layer_unref(l);
}

static void layer__gone_is_stale(void **state)
{
	struct err err = ERR_INIT;
	struct layer *l;

	(void)state;
	assert_int_equal(layer_load(NULL, 6, &l, &err), -ESTALE);
	assert_non_null(strstr(err.msg, "layer 6"));
}

static void layer__missing_rows_are_damage(void **state)
{
	const struct entry_row rows[] = {row(0, 0, "", DIR), row(1, 0, "a", DIR)};
	struct err err = ERR_INIT;
	struct layer *l;

	(void)state;
	assert_int_equal(load(rows, 0, &l, &err), -EBADMSG);
	table = rows;
	table_n = 2;
	table_claims = 3;
	assert_int_equal(layer_load(NULL, 5, &l, &err), -EBADMSG);
}

/* One of four good rows is replaced by each of these. */
static void layer__refuses_damage(void **state)
{
	static char long_name[258];
	struct entry_row bad[40];
	uint32_t at[40], n = 0;

	(void)state;
	memset(long_name, 'x', 256);
#define BAD(seq, ...) (at[n] = (seq), bad[n++] = (__VA_ARGS__))
	BAD(0, row(0, 0, "", FILE));
	BAD(0, row(0, 0, "x", DIR));
	BAD(0, row(1, 0, "", DIR));
	BAD(1, row(2, 0, "a", DIR));
	BAD(1, row(1, 1, "a", DIR));
	BAD(1, row(1, 7, "a", DIR));
	BAD(1, row(1, UINT32_MAX, "a", DIR));
	BAD(1, row(1, 0, "", DIR));
	BAD(1, row(1, 0, ".", DIR));
	BAD(1, row(1, 0, "..", DIR));
	BAD(1, row(1, 0, "a/b", DIR));
	BAD(1, row(1, 0, long_name, DIR));
	BAD(1, row(1, 0, "a", S_IFSOCK));
	BAD(1, row(1, 0, "a", DIR | 1u << 16));
	BAD(1, row(1, 0, "a", FILE)); /* has a child */
	BAD(2, row(2, 0, "a", FILE)); /* twice */
	BAD(2, row(2, 0, "A", FILE)); /* before its sibling */
	BAD(3, row(3, 2, "c", FILE)); /* below a file */
	BAD(3, row(3, 3, "c", FILE));
#undef BAD
#define BAD(field, value)                                                                      \
	do {                                                                                   \
		at[n] = 2;                                                                     \
		bad[n] = row(2, 0, "b", FILE);                                                 \
		bad[n++].field = (value);                                                      \
	} while (0)
	BAD(inode, ENTRY_ID(6, 2));
	BAD(inode, ENTRY_ID(5, 3));
	BAD(inode, 0);
	BAD(size, UINT64_MAX);
	BAD(stored, UINT64_MAX);
	BAD(link, BYTES("x"));
	BAD(mode, S_IFLNK); /* without a target */
	BAD(kind, ENTRY_IMPLIED);
	BAD(kind, ENTRY_LINK_LOWER);
	BAD(kind, ENTRY_WHITEOUT);
	BAD(kind, (enum entry_kind)6);
	BAD(kind, (enum entry_kind) - 1);
	BAD(name, bytes_make("b\0c", 3));
#undef BAD
	assert_true(n <= ARRAY_SIZE(bad));
	for (uint32_t i = 0; i < n; i++) {
		struct entry_row rows[] = {row(0, 0, "", DIR), row(1, 0, "a", DIR),
					   row(2, 0, "b", FILE), row(3, 1, "c", FILE)};
		struct err err = ERR_INIT;
		struct layer *l;

		assert_ok(load(rows, 4, &l, &err), &err);
		layer_unref(l);
		rows[at[i]] = bad[i];
		if (load(rows, 4, &l, &err) != -EBADMSG)
			fail_msg("damage %u was loaded", i);
		assert_non_null(strstr(err.msg, "damaged"));
	}
}

/* Children of one directory in two places: a slice could not hold them. */
static void layer__refuses_scattered_children(void **state)
{
	const struct entry_row rows[] = {row(0, 0, "", DIR), row(1, 0, "a", DIR),
					 row(2, 1, "x", FILE), row(3, 0, "z", FILE)};
	struct err err = ERR_INIT;
	struct layer *l;

	(void)state;
	assert_int_equal(load(rows, 4, &l, &err), -EBADMSG);
}

static void layer__names_in_messages_are_escaped(void **state)
{
	struct entry_row rows[] = {row(0, 0, "", DIR), row(1, 3, "\x1b[2J", FILE)};
	struct err err = ERR_INIT;
	struct layer *l;

	(void)state;
	assert_int_equal(load(rows, 2, &l, &err), -EBADMSG);
	assert_null(strchr(err.msg, 0x1b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layer__loads),
	    cmocka_unit_test(layer__gone_is_stale),
	    cmocka_unit_test(layer__missing_rows_are_damage),
	    cmocka_unit_test(layer__refuses_damage),
	    cmocka_unit_test(layer__refuses_scattered_children),
	    cmocka_unit_test(layer__names_in_messages_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
