/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "util/digest.h"

#include <string.h>

#define HEX32 "0123456789abcdef0123456789abcdef"
#define S256  "sha256:" HEX32 HEX32
#define S512  "sha512:" HEX32 HEX32 HEX32 HEX32

static void digest__both_algorithms_there_and_back(void **state)
{
	static const char *const texts[] = {S256, S512};
	char out[DIGEST_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct err err = ERR_INIT;
		struct digest d;

		assert_ok(digest_parse(bytes_from_str(texts[i]), &d, &err), &err);
		assert_string_equal(digest_format(&d, out), texts[i]);
		assert_string_equal(digest_hex(&d, out), texts[i] + 7);
		assert_int_equal(d.raw[1], 0x23);
	}
}

static void refused(struct bytes text, const char *why)
{
	struct digest d = {.alg = DIGEST_SHA512};
	struct err err = ERR_INIT;

	assert_int_equal(digest_parse(text, &d, &err), -EINVAL);
	if (!strstr(err.msg, why))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, why);
	assert_int_equal(d.alg, DIGEST_SHA512); /* untouched */
}

static void digest__a_path_is_no_digest(void **state)
{
	(void)state;
	refused(BYTES("sha256:../../../../etc/passwd"), "not lower-case hex");
	refused(BYTES("sha256:" HEX32 "/../" HEX32), "not lower-case hex");
	refused(BYTES("sha256:" HEX32 HEX32 "/"), "not lower-case hex");
	refused(BYTES("../sha256:" HEX32 HEX32), "algorithm other than");
}

static void digest__wrong_lengths(void **state)
{
	(void)state;
	refused(BYTES("sha256:"), "right length");
	refused(BYTES("sha256:" HEX32), "right length");
	refused(BYTES("sha256:" HEX32 HEX32 "0"), "right length");
	refused(BYTES("sha512:" HEX32 HEX32), "right length");
	refused(BYTES("sha256:" HEX32 HEX32 HEX32 HEX32), "right length");
}

static void digest__wrong_digits(void **state)
{
	(void)state;
	refused(BYTES("sha256:" HEX32 "0123456789ABCDEF0123456789ABCDEF"), "lower-case");
	refused(BYTES("sha256:" HEX32 "0123456789abcdef0123456789abcdeg"), "lower-case");
	refused(BYTES("sha256:" HEX32 "0123456789abcdef0123456789abcde\n"), "lower-case");
	refused(BYTES("sha256:" HEX32 "0123456789abcdef0123456789abcde\0"), "lower-case");
	refused(BYTES("sha256:" HEX32 " 123456789abcdef0123456789abcdef"), "lower-case");
}

static void digest__wrong_algorithms(void **state)
{
	(void)state;
	refused(BYTES("md5:0123"), "other than sha256 or sha512");
	refused(BYTES("SHA256:" HEX32 HEX32), "other than");
	refused(BYTES(":" HEX32 HEX32), "other than");
	refused(BYTES(HEX32 HEX32), "has no algorithm");
	refused(BYTES(""), "has no algorithm");
	refused(BYTES_NULL, "has no algorithm");
}

static void digest__messages_show_no_raw_bytes(void **state)
{
	struct digest d;
	struct err err = ERR_INIT;
	char big[4000];

	(void)state;
	assert_int_equal(digest_parse(BYTES("a\n\x1b[31m"), &d, &err), -EINVAL);
	assert_string_equal(err.msg, "digest \"a\\n\\x1b[31m\" has no algorithm");
	memset(big, 'x', sizeof(big));
	assert_int_equal(digest_parse(bytes_make(big, sizeof(big)), &d, &err), -EINVAL);
	assert_true(strlen(err.msg) < 250);
	assert_non_null(strstr(err.msg, "has no algorithm"));
}

static void digest__none_is_empty_text(void **state)
{
	struct digest d = {0};
	char out[DIGEST_TEXT_MAX] = "x";

	(void)state;
	assert_string_equal(digest_format(&d, out), "");
	assert_string_equal(digest_hex(&d, out), "");
	assert_int_equal(digest_raw_len(DIGEST_NONE), 0);
	assert_int_equal(digest_raw_len(DIGEST_SHA256), 32);
	assert_int_equal(digest_raw_len(DIGEST_SHA512), 64);
	assert_string_equal(digest_alg_name(DIGEST_SHA512), "sha512");
}

static void digest__equal_means_algorithm_and_bytes(void **state)
{
	unsigned char raw[32] = {1, 2, 3};
	struct digest a = digest_sha256(raw), b = a, c = a;

	(void)state;
	b.raw[31] ^= 1;
	c.alg = DIGEST_SHA512;
	assert_true(digest_equal(&a, &a));
	assert_false(digest_equal(&a, &b));
	assert_false(digest_equal(&a, &c));
	b = a;
	b.raw[40] = 9; /* behind what sha256 has */
	assert_true(digest_equal(&a, &b));
}

static void digest__hex_of_bytes(void **state)
{
	char out[9];

	(void)state;
	hex_encode("\x00\x0f\xf0\xff", 4, out);
	assert_string_equal(out, "000ff0ff");
	hex_encode("", 0, out);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digest__both_algorithms_there_and_back),
	    cmocka_unit_test(digest__a_path_is_no_digest),
	    cmocka_unit_test(digest__wrong_lengths),
	    cmocka_unit_test(digest__wrong_digits),
	    cmocka_unit_test(digest__wrong_algorithms),
	    cmocka_unit_test(digest__messages_show_no_raw_bytes),
	    cmocka_unit_test(digest__none_is_empty_text),
	    cmocka_unit_test(digest__equal_means_algorithm_and_bytes),
	    cmocka_unit_test(digest__hex_of_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
