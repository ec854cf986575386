/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "streams.h"

struct fixture {
	struct buf plain, stored, out;
	struct limits limits;
	uint64_t trailing;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stream_plain(&f->plain, 600000, 31);
	f->limits = LIMITS_DEFAULT;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	buf_release(&f->plain);
	buf_release(&f->stored);
	buf_release(&f->out);
	free(f);
	return 0;
}

static int decode(struct fixture *f)
{
	const struct decoder_opts opts = {.limits = &f->limits};

	buf_clear(&f->out);
	return stream_decode(buf_bytes(&f->stored), CODEC_ZSTD, &opts, 30000, &f->out,
			     &f->trailing, &f->err);
}

static void assert_decodes(struct fixture *f)
{
	assert_ok(decode(f), &f->err);
	stream_check_equal(buf_bytes(&f->out), buf_bytes(&f->plain));
}

static void codec_zstd__frames_and_skippable_frames(void **state)
{
	static const char *const orders[] = {"D",   "AB",  "sAB", "AsB",  "ABs",   "sAssBs",
					     "AeB", "eAB", "ABe", "seAB", "ssssAB"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		buf_clear(&f->stored);
		for (const char *p = orders[i]; *p; p++) {
			if (*p == 's')
				stream_skippable(&f->stored, 300000);
			else if (*p == 'e')
				stream_zstd(&f->stored, BYTES(""), 0);
			else if (*p == 'A')
				stream_zstd(&f->stored, stream_part(&f->plain, 0, 200000), 0);
			else if (*p == 'B')
				stream_zstd(&f->stored, stream_part(&f->plain, 200000, 400000),
					    0);
			else
				stream_zstd(&f->stored, buf_bytes(&f->plain), 0);
		}
		assert_decodes(f);
		assert_int_equal(f->trailing, 0);
	}
}

static void codec_zstd__only_skippable_frames_are_empty(void **state)
{
	struct fixture *f = *state;

	stream_skippable(&f->stored, 10);
	stream_skippable(&f->stored, 0);
	assert_ok(decode(f), &f->err);
	assert_int_equal(f->out.len, 0);
	assert_int_equal(f->trailing, 0);
}

static void codec_zstd__trailing_bytes_are_counted(void **state)
{
	static const size_t sizes[] = {1, 3, 4, 5, 500, 700000};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		buf_clear(&f->stored);
		stream_zstd(&f->stored, buf_bytes(&f->plain), 0);
		stream_zeros(&f->stored, sizes[i]);
		assert_decodes(f);
		assert_int_equal(f->trailing, sizes[i]);
	}
}

static void codec_zstd__no_frame_at_the_beginning_is_damage(void **state)
{
	static const struct bytes bad[] = {BYTES(""), BYTES("("), BYTES("\x28\xb5\x2f"),
					   BYTES("hello, world"), BYTES("\0\0\0\0\0\0\0\0")};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		buf_clear(&f->stored);
		buf_add_bytes(&f->stored, bad[i]);
		if (decode(f) != -EBADMSG)
			fail_msg("case %zu", i);
	}
	/* Behind an empty frame or a skippable one, too, what follows is trailing. */
	buf_clear(&f->stored);
	stream_skippable(&f->stored, 10);
	buf_add_str(&f->stored, "hello, world");
	assert_ok(decode(f), &f->err);
	assert_int_equal(f->trailing, 12);
}

static void codec_zstd__truncated(void **state)
{
	struct fixture *f = *state;

	stream_zstd(&f->stored, stream_part(&f->plain, 0, 60000), 0);
	stream_check_truncated(buf_bytes(&f->stored), CODEC_ZSTD, 100);
	stream_check_truncated(stream_part(&f->stored, 0, 40), CODEC_ZSTD, 1);
	buf_clear(&f->stored);
	stream_skippable(&f->stored, 1000);
	stream_check_truncated(buf_bytes(&f->stored), CODEC_ZSTD, 100);
	buf_clear(&f->stored);
	stream_zstd(&f->stored, stream_part(&f->plain, 0, 60000), 0);
	f->stored.len--;
	assert_int_equal(decode(f), -EBADMSG);
}

static void codec_zstd__wrong_checksum(void **state)
{
	struct fixture *f = *state;

	stream_zstd(&f->stored, buf_bytes(&f->plain), 0);
	f->stored.ptr[f->stored.len - 1] ^= 1;
	assert_int_equal(decode(f), -EBADMSG);
	assert_non_null(strstr(f->err.msg, "zstd: "));
}

static void codec_zstd__window_limit(void **state)
{
	struct fixture *f = *state;

	stream_zstd(&f->stored, buf_bytes(&f->plain), 23);
	f->limits.zstd_window = MIB(8);
	assert_decodes(f);
	f->limits.zstd_window = MIB(8) - 1;
	assert_int_equal(decode(f), -EFBIG);
	assert_non_null(strstr(f->err.msg, "limit zstd-window"));
	buf_clear(&f->stored);
	f->limits = LIMITS_DEFAULT;
	stream_zstd(&f->stored, stream_part(&f->plain, 0, 1000), 28); /* 256 MiB */
	assert_int_equal(decode(f), -EFBIG);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(codec_zstd__frames_and_skippable_frames),
	    T(codec_zstd__only_skippable_frames_are_empty),
	    T(codec_zstd__trailing_bytes_are_counted),
	    T(codec_zstd__no_frame_at_the_beginning_is_damage),
	    T(codec_zstd__truncated),
	    T(codec_zstd__wrong_checksum),
	    T(codec_zstd__window_limit),
	};

	return cmocka_run_group_tests_name("io/codec_zstd", tests, NULL, NULL);
}
