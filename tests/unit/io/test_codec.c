/* SPDX-License-Identifier: MIT */
/* What all decoders have in common. */
#include "test.h"

#include "streams.h"

static void codec__detects_by_magic(void **state)
{
	static const struct {
		struct bytes bytes;
		enum codec want;
	} cases[] = {
	    {BYTES(""), CODEC_NONE},
	    {BYTES("\x1f"), CODEC_NONE},
	    {BYTES("\x1f\x8b"), CODEC_GZIP},
	    {BYTES("\x1f\x8b\x08\0\0\0\0\0"), CODEC_GZIP},
	    {BYTES("\x1f\x8c\x08\0\0\0\0\0"), CODEC_NONE},
	    {BYTES("\x28\xb5\x2f"), CODEC_NONE},
	    {BYTES("\x28\xb5\x2f\xfd"), CODEC_ZSTD},
	    {BYTES("\x50\x2a\x4d\x18"), CODEC_ZSTD},
	    {BYTES("\x5f\x2a\x4d\x18\0\0\0\0"), CODEC_ZSTD},
	    {BYTES("\x4f\x2a\x4d\x18"), CODEC_NONE},
	    {BYTES("\x60\x2a\x4d\x18"), CODEC_NONE},
	    {BYTES("\x50\x2a\x4d"), CODEC_NONE},
	    {BYTES("\xfd"
		   "7zXZ"),
	     CODEC_NONE},
	    {BYTES("\xfd"
		   "7zXZ\0"),
	     CODEC_XZ},
	    {BYTES("\xfd"
		   "7zXZ\1\0\0"),
	     CODEC_NONE},
	    {BYTES("BZ"), CODEC_NONE},
	    {BYTES("BZh9"), CODEC_BZIP2},
	    {BYTES("etc/pass"), CODEC_NONE},
	    {BYTES("\0\0\0\0\0\0\0\0"), CODEC_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (codec_detect(cases[i].bytes.ptr, cases[i].bytes.len) != cases[i].want)
			fail_msg("case %zu", i);
}

static void codec__names_go_both_ways(void **state)
{
	static const char *const names[] = {"none", "gzip", "zstd", "xz", "bzip2"};
	enum codec c = CODEC_ZSTD;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_string_equal(codec_name((enum codec)i), names[i]);
		assert_true(codec_from_name(bytes_from_str(names[i]), &c));
		assert_int_equal(c, i);
	}
	assert_false(codec_from_name(BYTES(""), &c));
	assert_false(codec_from_name(BYTES("gz"), &c));
	assert_false(codec_from_name(BYTES("gzip\0"), &c));
	assert_false(codec_from_name(BYTES("GZIP"), &c));
}

static void codec__bzip2_says_what_to_do(void **state)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    stream_decode(BYTES("BZh91AY&SY"), CODEC_BZIP2, NULL, 100, &out, NULL, &err),
	    -ENOTSUP);
	assert_non_null(strstr(err.msg, "bunzip2"));
}

/* ---- one stream of every codec ---- */

static void encode(struct buf *out, struct bytes plain, enum codec codec)
{
	const struct gzip_how how = {.level = 6};

	switch (codec) {
	case CODEC_GZIP:
		stream_gzip(out, plain, &how);
		break;
	case CODEC_ZSTD:
		stream_zstd(out, plain, 0);
		break;
	case CODEC_XZ:
		stream_xz(out, plain);
		break;
	default:
		buf_add_bytes(out, plain);
	}
}

static const enum codec all[] = {CODEC_NONE, CODEC_GZIP, CODEC_ZSTD, CODEC_XZ};

static void on_input(void *arg, const void *p, size_t n)
{
	buf_add(arg, p, n);
}

static void codec__on_input_sees_every_byte_in_order(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;

	(void)state;
	stream_plain(&plain, 1500000, 11);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		_cleanup_(buf_release) struct buf stored = BUF_INIT, seen = BUF_INIT,
						  out = BUF_INIT;
		const struct decoder_opts opts = {.on_input = on_input, .arg = &seen};
		struct err err = ERR_INIT;

		encode(&stored, buf_bytes(&plain), all[i]);
		if (all[i] == CODEC_GZIP || all[i] == CODEC_ZSTD)
			stream_zeros(&stored, 400000); /* trailing bytes are stored, too */
		assert_int_equal(codec_detect(stored.ptr, stored.len), all[i]);
		assert_ok(
		    stream_decode(buf_bytes(&stored), all[i], &opts, 77777, &out, NULL, &err),
		    &err);
		stream_check_equal(buf_bytes(&out), buf_bytes(&plain));
		stream_check_equal(buf_bytes(&seen), buf_bytes(&stored));
	}
}

/* decoder_read is short only at the end, and gives 0 ever after. */
static void codec__reads_are_full_until_the_end(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;

	(void)state;
	stream_plain(&plain, 1000003, 12);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		_cleanup_(buf_release) struct buf stored = BUF_INIT;
		_cleanup_(source_unrefp) struct source *src = NULL;
		_cleanup_(decoder_freep) struct decoder *d = NULL;
		_cleanup_free_ char *buf = malloc(10000);
		struct err err = ERR_INIT;
		size_t got;

		encode(&stored, buf_bytes(&plain), all[i]);
		assert_ok(source_open_memory(buf_bytes(&stored), &src, &err), &err);
		assert_ok(decoder_open(src, all[i], NULL, &d, &err), &err);
		source_unref(steal_ptr(&src)); /* the decoder has its own */
		for (size_t at = 0; at < plain.len; at += got) {
			assert_ok(decoder_read(d, buf, 10000, &got, &err), &err);
			assert_int_equal(got, MIN((size_t)10000, plain.len - at));
			assert_memory_equal(buf, plain.ptr + at, got);
		}
		for (int k = 0; k < 3; k++) {
			assert_ok(decoder_read(d, buf, 10000, &got, &err), &err);
			assert_int_equal(got, 0);
			assert_int_equal(decoder_trailing(d), 0);
		}
	}
}

/* A bit turned over in the middle is found, or the bytes come out right. */
static void codec__damage_is_never_silent(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;
	struct rng rng = rng_printed();

	(void)state;
	stream_plain(&plain, 60000, 13);
	for (size_t i = 1; i < ARRAY_SIZE(all); i++) {
		_cleanup_(buf_release) struct buf stored = BUF_INIT;

		encode(&stored, buf_bytes(&plain), all[i]);
		for (int k = 0; k < 300; k++) {
			_cleanup_(buf_release) struct buf out = BUF_INIT;
			size_t at = (size_t)rng_below(&rng, stored.len);
			char bit = (char)(1 << rng_below(&rng, 8));
			struct err err = ERR_INIT;
			int r;

			stored.ptr[at] ^= bit;
			r = stream_decode(buf_bytes(&stored), all[i], NULL, 1 << 16, &out, NULL,
					  &err);
			stored.ptr[at] ^= bit;
			if (r == 0)
				stream_check_equal(buf_bytes(&out), buf_bytes(&plain));
			else if (r != -EBADMSG && r != -EFBIG)
				fail_msg("%s, byte %zu: %d", codec_name(all[i]), at, r);
		}
	}
}

/* ---- limits ---- */

static int decode_to_nowhere(struct bytes stored, enum codec codec, const struct limits *limits,
			     uint64_t *ret_n, struct err *err)
{
	_cleanup_(source_unrefp) struct source *src = NULL;
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	const struct decoder_opts opts = {.limits = limits};
	_cleanup_free_ char *sink = malloc(1 << 20);
	size_t got = 1;
	int r = source_open_memory(stored, &src, err);

	*ret_n = 0;
	if (r == 0)
		r = decoder_open(src, codec, &opts, &d, err);
	while (r == 0 && got) {
		r = decoder_read(d, sink, 1 << 20, &got, err);
		*ret_n += got;
	}
	return r;
}

static void codec__layer_bytes(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;

	(void)state;
	stream_plain(&plain, 500000, 14);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		_cleanup_(buf_release) struct buf stored = BUF_INIT;
		struct limits limits = LIMITS_DEFAULT;
		struct err err = ERR_INIT;
		uint64_t n;

		encode(&stored, buf_bytes(&plain), all[i]);
		limits.layer_bytes = plain.len;
		assert_ok(decode_to_nowhere(buf_bytes(&stored), all[i], &limits, &n, &err),
			  &err);
		limits.layer_bytes = plain.len - 1;
		assert_int_equal(
		    decode_to_nowhere(buf_bytes(&stored), all[i], &limits, &n, &err), -EFBIG);
		assert_non_null(strstr(err.msg, "limit layer-bytes"));
		assert_true(n <= plain.len + (1 << 20));
	}
}

/* 300 MiB of zeros, made without holding them. */
static void add_zero_members(struct buf *out, enum codec codec, int n)
{
	_cleanup_(buf_release) struct buf zeros = BUF_INIT, member = BUF_INIT;

	stream_zeros(&zeros, MIB(10));
	encode(&member, buf_bytes(&zeros), codec);
	for (int i = 0; i < n; i++)
		buf_add_bytes(out, buf_bytes(&member));
	assert_int_equal(buf_status(out), 0);
}

static void codec__ratio_counts_past_256_mib(void **state)
{
	static const struct {
		enum codec codec;
		uint64_t ratio;
		int members, want;
	} cases[] = {
	    {CODEC_GZIP, 2000, 30, 0}, /* deflate cannot do more than 1032 */
	    {CODEC_GZIP, 500, 30, -EFBIG},  {CODEC_GZIP, 500, 25, 0}, /* 250 MiB */
	    {CODEC_ZSTD, 2000, 30, -EFBIG}, {CODEC_ZSTD, 1000000, 30, 0},
	    {CODEC_XZ, 2000, 30, -EFBIG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(buf_release) struct buf stored = BUF_INIT;
		struct limits limits = LIMITS_DEFAULT;
		struct err err = ERR_INIT;
		uint64_t n;
		int r;

		limits.ratio = cases[i].ratio;
		add_zero_members(&stored, cases[i].codec, cases[i].members);
		r = decode_to_nowhere(buf_bytes(&stored), cases[i].codec, &limits, &n, &err);
		if (r != cases[i].want)
			fail_msg("case %zu: %d: %s", i, r, err.msg);
		if (r < 0)
			assert_non_null(strstr(err.msg, "limit ratio"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codec__detects_by_magic),
	    cmocka_unit_test(codec__names_go_both_ways),
	    cmocka_unit_test(codec__bzip2_says_what_to_do),
	    cmocka_unit_test(codec__on_input_sees_every_byte_in_order),
	    cmocka_unit_test(codec__reads_are_full_until_the_end),
	    cmocka_unit_test(codec__damage_is_never_silent),
	    cmocka_unit_test(codec__layer_bytes),
	    cmocka_unit_test(codec__ratio_counts_past_256_mib),
	};

	return cmocka_run_group_tests_name("io/codec", tests, NULL, NULL);
}
