/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include "model/forest.h"
#include "store/contents.h"
#include "store/hashes.h"

#include <pthread.h>

/* ---- an index of three layers and two images, in place of the database ---- */

#define LAYERS 3

struct db {
	unsigned loads[LAYERS + 1]; /* by layer id */
	unsigned hashed, counted;
	unsigned in_use; /* calls inside at once: must never be two */
	int fail;        /* what entries_each answers, once */
};

static void enter(struct db *db)
{
	assert_int_equal(__atomic_add_fetch(&db->in_use, 1, __ATOMIC_SEQ_CST), 1);
}

static void leave(struct db *db)
{
	__atomic_sub_fetch(&db->in_use, 1, __ATOMIC_SEQ_CST);
}

int layers_get(struct db *db, int64_t id, struct layer_row *ret, struct err *err)
{
	(void)db;
	(void)err;
	*ret = (struct layer_row){.id = id, .entries = 2};
	return id >= 1 && id <= LAYERS;
}

/* Layer n holds one file, "n". */
int entries_each(struct db *db, int64_t layer,
		 int (*cb)(void *arg, const struct entry_row *row), void *arg, struct err *err)
{
	const char name[] = {(char)('0' + layer), 0};
	const struct entry_row rows[] = {
	    {.id = ENTRY_ID(layer, 0), .inode = ENTRY_ID(layer, 0), .mode = S_IFDIR},
	    {.id = ENTRY_ID(layer, 1),
	     .inode = ENTRY_ID(layer, 1),
	     .mode = S_IFREG,
	     .name = {name, 1}},
	};
	int r = db->fail;

	enter(db);
	db->loads[layer]++;
	db->fail = 0;
	if (r < 0)
		err_set(err, -r, "made to fail");
	for (int i = 0; i < 2 && r == 0; i++)
		r = cb(arg, &rows[i]);
	leave(db);
	return r;
}

int hashes_each(struct db *db, int64_t layer, int (*cb)(void *arg, const struct hash_row *row),
		void *arg, struct err *err)
{
	static const unsigned char hash[32] = {7};
	const struct hash_row row = {
	    .entry = ENTRY_ID(layer, 1), .size = 1, .xxh128 = hash, .sha256 = hash};
	int r;

	(void)err;
	enter(db);
	db->hashed++;
	r = cb(arg, &row);
	leave(db);
	return r;
}

/* One more copy each time. */
int contents_count(struct db *db, int64_t layer,
		   int (*cb)(void *arg, int64_t entry, uint64_t copies), void *arg,
		   struct err *err)
{
	int r;

	(void)err;
	enter(db);
	r = cb(arg, ENTRY_ID(layer, 1), ++db->counted);
	leave(db);
	return r;
}

/* Image 1: layers 1, 2. Image 2: 1, an absent one, 3. Image 3: one that is gone. */
static const int64_t layers_of[4][4] = {{0}, {1, 2, -1}, {1, 0, 3, -1}, {9, -1}};

int images_get(struct db *db, int64_t id, struct image_row *ret, struct err *err)
{
	(void)db;
	(void)err;
	*ret = (struct image_row){.id = id};
	return id >= 1 && id <= 3;
}

int image_layers_each(struct db *db, int64_t image,
		      int (*cb)(void *arg, const struct image_layer_row *row), void *arg,
		      struct err *err)
{
	int r = 0;

	(void)err;
	enter(db);
	for (uint32_t i = 0; layers_of[image][i] >= 0 && r == 0; i++) {
		const struct image_layer_row row = {.position = i + 1,
						    .layer = layers_of[image][i]};

		r = cb(arg, &row);
	}
	leave(db);
	return r;
}

/* ---- tests ---- */

static struct forest *new_forest(struct db *db, size_t max_bytes)
{
	struct forest *f = NULL;

	assert_int_equal(forest_new(db, max_bytes, &f), 0);
	return f;
}

static struct tree *ask(struct forest *f, int64_t image, uint32_t upto)
{
	struct err err = ERR_INIT;
	struct tree *t = NULL;

	assert_ok(forest_tree(f, image, upto, &t, &err), &err);
	return t;
}

static void assert_tree_is(struct tree *t, const char *want)
{
	_cleanup_free_ char *text = text_of(t->nodes, t->n);

	assert_string_equal(text, want);
	tree_unref(t);
}

static void forest__trees_of_the_first_layers(void **state)
{
	struct db db = {0};
	_cleanup_(forest_freep) struct forest *f = new_forest(&db, MIB(1));

	(void)state;
	assert_tree_is(ask(f, 1, 0), "");
	assert_tree_is(ask(f, 1, 1), "./ 0\n1 =0\n");
	assert_tree_is(ask(f, 1, 2), "./ 0\n1 =0\n2 =0\n");
	assert_tree_is(ask(f, 2, 2), "./ 0\n1 =0\n");
	assert_tree_is(ask(f, 2, 3), "./ 0\n1 =0\n3 =0\n");
	/* Layers are loaded once, however many trees stand on them. */
	assert_int_equal(db.loads[1], 1);
	assert_int_equal(db.loads[2], 1);
	assert_int_equal(db.loads[3], 1);
}

static void forest__same_tree_again(void **state)
{
	struct db db = {0};
	_cleanup_(forest_freep) struct forest *f = new_forest(&db, MIB(1));
	struct tree *a = ask(f, 1, 2), *b = ask(f, 1, 2);
	struct err err = ERR_INIT;
	struct layer *l;

	(void)state;
	assert_ptr_equal(a, b);
	assert_ok(forest_layer(f, 2, &l, &err), &err);
	assert_ptr_equal(a->layers[1], l);
	layer_unref(l);
	tree_unref(a);
	tree_unref(b);
}

static uint32_t copies_of(struct forest *f, int64_t layer, int64_t generation)
{
	struct err err = ERR_INIT;
	struct layer_copies *l = NULL;
	uint32_t copies;

	assert_ok(forest_copies(f, NULL, layer, generation, &l, &err), &err);
	copies = layer_copies_at(l, 1);
	layer_copies_unref(l);
	return copies;
}

static void forest__hashes_once_and_copies_once_a_generation(void **state)
{
	struct db db = {0};
	_cleanup_(forest_freep) struct forest *f = new_forest(&db, MIB(1));
	struct layer_hashes *a, *b;
	struct err err = ERR_INIT;
	struct db other = {0};

	(void)state;
	assert_ok(forest_hashes(f, NULL, 1, &a, &err), &err);
	assert_ok(forest_hashes(f, &other, 1, &b, &err), &err);
	assert_ptr_equal(a, b);
	layer_hashes_unref(b);
	assert_ok(forest_hashes(f, &other, 2, &b, &err), &err);
	assert_int_equal(other.hashed, 1);
	assert_int_equal(*layer_hashes_at(a, 1), 7);
	assert_int_equal(db.hashed, 1);
	assert_int_equal(copies_of(f, 1, 5), 1);
	assert_int_equal(copies_of(f, 1, 5), 1);
	assert_int_equal(copies_of(f, 1, 6), 2);
	/* Under the cap as trees are; who holds one keeps it. */
	forest_trim(f, 0);
	assert_int_equal(copies_of(f, 1, 6), 3);
	assert_int_equal(*layer_hashes_at(a, 1), 7);
	layer_hashes_unref(a);
	layer_hashes_unref(b);
	forest_trim(f, 0);
	assert_int_equal(forest_memory(f), 0);
}

static void forest__gone_is_stale(void **state)
{
	struct db db = {0};
	_cleanup_(forest_freep) struct forest *f = new_forest(&db, MIB(1));
	struct err err = ERR_INIT;
	struct layer *l;
	struct tree *t;

	(void)state;
	assert_int_equal(forest_tree(f, 7, 1, &t, &err), -ESTALE);
	assert_int_equal(forest_tree(f, 1, 3, &t, &err), -ESTALE);
	assert_int_equal(forest_tree(f, 3, 1, &t, &err), -ESTALE);
	assert_int_equal(forest_layer(f, 8, &l, &err), -ESTALE);
	assert_int_equal(forest_memory(f), 0);
}

static void forest__failed_loading_leaves_nothing(void **state)
{
	struct db db = {.fail = -EIO};
	_cleanup_(forest_freep) struct forest *f = new_forest(&db, MIB(1));
	struct err err = ERR_INIT;
	struct tree *t;

	(void)state;
	assert_int_equal(forest_tree(f, 1, 2, &t, &err), -EIO);
	assert_string_equal(err.msg, "made to fail");
	assert_int_equal(forest_memory(f), 0);
	assert_tree_is(ask(f, 1, 2), "./ 0\n1 =0\n2 =0\n");
}

static void use_layer(struct forest *f, int64_t id)
{
	struct err err = ERR_INIT;
	struct layer *l;

	assert_ok(forest_layer(f, id, &l, &err), &err);
	layer_unref(l);
}

static void forest__drops_the_longest_unused(void **state)
{
	struct db db = {0};
	_cleanup_(forest_freep) struct forest *f = new_forest(&db, MIB(1));

	(void)state;
	for (int64_t id = 1; id <= LAYERS; id++)
		use_layer(f, id);
	use_layer(f, 1);
	forest_trim(f, forest_memory(f) - 1);
	use_layer(f, 1);
	use_layer(f, 3);
	assert_int_equal(db.loads[1], 1);
	assert_int_equal(db.loads[3], 1);
	use_layer(f, 2);
	assert_int_equal(db.loads[2], 2);
}

static void forest__drops_nothing_that_is_held(void **state)
{
	struct db db = {0};
	_cleanup_(forest_freep) struct forest *f = new_forest(&db, MIB(1));
	struct tree *held = ask(f, 1, 2);
	size_t with_one, all;

	(void)state;
	with_one = forest_memory(f);
	tree_unref(ask(f, 2, 3));
	all = forest_memory(f);
	forest_trim(f, all - 1);
	assert_true(forest_memory(f) < all);
	/* Everything that nobody holds; layer 1 and 2 are under the tree that is held. */
	forest_trim(f, 0);
	assert_int_equal(forest_memory(f), with_one);
	assert_int_equal(tree_memory(held) + layer_memory(held->layers[0]) +
			     layer_memory(held->layers[1]),
			 with_one);
	tree_unref(held);
	forest_trim(f, 0);
	assert_int_equal(forest_memory(f), 0);
	assert_tree_is(ask(f, 1, 2), "./ 0\n1 =0\n2 =0\n");
	assert_int_equal(db.loads[1], 2);
}

static void forest__stays_under_its_cap(void **state)
{
	struct db db = {0};
	_cleanup_(forest_freep) struct forest *f = new_forest(&db, 1);
	struct tree *t = ask(f, 1, 2);

	(void)state;
	/* What is handed out stays good, whatever the cap. */
	assert_true(forest_memory(f) > 1);
	assert_tree_is(t, "./ 0\n1 =0\n2 =0\n");
	tree_unref(ask(f, 2, 1));
	forest_trim(f, 1);
	assert_int_equal(forest_memory(f), 0);
}

#define THREADS 8
#define ROUNDS  200

struct crowd {
	struct forest *f;
	pthread_barrier_t start;
	struct tree *got[THREADS];
	unsigned next;
};

static void *ask_together(void *arg)
{
	struct crowd *c = arg;
	unsigned me = __atomic_fetch_add(&c->next, 1, __ATOMIC_SEQ_CST);

	pthread_barrier_wait(&c->start);
	if (forest_tree(c->f, 1, 2, &c->got[me], NULL) < 0)
		c->got[me] = NULL;
	return NULL;
}

static void forest__a_crowd_loads_once(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct db db = {0};
		struct crowd c = {.f = new_forest(&db, MIB(1))};
		pthread_t threads[THREADS];

		pthread_barrier_init(&c.start, NULL, THREADS);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, ask_together, &c),
					 0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		for (int i = 0; i < THREADS; i++) {
			assert_non_null(c.got[i]);
			assert_ptr_equal(c.got[i], c.got[0]);
			if (i)
				tree_unref(c.got[i]);
		}
		tree_unref(c.got[0]);
		assert_int_equal(db.loads[1], 1);
		assert_int_equal(db.loads[2], 1);
		pthread_barrier_destroy(&c.start);
		forest_free(c.f);
	}
}

static void *ask_and_drop(void *arg)
{
	struct forest *f = arg;
	bool good = true;

	for (int i = 0; i < ROUNDS; i++) {
		struct tree *t;

		good = good && forest_tree(f, 1 + i % 2, 2, &t, NULL) == 0 && t->n > 1;
		if (good)
			tree_unref(t);
		forest_trim(f, 0);
	}
	return good ? f : NULL;
}

static void forest__dropping_and_asking_at_once(void **state)
{
	struct db db = {0};
	struct forest *f = new_forest(&db, MIB(1));
	pthread_t threads[THREADS];
	void *good;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_and_drop, f), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &good);
		assert_ptr_equal(good, f);
	}
	forest_trim(f, 0);
	assert_int_equal(forest_memory(f), 0);
	forest_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forest__trees_of_the_first_layers),
	    cmocka_unit_test(forest__same_tree_again),
	    cmocka_unit_test(forest__hashes_once_and_copies_once_a_generation),
	    cmocka_unit_test(forest__gone_is_stale),
	    cmocka_unit_test(forest__failed_loading_leaves_nothing),
	    cmocka_unit_test(forest__drops_the_longest_unused),
	    cmocka_unit_test(forest__drops_nothing_that_is_held),
	    cmocka_unit_test(forest__stays_under_its_cap),
	    cmocka_unit_test(forest__a_crowd_loads_once),
	    cmocka_unit_test(forest__dropping_and_asking_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
