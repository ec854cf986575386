/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "io/gzip_frame.h"

/* Over in-memory bytes; err is shared. */
struct stream {
	struct source *src;
	struct input in;
	struct err err;
};

static void stream_open(struct stream *s, const void *p, size_t n)
{
	*s = (struct stream){0};
	assert_ok(source_open_memory(bytes_make(p, n), &s->src, &s->err), &s->err);
	assert_int_equal(input_init(&s->in, s->src, 0), 0);
}

static void stream_close(struct stream *s)
{
	input_release(&s->in);
	source_unref(s->src);
}

#define HEAD(flags) "\x1f\x8b\x08" flags "\x11\x22\x33\x44\x02\x03"

static void gzip_frame__headers(void **state)
{
	static const struct {
		struct bytes bytes;
		int want;
		size_t left; /* where reading goes on, if want >= 0 */
	} cases[] = {
	    {BYTES(HEAD("\x00") "D"), 1, 10},
	    {BYTES(HEAD("\x08") "name\0D"), 1, 15},
	    {BYTES(HEAD("\x10") "comment\0D"), 1, 18},
	    {BYTES(HEAD("\x04") "\x03\x00"
				"abcD"),
	     1, 15},
	    {BYTES(HEAD("\x04") "\x00\x00"
				"D"),
	     1, 12},
	    {BYTES(HEAD("\x02") "crD"), 1, 12},
	    {BYTES(HEAD("\x1f") "\x02\x00"
				"zz"
				"n\0"
				"c\0"
				"crD"),
	     1, 20},
	    /* nothing, and things that are no member */
	    {BYTES(""), 0, 0},
	    {BYTES("\x1f"), 0, 0},
	    {BYTES("\x1f\x8c"), 0, 0},
	    {BYTES("\x1e\x8b\x08"), 0, 0},
	    {BYTES("\0\0\0\0"), 0, 0},
	    /* damaged: method, reserved flags, cut anywhere */
	    {BYTES("\x1f\x8b\x07\0\0\0\0\0\0\x03"), -EBADMSG, 0},
	    {BYTES(HEAD("\x20") "D"), -EBADMSG, 0},
	    {BYTES(HEAD("\x80") "D"), -EBADMSG, 0},
	    {BYTES("\x1f\x8b"), -EBADMSG, 0},
	    {BYTES("\x1f\x8b\x08\0\0\0\0\0\0"), -EBADMSG, 0},
	    {BYTES(HEAD("\x08") "name"), -EBADMSG, 0},
	    {BYTES(HEAD("\x10") "name"), -EBADMSG, 0},
	    {BYTES(HEAD("\x04") "\x04"), -EBADMSG, 0},
	    {BYTES(HEAD("\x04") "\x04\x00"
				"abc"),
	     -EBADMSG, 0},
	    {BYTES(HEAD("\x04") "\xff\xff"
				"abc"),
	     -EBADMSG, 0},
	    {BYTES(HEAD("\x02") "c"), -EBADMSG, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stream s;
		int r;

		stream_open(&s, cases[i].bytes.ptr, cases[i].bytes.len);
		r = gzip_header(&s.in, &s.err);
		if (r != cases[i].want)
			fail_msg("case %zu: %d, not %d", i, r, cases[i].want);
		if (r >= 0 && input_offset(&s.in) != cases[i].left)
			fail_msg("case %zu: at %llu", i,
				 (unsigned long long)input_offset(&s.in));
		if (r < 0)
			assert_non_null(strstr(s.err.msg, "offset"));
		stream_close(&s);
	}
}

static void gzip_frame__trailer(void **state)
{
	static const struct {
		struct bytes bytes;
		uint64_t size;
		int want;
	} cases[] = {
	    {BYTES("\x78\x56\x34\x12\x05\x00\x00\x80"), 0x80000005, 0},
	    {BYTES("\x78\x56\x34\x12\x05\x00\x00\x80"), 0x780000005, 0}, /* modulo 2^32 */
	    {BYTES("\x78\x56\x34\x12\x05\x00\x00\x80"), 5, -EBADMSG},
	    {BYTES("\x78\x56\x34\x12\x06\x00\x00\x80"), 0x80000005, -EBADMSG},
	    {BYTES("\x79\x56\x34\x12\x05\x00\x00\x80"), 0x80000005, -EBADMSG},
	    {BYTES("\x78\x56\x34\x12\x05\x00\x00"), 0x80000005, -EBADMSG},
	    {BYTES(""), 0x80000005, -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stream s;
		int r;

		stream_open(&s, cases[i].bytes.ptr, cases[i].bytes.len);
		r = gzip_trailer(&s.in, 0x12345678, cases[i].size, &s.err);
		if (r != cases[i].want)
			fail_msg("case %zu: %d, not %d", i, r, cases[i].want);
		stream_close(&s);
	}
}

static void gzip_frame__trailer_says_what_is_wrong(void **state)
{
	struct stream s;

	(void)state;
	stream_open(&s, "\1\0\0\0\2\0\0\0", 8);
	assert_int_equal(gzip_trailer(&s.in, 9, 2, &s.err), -EBADMSG);
	assert_non_null(strstr(s.err.msg, "wrong CRC"));
	stream_close(&s);
	stream_open(&s, "\1\0\0\0\2\0\0\0", 8);
	assert_int_equal(gzip_trailer(&s.in, 1, 3, &s.err), -EBADMSG);
	assert_non_null(strstr(s.err.msg, "wrong length"));
	stream_close(&s);
}

/* A header that lies over the border of two input pieces. */
static void gzip_frame__no_member_at_a_border_stays_unread(void **state)
{
	unsigned char *data = calloc(1, INPUT_PIECE + 1);
	struct stream s;
	unsigned char c;

	(void)state;
	data[INPUT_PIECE - 1] = 0x1f;
	data[INPUT_PIECE] = 0x77;
	stream_open(&s, data, INPUT_PIECE + 1);
	assert_ok(input_fill(&s.in, &s.err), &s.err);
	input_take(&s.in, INPUT_PIECE - 1);
	assert_int_equal(gzip_header(&s.in, &s.err), 0);
	assert_int_equal(input_offset(&s.in), INPUT_PIECE - 1);
	assert_int_equal(input_byte(&s.in, &c, &s.err), 1);
	assert_int_equal(c, 0x1f);
	assert_int_equal(input_byte(&s.in, &c, &s.err), 1);
	assert_int_equal(c, 0x77);
	stream_close(&s);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gzip_frame__headers),
	    cmocka_unit_test(gzip_frame__trailer),
	    cmocka_unit_test(gzip_frame__trailer_says_what_is_wrong),
	    cmocka_unit_test(gzip_frame__no_member_at_a_border_stays_unread),
	};

	return cmocka_run_group_tests_name("io/gzip_frame", tests, NULL, NULL);
}
