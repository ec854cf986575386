/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/arena.h"

static void arena__copies_with_a_nul_behind(void **state)
{
	_cleanup_(arena_release) struct arena a = {0};
	char text[] = "abcd";
	char *p = arena_dup(&a, text, 3);

	(void)state;
	text[0] = 'x';
	assert_string_equal(p, "abc");
}

static void arena__strings_never_move(void **state)
{
	enum { N = 50000 };
	_cleanup_(arena_release) struct arena a = {0};
	_cleanup_free_ char **kept = calloc(N, sizeof(*kept));

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		kept[i] = arena_dup(&a, &i, sizeof(i));
		assert_non_null(kept[i]);
	}
	for (uint32_t i = 0; i < N; i++) {
		assert_memory_equal(kept[i], &i, sizeof(i));
		assert_int_equal(kept[i][sizeof(i)], 0);
	}
	assert_true(a.total >= N * (sizeof(uint32_t) + 1));
	assert_true(a.total < 2 * N * (sizeof(uint32_t) + 1));
}

static void arena__takes_strings_larger_than_a_block(void **state)
{
	_cleanup_(arena_release) struct arena a = {0};
	_cleanup_free_ char *big = malloc(300000);
	char *small, *copy;

	(void)state;
	memset(big, 'b', 300000);
	small = arena_dup(&a, "x", 1);
	copy = arena_dup(&a, big, 300000);
	assert_memory_equal(copy, big, 300000);
	assert_int_equal(copy[300000], 0);
	assert_string_equal(small, "x");
	assert_string_equal(arena_dup(&a, "y", 1), "y");
}

/* The NUL must have its place when the string alone fills the block. */
static void arena__fills_a_block_to_the_last_byte(void **state)
{
	_cleanup_(arena_release) struct arena a = {0};
	_cleanup_free_ char *text = calloc(1, 65536);

	(void)state;
	assert_non_null(arena_dup(&a, text, 65535));
	assert_int_equal(a.total, 65536);
	assert_non_null(arena_dup(&a, "", 0));
	assert_int_equal(a.total, 2 * 65536);
	assert_non_null(arena_dup(&a, text, 65536));
}

static void arena__empty_strings_and_bytes(void **state)
{
	_cleanup_(arena_release) struct arena a = {0};
	struct bytes b = arena_bytes(&a, BYTES_NULL);

	(void)state;
	assert_string_equal(arena_dup(&a, NULL, 0), "");
	assert_non_null(b.ptr);
	assert_int_equal(b.len, 0);
	b = arena_bytes(&a, BYTES("a\0b"));
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.ptr, "a\0b", 4);
}

static void arena__impossible_sizes_are_out_of_memory(void **state)
{
	_cleanup_(arena_release) struct arena a = {0};

	(void)state;
	assert_null(arena_dup(&a, "", SIZE_MAX));
	assert_null(arena_dup(&a, "", SIZE_MAX - 1));
	assert_null(arena_bytes(&a, bytes_make("", SIZE_MAX - 8)).ptr);
	assert_int_equal(a.total, 0);
}

static void arena__release_leaves_an_empty_one(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_non_null(arena_dup(&a, "x", 1));
	arena_release(&a);
	assert_null(a.head);
	assert_int_equal(a.total, 0);
	arena_release(&a);
	assert_string_equal(arena_dup(&a, "y", 1), "y");
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arena__copies_with_a_nul_behind),
	    cmocka_unit_test(arena__strings_never_move),
	    cmocka_unit_test(arena__takes_strings_larger_than_a_block),
	    cmocka_unit_test(arena__fills_a_block_to_the_last_byte),
	    cmocka_unit_test(arena__empty_strings_and_bytes),
	    cmocka_unit_test(arena__impossible_sizes_are_out_of_memory),
	    cmocka_unit_test(arena__release_leaves_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
