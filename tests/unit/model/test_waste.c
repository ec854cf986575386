/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"
#include "random_layers.h"
#include "tree_text.h"

#include "model/attribute.h"
#include "model/waste.h"

#include <stdio.h>

/* ---- layers in an index: the size of a file stands for its content ---- */

struct into_index {
	struct bx *x;
	int64_t layer;
};

static int insert_row(void *arg, const struct entry_row *row, uint32_t handle, struct err *err)
{
	struct into_index *to = arg;
	struct entry_row mine = *row;
	unsigned char hash[32] = {0};

	(void)handle;
	mine.id = ENTRY_ID(to->layer, ENTRY_SEQ(row->id));
	mine.inode = ENTRY_ID(to->layer, ENTRY_SEQ(row->inode));
	memcpy(hash, &row->size, sizeof(row->size));
	if (S_ISREG(row->mode) && row->kind == ENTRY_PLAIN && row->size) {
		mine.xxh128 = bytes_make(hash, 16);
		mine.sha256 = bytes_make(hash, 32);
	}
	return entries_insert(to->x->db, &mine, err);
}

static int64_t put_layer(struct bx *x, const char *diff_id, const char *members)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct layer_row row = {.tar_bytes = 1};
	struct layer_builder *b;
	struct layer_totals totals;
	struct into_index to = {.x = x};
	struct layer_member m;
	uint32_t handle;

	assert_ok(layer_builder_new(&limits, -1, text_finding, NULL, &b, &x->err), &x->err);
	while (text_next_member(&members, &m))
		assert_ok(layer_add(b, &m, &handle, &x->err), &x->err);
	assert_ok(layers_stage(x->db, diff_id, "r", &to.layer, &x->err), &x->err);
	assert_ok(layer_finish(b, insert_row, &to, &totals, &x->err), &x->err);
	row.id = to.layer;
	row.entries = totals.entries;
	row.content_bytes = totals.content_bytes;
	assert_ok(layers_finish(x->db, &row, &x->err), &x->err);
	assert_ok(layers_publish(x->db, row.id, &x->err), &x->err);
	layer_builder_free(b);
	return to.layer;
}

/* text NULL: the first layer once more. */
static struct tree *put_tree(struct bx *x, const char *const *texts, uint32_t n)
{
	static int serial;
	struct layer *layers[TEXT_LAYERS_MAX] = {0};
	int64_t ids[TEXT_LAYERS_MAX];
	struct tree *t;

	if (!x->forest)
		bx_load(x);
	assert_ok(db_begin(x->db, &x->err), &x->err);
	for (uint32_t i = 0; i < n; i++) {
		char diff_id[40];

		snprintf(diff_id, sizeof(diff_id), "sha256:%d", ++serial);
		ids[i] = texts[i] ? put_layer(x, diff_id, texts[i]) : ids[0];
	}
	assert_ok(db_commit(x->db, &x->err), &x->err);
	for (uint32_t i = 0; i < n; i++)
		assert_ok(forest_layer(x->forest, ids[i], &layers[i], &x->err), &x->err);
	assert_ok(merge_layers(layers, n, NULL, NULL, &t, &x->err), &x->err);
	for (uint32_t i = 0; i < n; i++)
		layer_unref(layers[i]);
	return t;
}

/* "a 100 overwritten 1>2 a", and "=c" behind it where the content is stored again as c. */
static void rows_to_text(const struct wastes *w, const struct waste_vec *rows, const char *mark,
			 struct buf *out)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	vec_foreach (row, rows) {
		const struct node *there = w->tree->layers[row->hider]->nodes;

		buf_addf(out, "%s%.*s %llu %s%s %u>%u", mark, (int)row->path.len, row->path.ptr,
			 (unsigned long long)row->bytes, waste_reason_name(row->reason),
			 row->package_db ? "!" : "", row->layer + 1, row->hider + 1);
		if (row->by != WASTE_NOWHERE) {
			assert_int_equal(node_path(there, row->by, &path), 0);
			buf_addf(out, " %s", buf_str(&path));
		}
		if (row->again != WASTE_NOWHERE) {
			assert_int_equal(node_path(there, row->again, &path), 0);
			buf_addf(out, " =%s", buf_str(&path));
		}
		buf_add_char(out, '\n');
	}
}

static void to_text(const struct wastes *w, struct buf *out)
{
	rows_to_text(w, &w->rows, "", out);
	rows_to_text(w, &w->linked, "linked ", out);
}

static void check(struct bx *x, const char *want, const char *const *texts, uint32_t n)
{
	_cleanup_(tree_unrefp) struct tree *t = put_tree(x, texts, n);
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct wastes w;

	assert_ok(wastes_make(x->forest, t, &w, &x->err), &x->err);
	to_text(&w, &got);
	wastes_release(&w);
	if (strcmp(buf_str(&got), want) != 0)
		fail_msg("got\n%s-- should be\n%s", buf_str(&got), want);
}

#define CHECK(want, ...)                                                                       \
	do {                                                                                   \
		const char *const texts[] = {__VA_ARGS__};                                     \
                                                                                               \
		check(*state, want, texts, ARRAY_SIZE(texts));                                 \
	} while (0)

static void waste__n_copies_waste_n_minus_one(void **state)
{
	CHECK("a 20 overwritten 2>3 a\na 10 overwritten 1>2 a\n", "file a 10", "file a 20",
	      "file a 30\nfile b 1");
	CHECK("", "file a 10", "file b 10");
}

static void waste__deleted(void **state)
{
	CHECK("d/e/a 10 deleted 1>2 .wh.d\no/b 5 deleted 1>2 o/.wh..wh..opq\n",
	      "file d/e/a 10\nfile o/b 5", "file .wh.d 0\nfile o/.wh..wh..opq 0");
	/* Another type, or a parent that became one. */
	CHECK("p/c 7 deleted 1>2 p\nf 6 deleted 1>2 f\ns 0 deleted 1>2 s\n",
	      "file f 6\nfile p/c 7\nsym s f", "dir f\nfile p 8\nfile s 9");
}

static void waste__stored_again_unchanged(void **state)
{
	CHECK("a 10 metadata-only 1>2 a =a\ne 0 metadata-only 1>2 e =e\n"
	      "s 0 metadata-only 1>2 s =s\n",
	      "file a 10\nfile e 0\nsym s a", "file a 10\nfile e 0\nsym s a");
	CHECK("s 0 overwritten 1>2 s\n", "sym s a", "sym s b");
	/* rm -rf and made anew with the same content. */
	CHECK("d/a 10 metadata-only 1>2 d/a =d/a\n", "file d/a 10",
	      "dir d\nfile d/.wh..wh..opq 0\nfile d/a 10");
}

static void waste__moved(void **state)
{
	CHECK("d/a 10 moved 1>2 .wh.d =e/a\nd/b 9 moved 1>2 .wh.d =e/b\n"
	      "d/empty 0 deleted 1>2 .wh.d\n",
	      "file d/a 10\nfile d/b 9\nfile d/empty 0",
	      "file .wh.d 0\nfile e/a 10\nfile e/b 9\nfile e/empty 0");
	/* A later layer, or one before, is no move; and what stands in its place is no move. */
	CHECK("a 10 deleted 1>2 .wh.a\n", "file a 10", "file .wh.a 0", "file b 10");
	CHECK("a 10 overwritten 1>2 a\n", "file a 10", "file a 9\nfile b 10");
}

static void waste__hard_links_are_one_entry(void **state)
{
	/* One name left: nothing is wasted, and that it was stored anew is said. */
	CHECK("linked a 0 overwritten 1>2 a\n", "file a 10\nlink b a", "file a 5");
	CHECK("linked b 0 metadata-only 1>2 b =b\n", "file a 10\nlink b a", "file b 10");
	CHECK("", "file a 10\nlink b a", "file .wh.a 0");
	CHECK("", "file a 10", "link b a", "file .wh.a 0");
	/* The last name to go says when and how. */
	CHECK("a 10 deleted 1>3 .wh.b\n", "file a 10\nlink b a", "file a 5", "file .wh.b 0");
	CHECK("a 10 overwritten 1>4 b\n", "file a 10", "link b a", "file .wh.a 0", "file b 7");
}

static void waste__package_databases_are_marked(void **state)
{
	CHECK("var/lib/dpkg/status 50 overwritten! 1>2 var/lib/dpkg/status\n"
	      "var/lib/rpm/rpmdb.sqlite 40 metadata-only! 1>2 var/lib/rpm/rpmdb.sqlite "
	      "=var/lib/rpm/rpmdb.sqlite\n"
	      "var/lib/dpkg/info/x.list 9 overwritten 1>2 var/lib/dpkg/info/x.list\n"
	      "lib/apk/db/installed 8 deleted 1>2 .wh.lib\n",
	      "file var/lib/dpkg/status 50\nfile var/lib/rpm/rpmdb.sqlite 40\n"
	      "file var/lib/dpkg/info/x.list 9\nfile lib/apk/db/installed 8",
	      "file var/lib/dpkg/status 51\nfile var/lib/rpm/rpmdb.sqlite 40\n"
	      "file var/lib/dpkg/info/x.list 10\nfile .wh.lib 0");
	assert_true(waste_is_package_db(BYTES("var/lib/rpm/a/b")));
	assert_false(waste_is_package_db(BYTES("var/lib/rpm")));
	assert_false(waste_is_package_db(BYTES("srv/var/lib/dpkg/status")));
}

/* A layer that stands twice is stored once. */
static void waste__of_a_layer_that_stands_twice(void **state)
{
	CHECK("a 5 overwritten 2>3 a\n", "file a 10", "file a 5", NULL);
}

/* By way of l, t/q becomes a file; then there is no place for what the same layer has below it.
 */
static void waste__what_never_showed(void **state)
{
	CHECK("t/q/s/x 4 never-visible 2>2\nt/q/s 0 deleted 1>2 l/q\n",
	      "dir t/q\nsym t/q/s /u\nsym l t\ndir u", "file l/q 3\nfile t/q/s/x 4");
}

static void sum_rows(const struct wastes *w, uint64_t *sums)
{
	vec_foreach (row, &w->rows)
		sums[row->layer] += row->bytes;
}

/* For any layers, what the rows say is what the layers report says. */
static void waste__adds_up(void **state)
{
	struct random_layers random;
	struct bx *x = *state;

	random_layers_init(&random);
	for (int round = 0; round < 60; round++) {
		struct buf texts[TEXT_LAYERS_MAX] = {0};
		struct layer_bytes want[TEXT_LAYERS_MAX];
		const char *lines[TEXT_LAYERS_MAX];
		uint64_t sums[TEXT_LAYERS_MAX] = {0};
		struct wastes w;
		struct tree *t;

		for (int i = 0; i < TEXT_LAYERS_MAX; i++) {
			random_layers_text(&random, 14, 5, &texts[i]);
			lines[i] = buf_str(&texts[i]);
		}
		t = put_tree(x, lines, TEXT_LAYERS_MAX);
		assert_ok(attribute_layers(t, want, &x->err), &x->err);
		assert_ok(wastes_make(x->forest, t, &w, &x->err), &x->err);
		sum_rows(&w, sums);
		for (int i = 0; i < TEXT_LAYERS_MAX; i++)
			assert_int_equal(sums[i], want[i].wasted);
		for (size_t i = 1; i < w.rows.n; i++)
			assert_true(w.rows.v[i - 1].bytes >= w.rows.v[i].bytes);
		wastes_release(&w);
		tree_unref(t);
		for (int i = 0; i < TEXT_LAYERS_MAX; i++)
			buf_release(&texts[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bx_setup, bx_teardown)
	    TEST(waste__n_copies_waste_n_minus_one),
	    TEST(waste__deleted),
	    TEST(waste__stored_again_unchanged),
	    TEST(waste__moved),
	    TEST(waste__hard_links_are_one_entry),
	    TEST(waste__package_databases_are_marked),
	    TEST(waste__of_a_layer_that_stands_twice),
	    TEST(waste__what_never_showed),
	    TEST(waste__adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
