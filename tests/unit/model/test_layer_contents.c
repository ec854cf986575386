/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/layer_contents.h"

#include <stdio.h>
#include <time.h>

static struct layer_contents *get(struct bx *x, struct layer_contents_cache *c, int64_t layer)
{
	struct layer_contents *ret;

	assert_ok(layer_contents_get(c, x->db, layer, &ret, &x->err), &x->err);
	return ret;
}

static void layer_contents__equal_files_are_one_element(void **state)
{
	struct bx *x = *state;
	struct layer_contents_cache cache = {.bytes = 0};
	int64_t layer = bx_layer(x, "sha256:1", "a=5:1@7 b=5:1@7 c=5:1@9 d=6:2@7 empty=0:3@7");
	struct layer_contents *c = get(x, &cache, layer);
	uint64_t files = 0, twice = 0, of_one = 0;

	assert_int_equal(c->by.n, 3);
	for (size_t i = 0; i < c->by.n; i++) {
		files += c->by.v[i].files;
		twice += c->by.v[i].files == 2 && c->by.v[i].mtime == 7;
		of_one += c->by.v[i].size == 5;
		if (i)
			assert_true(content_cmp(&c->by.v[i - 1], &c->by.v[i]) <= 0);
	}
	assert_int_equal(files, 4);
	assert_int_equal(twice, 1);
	assert_int_equal(of_one, 2);
	layer_contents_unref(c);
	layer_contents_cache_release(&cache);
}

static void layer_contents__seek_is_a_walk(void **state)
{
	unsigned seed = (unsigned)time(NULL);
	struct layer_contents in = {.refs = 1};

	(void)state;
	print_message("# seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 200; round++) {
		size_t n = (size_t)rand() % 40, from, want;
		struct content wanted = {.size = 1};

		in.by.n = 0;
		for (size_t i = 0; i < n; i++) {
			struct content c = {.size = 1};

			c.key[0] = (unsigned char)(i / 2 * 3);
			assert_int_equal(content_vec_push(&in.by, c), 0);
		}
		wanted.key[0] = (unsigned char)(rand() % 64);
		from = n ? (size_t)rand() % n : 0;
		for (want = from; want < n && content_cmp(&in.by.v[want], &wanted) < 0; want++)
			;
		assert_int_equal(layer_contents_seek(&in, from, &wanted), want);
	}
	content_vec_release(&in.by);
}

/* What was dropped to make room is there again when it is asked for, and stays with who has it.
 */
static void layer_contents__a_full_cache_forgets_the_oldest(void **state)
{
	struct bx *x = *state;
	struct layer_contents_cache cache = {.bytes = 0};
	int64_t layers[3] = {bx_layer(x, "sha256:1", "a=1:1@1"),
			     bx_layer(x, "sha256:2", "a=2:2@1"),
			     bx_layer(x, "sha256:3", "a=3:3@1")};
	struct layer_contents *held = get(x, &cache, layers[0]);

	layer_contents_unref(get(x, &cache, layers[1]));
	layer_contents_unref(get(x, &cache, layers[0])); /* used later than layers[1] */
	assert_int_equal(cache.layers.n, 2);
	cache.bytes += LAYER_CONTENTS_CACHE_BYTES - cache.bytes; /* full */
	layer_contents_unref(get(x, &cache, layers[2]));
	assert_int_equal(cache.layers.n, 2);
	assert_true(cache.layers.v[0].layer == layers[0] &&
		    cache.layers.v[1].layer == layers[2]);
	cache.bytes = LAYER_CONTENTS_CACHE_BYTES;
	layer_contents_unref(get(x, &cache, layers[1]));
	assert_int_equal(held->by.v[0].size, 1);
	layer_contents_unref(held);
	layer_contents_cache_release(&cache);
}

static void layer_contents__a_layer_that_cannot_be_read(void **state)
{
	struct bx *x = *state;
	struct layer_contents_cache cache = {.bytes = 0};
	struct layer_contents *c = get(x, &cache, 12345);

	assert_int_equal(c->by.n, 0); /* none of that number */
	layer_contents_unref(c);
	layer_contents_cache_release(&cache);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bx_setup, bx_teardown)
	    TEST(layer_contents__equal_files_are_one_element),
	    TEST(layer_contents__seek_is_a_walk),
	    TEST(layer_contents__a_full_cache_forgets_the_oldest),
	    TEST(layer_contents__a_layer_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
