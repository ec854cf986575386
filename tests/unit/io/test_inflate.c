/* SPDX-License-Identifier: MIT */
/* Of inflate_isal.c and of inflate_zlib.c: a program for each (meson.build). */
#include "test.h"

#include "io/inflate.h"
#include "io/window.h"
#include "streams.h"

#include <zlib.h>

struct point {
	size_t out, in;
	unsigned bits;
	size_t window_len;
	unsigned char window[INFLATE_WINDOW];
};
DEFINE_VEC(point_vec, struct point)

/* One decoding of raw deflate. */
struct run {
	struct inflater *f;
	struct bytes stored;
	size_t in; /* given so far */
	struct buf out;
	struct window *window;
	size_t unused; /* bytes, at the end */
};

static void run_open(struct run *run, struct bytes stored)
{
	*run = (struct run){.stored = stored, .window = calloc(1, sizeof(struct window))};
	assert_int_equal(inflater_new(&run->f), 0);
}

static void run_close(struct run *run)
{
	inflater_free(run->f);
	buf_release(&run->out);
	free(run->window);
}

/* At most in_max bytes in and out_max out; INFLATE_* or -errno. */
static int step(struct run *run, size_t in_max, size_t out_max)
{
	size_t in_len = MIN(in_max, run->stored.len - run->in);
	struct inflate_io io = {(const unsigned char *)run->stored.ptr + run->in, in_len, NULL,
				out_max};
	enum inflate_status status;
	size_t made;
	int r;

	assert_int_equal(buf_reserve(&run->out, out_max), 0);
	io.out = (unsigned char *)run->out.ptr + run->out.len;
	r = inflater_step(run->f, &io, &status);
	if (r < 0)
		return r;
	made = out_max - io.out_len;
	window_add(run->window, run->out.ptr + run->out.len, made);
	run->out.len += made;
	run->in += in_len - io.in_len;
	if (status == INFLATE_MORE && made == 0 && in_len == io.in_len &&
	    run->in == run->stored.len)
		return -ENODATA;
	return (int)status;
}

/* To the end, in pieces; -errno, or 0. */
static int decode(struct run *run, size_t in_max, size_t out_max)
{
	unsigned bits;
	int r = INFLATE_MORE;

	while (r == INFLATE_MORE)
		r = step(run, in_max, out_max);
	if (r == INFLATE_END)
		inflater_unused(run->f, &run->unused, &bits);
	return r == INFLATE_END ? 0 : r;
}

struct kind {
	int level, strategy;
};
static const struct kind kinds[] = {{0, 0}, {1, 0},       {6, 0},
				    {9, 0}, {6, Z_FIXED}, {6, Z_HUFFMAN_ONLY}};

static void inflate__whole_streams_in_any_pieces(void **state)
{
	static const size_t pieces[][2] = {
	    {1 << 20, 1 << 20}, {1, 1 << 16}, {1 << 16, 1}, {7, 13}, {4096, 100}};
	_cleanup_(buf_release) struct buf plain = BUF_INIT;

	(void)state;
	stream_plain(&plain, 60000, 1);
	for (size_t k = 0; k < ARRAY_SIZE(kinds) * ARRAY_SIZE(pieces); k++) {
		const struct kind *kind = &kinds[k / ARRAY_SIZE(pieces)];
		const size_t *p = pieces[k % ARRAY_SIZE(pieces)];
		_cleanup_(buf_release) struct buf stored = BUF_INIT;
		struct run run;

		stream_deflate(&stored, buf_bytes(&plain), kind->level, kind->strategy);
		run_open(&run, buf_bytes(&stored));
		assert_int_equal(decode(&run, p[0], p[1]), 0);
		stream_check_equal(buf_bytes(&run.out), buf_bytes(&plain));
		run_close(&run);
	}
}

/* What follows the stream is given back to the last byte. */
static void inflate__tells_where_the_stream_ends(void **state)
{
	(void)state;
	for (size_t n = 0; n < 40; n++) {
		_cleanup_(buf_release) struct buf plain = BUF_INIT, stored = BUF_INIT;
		struct run run;
		size_t end;

		stream_plain(&plain, n * 37, n);
		stream_deflate(&stored, buf_bytes(&plain), 6, 0);
		end = stored.len;
		buf_add_str(&stored, "trailing bytes, many of them");
		run_open(&run, buf_bytes(&stored));
		assert_int_equal(decode(&run, SIZE_MAX, 1 << 16), 0);
		assert_int_equal(run.in - run.unused, end);
		run_close(&run);
	}
}

static void inflate__reset_begins_a_new_stream(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT, stored = BUF_INIT;
	struct run run;

	(void)state;
	stream_plain(&plain, 100000, 5);
	stream_deflate(&stored, buf_bytes(&plain), 6, 0);
	run_open(&run, buf_bytes(&stored));
	inflater_want_boundary(run.f); /* forgotten with the rest */
	assert_int_equal(step(&run, 1000, 500), INFLATE_MORE);
	inflater_reset(run.f);
	run.in = 0;
	buf_clear(&run.out);
	assert_int_equal(decode(&run, 1000, 500), 0);
	stream_check_equal(buf_bytes(&run.out), buf_bytes(&plain));
	run_close(&run);
}

/* Notes a point, and goes on. */
static void at_boundary(struct run *run, struct point_vec *points)
{
	struct point p = {.out = run->out.len};
	size_t unused;

	inflater_unused(run->f, &unused, &p.bits);
	p.in = run->in - unused;
	p.window_len = window_copy(run->window, p.window);
	assert_in_range(p.bits, 0, 7);
	assert_int_equal(point_vec_push(points, p), 0);
	assert_int_equal(inflater_go_on(run->f, p.window, p.window_len), 0);
}

static void check_resumes(struct bytes stored, struct bytes plain, const struct point *p)
{
	unsigned before = p->bits ? (unsigned char)stored.ptr[p->in - 1] >> (8 - p->bits) : 0;
	struct run run;

	run_open(&run, stored);
	run.in = p->in;
	assert_int_equal(inflater_resume(run.f, p->bits, before, p->window, p->window_len), 0);
	assert_int_equal(decode(&run, 5000, 7000), 0);
	stream_check_equal(buf_bytes(&run.out), bytes_skip(plain, p->out));
	run_close(&run);
}

/* Decodes with a boundary wanted always; then from each of them to the end. */
static void check_boundaries(struct bytes stored, struct bytes plain, size_t in, size_t out)
{
	_cleanup_(point_vec_release) struct point_vec points = {0};
	struct run run;
	int r;

	run_open(&run, stored);
	do {
		inflater_want_boundary(run.f);
		r = step(&run, in, out);
		if (r == INFLATE_BOUNDARY)
			at_boundary(&run, &points);
	} while (r == INFLATE_MORE || r == INFLATE_BOUNDARY);
	assert_int_equal(r, INFLATE_END);
	stream_check_equal(buf_bytes(&run.out), plain);
	assert_true(points.n >= 2);
	vec_foreach (p, &points)
		check_resumes(stored, plain, p);
	run_close(&run);
}

static void inflate__every_boundary_can_be_resumed(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;

	(void)state;
	stream_plain(&plain, 600000, 2);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		_cleanup_(buf_release) struct buf stored = BUF_INIT;

		stream_deflate(&stored, buf_bytes(&plain), kinds[k].level, kinds[k].strategy);
		check_boundaries(buf_bytes(&stored), buf_bytes(&plain), SIZE_MAX, 4096);
		check_boundaries(buf_bytes(&stored), buf_bytes(&plain), 300, 999);
	}
}

static void inflate__refuses_what_is_no_deflate(void **state)
{
	static const struct bytes bad[] = {
	    BYTES("\x07"),                      /* block type 3 */
	    BYTES("\x01\x05\x00\x05\x00xxxxx"), /* stored, length check wrong */
	    BYTES("\x03\x02"),                  /* refers back before the beginning */
	    BYTES("\xff\xff\xff\xff\xff\xff"),
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		run_open(&run, bad[i]);
		if (decode(&run, SIZE_MAX, 4096) == 0)
			fail_msg("case %zu was decoded", i);
		run_close(&run);
	}
	run_open(&run, bad[0]);
	assert_int_equal(decode(&run, SIZE_MAX, 4096), -EBADMSG);
	run_close(&run);
}

static void inflate__refuses_too_large_a_window(void **state)
{
	unsigned char *window = calloc(1, INFLATE_WINDOW + 1);
	struct inflater *f;

	(void)state;
	assert_int_equal(inflater_new(&f), 0);
	assert_int_equal(inflater_resume(f, 0, 0, window, INFLATE_WINDOW + 1), -EINVAL);
	assert_int_equal(inflater_resume(f, 0, 0, window, INFLATE_WINDOW), 0);
	inflater_free(f);
	free(window);
}

static void inflate__crc32_is_that_of_gzip(void **state)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;
	uint32_t crc;

	(void)state;
	assert_int_equal(inflate_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(inflate_crc32(0, "", 0), 0);
	stream_plain(&plain, 100001, 8);
	crc = inflate_crc32(0, plain.ptr, 33333);
	crc = inflate_crc32(crc, plain.ptr + 33333, plain.len - 33333);
	assert_int_equal(crc, crc32_z(0, (const Bytef *)plain.ptr, plain.len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(inflate__whole_streams_in_any_pieces),
	    cmocka_unit_test(inflate__tells_where_the_stream_ends),
	    cmocka_unit_test(inflate__reset_begins_a_new_stream),
	    cmocka_unit_test(inflate__every_boundary_can_be_resumed),
	    cmocka_unit_test(inflate__refuses_what_is_no_deflate),
	    cmocka_unit_test(inflate__refuses_too_large_a_window),
	    cmocka_unit_test(inflate__crc32_is_that_of_gzip),
	};

	return cmocka_run_group_tests_name("io/inflate", tests, NULL, NULL);
}
