/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/hashing.h"
#include "io/hash.h"

/* Hashes of the same bytes in one piece. */
static void expect_of(const void *p, size_t n, const unsigned char xxh[16],
		      const unsigned char sha[32])
{
	unsigned char want_xxh[16], want_sha[32];
	struct xxh128 *h;

	sha256_of(p, n, want_sha);
	assert_memory_equal(sha, want_sha, 32);
	assert_int_equal(xxh128_new(&h), 0);
	xxh128_update(h, p, n);
	xxh128_final(h, want_xxh);
	xxh128_free(h);
	assert_memory_equal(xxh, want_xxh, 16);
}

static void hashing__pieces_and_holes_hash_as_the_reader_sees_them(void **state)
{
	_cleanup_(hashing_freep) struct hashing *h = NULL;
	_cleanup_free_ char *content = calloc(1, 200000);
	unsigned char xxh[16], sha[32];
	struct err err = ERR_INIT;

	(void)state;
	memset(content + 70000, 'x', 10);
	memset(content + 70010, 'y', 5);
	assert_ok(hashing_new(&h, &err), &err);
	hashing_begin(h, 200000, 15);
	hashing_data(h, content + 70000, 10, 70000);
	hashing_data(h, content + 70010, 5, 70010);
	assert_true(hashing_end(h, xxh, sha));
	expect_of(content, 200000, xxh, sha);
	/* The next file starts anew. */
	hashing_begin(h, 3, 3);
	hashing_data(h, "abc", 3, 0);
	assert_true(hashing_end(h, xxh, sha));
	expect_of("abc", 3, xxh, sha);
}

static void hashing__leaves_out_empty_files_and_huge_holes(void **state)
{
	_cleanup_(hashing_freep) struct hashing *h = NULL;
	unsigned char xxh[16], sha[32];
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(hashing_new(&h, &err), &err);
	hashing_begin(h, 0, 0);
	assert_false(hashing_end(h, xxh, sha));
	hashing_begin(h, UINT64_C(1) << 60, 3);
	hashing_data(h, "abc", 3, 0);
	assert_false(hashing_end(h, xxh, sha));
}

static void hashing__refuses_pieces_that_do_not_fit(void **state)
{
	_cleanup_(hashing_freep) struct hashing *h = NULL;
	unsigned char xxh[16], sha[32];
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(hashing_new(&h, &err), &err);
	hashing_begin(h, 4, 4);
	hashing_data(h, "abcdef", 6, 0);
	assert_false(hashing_end(h, xxh, sha));
	hashing_begin(h, 4, 4);
	hashing_data(h, "abc", 3, 0);
	hashing_data(h, "c", 1, 2);
	assert_false(hashing_end(h, xxh, sha));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashing__pieces_and_holes_hash_as_the_reader_sees_them),
	    cmocka_unit_test(hashing__leaves_out_empty_files_and_huge_holes),
	    cmocka_unit_test(hashing__refuses_pieces_that_do_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
