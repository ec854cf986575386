/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "streams.h"

#include <zlib.h>

struct fixture {
	struct buf plain, stored, out;
	struct seekpoints points;
	uint64_t trailing;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stream_plain(&f->plain, 900000, 41);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	buf_release(&f->plain);
	buf_release(&f->stored);
	buf_release(&f->out);
	seekpoints_release(&f->points);
	free(f);
	return 0;
}

static int decode(struct fixture *f, uint64_t spacing)
{
	struct decoder_opts opts = {.spacing = spacing, .points = spacing ? &f->points : NULL};

	buf_clear(&f->out);
	seekpoints_release(&f->points);
	return stream_decode(buf_bytes(&f->stored), CODEC_GZIP, &opts, 30001, &f->out,
			     &f->trailing, &f->err);
}

static void assert_decodes(struct fixture *f, uint64_t spacing)
{
	assert_ok(decode(f, spacing), &f->err);
	stream_check_equal(buf_bytes(&f->out), buf_bytes(&f->plain));
}

static const struct gzip_how hows[] = {
    {.level = 0},
    {.level = 1},
    {.level = 6},
    {.level = 9},
    {.level = 6, .strategy = Z_FIXED},
    {.level = 6, .strategy = Z_HUFFMAN_ONLY},
    {.level = 6, .strategy = Z_RLE},
    {.level = 6, .mixed = true},
    {.level = 6,
     .name = "layer.tar",
     .note = "no comment",
     .extra = {"XX\2\0ab", 6},
     .header_crc = true},
};

static void codec_gzip__every_kind_of_block(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		buf_clear(&f->stored);
		stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[i]);
		assert_decodes(f, 0);
		assert_int_equal(f->trailing, 0);
	}
}

/* With points the bytes are the same; points stand where they were asked for. */
static void codec_gzip__points_are_about_spacing_apart(void **state)
{
	static const uint64_t spacings[] = {1, 16384, 65536, 300000, UINT64_MAX};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(hows) * ARRAY_SIZE(spacings); i++) {
		uint64_t spacing = spacings[i % ARRAY_SIZE(spacings)];
		const struct seekpoint *p;

		buf_clear(&f->stored);
		stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[i / ARRAY_SIZE(spacings)]);
		assert_decodes(f, spacing);
		p = f->points.points.v;
		assert_int_equal(p[0].out, 0);
		assert_int_equal(p[0].in, 0);
		assert_int_equal(p[0].window_len, 0);
		for (size_t k = 1; k < f->points.points.n; k++) {
			assert_true(p[k].out - p[k - 1].out >= spacing);
			assert_true(p[k].out <= f->plain.len && p[k].in <= f->stored.len);
			assert_true(p[k].in > p[k - 1].in);
			assert_true(p[k].bits <= 7 && p[k].window_len > 0);
		}
		if (spacing <= 65536)
			assert_true(f->points.points.n >= 3);
		if (spacing == UINT64_MAX)
			assert_int_equal(f->points.points.n, 1);
	}
}

static void add_members(struct fixture *f, size_t each)
{
	static const struct gzip_how empty = {.level = 6}, named = {.level = 1, .name = "x"};

	stream_gzip(&f->stored, BYTES(""), &empty);
	for (size_t at = 0; at < f->plain.len; at += each) {
		stream_gzip(&f->stored,
			    stream_part(&f->plain, at, MIN(each, f->plain.len - at)),
			    &hows[at / each % ARRAY_SIZE(hows)]);
		if (at / each % 5 == 2)
			stream_gzip(&f->stored, BYTES(""), &named);
	}
	stream_gzip(&f->stored, BYTES(""), &empty);
}

static void codec_gzip__members_one_after_the_other(void **state)
{
	static const size_t each[] = {1000, 33333, 100000, 450000};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
		buf_clear(&f->stored);
		add_members(f, each[i]);
		assert_decodes(f, 0);
		assert_decodes(f, 16384);
		assert_decodes(f, 1);
	}
}

/* Behind the end of a member, at any place in the input piece. */
static void codec_gzip__trailing_bytes_are_counted(void **state)
{
	static const char *const trailing[] = {"x", "\x1f", "\x1f\x1f", "garbage",
					       "\x1f\x8c..."};
	struct fixture *f = *state;

	f->plain.len = 5000;
	for (size_t i = 0; i < ARRAY_SIZE(trailing); i++) {
		buf_clear(&f->stored);
		stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[2]);
		buf_add_str(&f->stored, trailing[i]);
		assert_decodes(f, 0);
		assert_int_equal(f->trailing, strlen(trailing[i]));
	}
	stream_zeros(&f->stored, 1000000);
	assert_decodes(f, 0);
	assert_int_equal(f->trailing, 1000005);
}

static void codec_gzip__no_member_at_the_beginning_is_damage(void **state)
{
	static const struct bytes bad[] = {BYTES(""), BYTES("\x1f"), BYTES("hello"),
					   BYTES("\0\0\0\0")};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		buf_clear(&f->stored);
		buf_add_bytes(&f->stored, bad[i]);
		assert_int_equal(decode(f, 0), -EBADMSG);
	}
}

static void codec_gzip__one_filter_deep(void **state)
{
	_cleanup_(buf_release) struct buf inner = BUF_INIT;
	struct fixture *f = *state;

	stream_gzip(&inner, buf_bytes(&f->plain), &hows[2]);
	stream_gzip(&f->stored, buf_bytes(&inner), &hows[2]);
	assert_ok(decode(f, 0), &f->err);
	stream_check_equal(buf_bytes(&f->out), buf_bytes(&inner));
}

static void codec_gzip__wrong_crc_and_length(void **state)
{
	struct fixture *f = *state;

	for (size_t back = 1; back <= 8; back++) {
		buf_clear(&f->stored);
		stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[6]);
		f->stored.ptr[f->stored.len - back] ^= 0x40;
		assert_int_equal(decode(f, 0), -EBADMSG);
		assert_non_null(strstr(f->err.msg, back <= 4 ? "wrong length" : "wrong CRC"));
		assert_int_equal(decode(f, 16384), -EBADMSG);
	}
}

/* The first member's trailer is checked, too. */
static void codec_gzip__wrong_crc_between_members(void **state)
{
	struct fixture *f = *state;

	stream_gzip(&f->stored, stream_part(&f->plain, 0, 5000), &hows[2]);
	f->stored.ptr[f->stored.len - 6] ^= 1;
	stream_gzip(&f->stored, stream_part(&f->plain, 5000, 5000), &hows[2]);
	assert_int_equal(decode(f, 0), -EBADMSG);
}

static void codec_gzip__truncated(void **state)
{
	static const size_t which[] = {0, 2, 7, 8};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(which); i++) {
		buf_clear(&f->stored);
		stream_gzip(&f->stored, stream_part(&f->plain, 0, 60000), &hows[which[i]]);
		stream_check_truncated(buf_bytes(&f->stored), CODEC_GZIP, 100);
		stream_check_truncated(stream_part(&f->stored, 0, 60), CODEC_GZIP, 1);
		for (size_t cut = 1; cut < 20; cut++) {
			f->stored.len--;
			assert_int_equal(decode(f, 0), -EBADMSG);
		}
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(codec_gzip__every_kind_of_block),
	    T(codec_gzip__points_are_about_spacing_apart),
	    T(codec_gzip__members_one_after_the_other),
	    T(codec_gzip__trailing_bytes_are_counted),
	    T(codec_gzip__no_member_at_the_beginning_is_damage),
	    T(codec_gzip__one_filter_deep),
	    T(codec_gzip__wrong_crc_and_length),
	    T(codec_gzip__wrong_crc_between_members),
	    T(codec_gzip__truncated),
	};

	return cmocka_run_group_tests_name("io/codec_gzip", tests, NULL, NULL);
}
