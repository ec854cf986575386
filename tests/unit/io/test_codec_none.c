/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "io/input.h"
#include "streams.h"

static void codec_none__gives_the_bytes(void **state)
{
	static const size_t sizes[] = {0, 1, 511, INPUT_PIECE, INPUT_PIECE + 1, 1000000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_(buf_release) struct buf plain = BUF_INIT, out = BUF_INIT;
		struct err err = ERR_INIT;
		uint64_t trailing = 9;

		stream_plain(&plain, sizes[i], i);
		assert_ok(stream_decode(buf_bytes(&plain), CODEC_NONE, NULL, 4097, &out,
					&trailing, &err),
			  &err);
		stream_check_equal(buf_bytes(&out), buf_bytes(&plain));
		assert_int_equal(trailing, 0);
	}
}

/* Whatever it looks like: nothing is detected here. */
static void codec_none__does_not_look_inside(void **state)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(
	    stream_decode(BYTES("\x1f\x8b\x08junk"), CODEC_NONE, NULL, 100, &out, NULL, &err),
	    &err);
	assert_bytes_equal_str(out, "\x1f\x8b\x08junk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codec_none__gives_the_bytes),
	    cmocka_unit_test(codec_none__does_not_look_inside),
	};

	return cmocka_run_group_tests_name("io/codec_none", tests, NULL, NULL);
}
