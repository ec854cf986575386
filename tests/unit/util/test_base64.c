/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "util/base64.h"

/* RFC 4648 section 10. */
static void base64__vectors_of_the_rfc(void **state)
{
	static const struct {
		const char *text, *want;
	} vectors[] = {
	    {"", ""},
	    {"Zg==", "f"},
	    {"Zm8=", "fo"},
	    {"Zm9v", "foo"},
	    {"Zm9vYg==", "foob"},
	    {"Zm9vYmE=", "fooba"},
	    {"Zm9vYmFy", "foobar"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		_cleanup_(buf_release) struct buf out = BUF_INIT;

		assert_int_equal(base64_decode(bytes_from_str(vectors[i].text), &out), 0);
		assert_int_equal(out.len, strlen(vectors[i].want));
		assert_string_equal(buf_str(&out), vectors[i].want);
	}
}

static void base64__every_value_of_the_alphabet(void **state)
{
	static const char text[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(base64_decode(bytes_from_str(text), &out), 0);
	assert_int_equal(out.len, 48);
	for (size_t v = 0; v < 64; v++) {
		size_t bit = v * 6;
		unsigned two = (unsigned)(unsigned char)out.ptr[bit / 8] << 8;

		if (bit / 8 + 1 < out.len)
			two |= (unsigned char)out.ptr[bit / 8 + 1];
		assert_int_equal(two >> (10 - bit % 8) & 63, v);
	}
}

static void base64__is_appended(void **state)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_str(&out, "bar"), 0);
	assert_int_equal(base64_decode(BYTES("AP8="), &out), 0);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.ptr, "bar\0\xff", 6);
}

static void base64__anything_else_is_refused(void **state)
{
	static const struct bytes bad[] = {
	    BYTES("Z"),
	    BYTES("Zg"),
	    BYTES("Zg="),
	    BYTES("Zm9vY"),
	    BYTES("===="),
	    BYTES("Z==="),
	    BYTES("Zg==Zg=="),
	    BYTES("Z=g="),
	    BYTES("=Zg="),
	    BYTES("Zm9v\n"),
	    BYTES("Zm9v\nYmF"),
	    BYTES(" Zm9vYm "),
	    BYTES("Zm9v    "),
	    BYTES("Zm-_"),
	    BYTES("Zm9\0"),
	    BYTES("Zm\xff"
		  "v"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(buf_release) struct buf out = BUF_INIT;

		assert_int_equal(buf_add_str(&out, "kept"), 0);
		if (base64_decode(bad[i], &out) != -EINVAL)
			fail_msg("case %zu is taken", i);
		assert_string_equal(buf_str(&out), "kept");
		assert_int_equal(out.len, 4);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base64__vectors_of_the_rfc),
	    cmocka_unit_test(base64__every_value_of_the_alphabet),
	    cmocka_unit_test(base64__is_appended),
	    cmocka_unit_test(base64__anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
