/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "io/hash.h"

#define ABC     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void assert_hex(const unsigned char *raw, size_t n, const char *hex)
{
	char text[129];

	hex_encode(raw, n, text);
	assert_string_equal(text, hex);
}

static void hash__sha256_vectors(void **state)
{
	unsigned char raw[32];

	(void)state;
	sha256_of("abc", 3, raw);
	assert_hex(raw, 32, ABC);
	sha256_of("", 0, raw);
	assert_hex(raw, 32, NOTHING);
}

static void hash__sha256_streams_and_resets(void **state)
{
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	unsigned char raw[32];

	(void)state;
	assert_int_equal(sha256_new(&h), 0);
	sha256_update(h, "a", 1);
	sha256_update(h, "", 0);
	sha256_update(h, "bc", 2);
	sha256_final(h, raw);
	assert_hex(raw, 32, ABC);
	sha256_reset(h);
	sha256_final(h, raw);
	assert_hex(raw, 32, NOTHING);
	sha256_reset(h);
	sha256_update(h, "abc", 3);
	sha256_final(h, raw);
	assert_hex(raw, 32, ABC);
}

static void hash__digests_by_algorithm(void **state)
{
	struct digest d = digest_of(DIGEST_SHA256, BYTES("abc"));
	char text[DIGEST_TEXT_MAX];

	(void)state;
	assert_string_equal(digest_format(&d, text), "sha256:" ABC);
	d = digest_of(DIGEST_SHA512, BYTES("abc"));
	assert_string_equal(
	    digest_format(&d, text),
	    "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b5"
	    "5d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca4"
	    "9f");
	assert_int_equal(digest_of(DIGEST_NONE, BYTES("abc")).alg, DIGEST_NONE);
}

static void hash__xxh128_vectors(void **state)
{
	_cleanup_(xxh128_freep) struct xxh128 *h = NULL;
	unsigned char raw[16];

	(void)state;
	assert_int_equal(xxh128_new(&h), 0);
	xxh128_final(h, raw);
	assert_hex(raw, 16, "99aa06d3014798d86001c324468d497f");
	xxh128_reset(h);
	xxh128_update(h, "abc", 3); /* printf abc | xxhsum -H2 */
	xxh128_final(h, raw);
	assert_hex(raw, 16, "06b05ab6733a618578af5f94892f3950");
}

/* Pieces of any size, over the internal block of 256 bytes and its long-input path. */
static void hash__xxh128_streams_and_resets(void **state)
{
	_cleanup_(xxh128_freep) struct xxh128 *h = NULL;
	unsigned char data[5000], whole[16], parts[16];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * i >> 3);
	assert_int_equal(xxh128_new(&h), 0);
	xxh128_update(h, data, sizeof(data));
	xxh128_final(h, whole);
	xxh128_reset(h);
	for (size_t at = 0, n = 1; at < sizeof(data); at += n, n = n * 3 % 700 + 1)
		xxh128_update(h, data + at, MIN(n, sizeof(data) - at));
	xxh128_final(h, parts);
	assert_memory_equal(whole, parts, 16);
	data[4999] ^= 1;
	xxh128_reset(h);
	xxh128_update(h, data, sizeof(data));
	xxh128_final(h, parts);
	assert_memory_not_equal(whole, parts, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hash__sha256_vectors),
	    cmocka_unit_test(hash__sha256_streams_and_resets),
	    cmocka_unit_test(hash__digests_by_algorithm),
	    cmocka_unit_test(hash__xxh128_vectors),
	    cmocka_unit_test(hash__xxh128_streams_and_resets),
	};

	return cmocka_run_group_tests_name("io/hash", tests, NULL, NULL);
}
