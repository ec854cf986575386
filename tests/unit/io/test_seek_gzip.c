/* SPDX-License-Identifier: MIT */
/*
 * Every point is entered: alone, so that reading goes from it to the end of the stream, and as
 * one of many, at random offsets.
 */
#include "test.h"

#include "io/seek_gzip.h"
#include "streams.h"

#include <zlib.h>

#define SIZE ((size_t)700000)

struct fixture {
	struct buf plain, stored;
	struct seekpoints points;
	struct spancache *cache;
	struct source *src; /* of stored */
	uint64_t key;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stream_plain(&f->plain, SIZE, 51);
	assert_int_equal(spancache_new(MIB(1), &f->cache), 0);
	*state = f;
	return 0;
}

static void forget(struct fixture *f)
{
	source_unref(f->src);
	f->src = NULL;
	seekpoints_release(&f->points);
	buf_clear(&f->stored);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	forget(f);
	buf_release(&f->plain);
	buf_release(&f->stored);
	spancache_free(f->cache);
	free(f);
	return 0;
}

/* Decodes `stored` once, with points. */
static void make_points(struct fixture *f, uint64_t spacing)
{
	const struct decoder_opts opts = {.points = &f->points, .spacing = spacing};
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	seekpoints_release(&f->points);
	source_unref(f->src);
	assert_ok(source_open_memory(buf_bytes(&f->stored), &f->src, &f->err), &f->err);
	assert_ok(
	    stream_decode(buf_bytes(&f->stored), CODEC_GZIP, &opts, 65536, &out, NULL, &f->err),
	    &f->err);
	stream_check_equal(buf_bytes(&out), buf_bytes(&f->plain));
}

static void copy_points(const struct seekpoints *from, struct seekpoints *to)
{
	*to = (struct seekpoints){0};
	vec_foreach (p, &from->points)
		assert_int_equal(seekpoints_add(to, p), 0);
}

/* Opens with copies of the points. */
static int open_with(struct fixture *f, const struct seekpoints *points, uint64_t size,
		     struct source **ret)
{
	struct seekpoints copy;
	int r;

	copy_points(points, &copy);
	r = source_open_gzip(f->src, size, &copy, f->cache, ++f->key, ret, &f->err);
	if (r == 0)
		assert_int_equal(copy.points.n, 0);
	seekpoints_release(&copy);
	return r;
}

static void assert_reads(struct fixture *f, struct source *s, uint64_t off, size_t n)
{
	_cleanup_free_ char *buf = malloc(n + 1);
	size_t got;

	assert_ok(source_pread(s, buf, n, off, &got, &f->err), &f->err);
	assert_int_equal(got, MIN(n, f->plain.len - MIN(off, f->plain.len)));
	if (got)
		stream_check_equal(bytes_make(buf, got), stream_part(&f->plain, off, got));
}

/* {0, p}: the second span goes from p to the end. */
static void check_alone(struct fixture *f, const struct seekpoint *p)
{
	_cleanup_(seekpoints_release) struct seekpoints two = {0};
	_cleanup_(source_unrefp) struct source *s = NULL;

	assert_int_equal(seekpoints_add(&two, &f->points.points.v[0]), 0);
	if (p->out)
		assert_int_equal(seekpoints_add(&two, p), 0);
	assert_ok(open_with(f, &two, f->plain.len, &s), &f->err);
	assert_reads(f, s, p->out, f->plain.len - p->out);
}

static void check_random(struct fixture *f, struct rng *rng)
{
	_cleanup_(source_unrefp) struct source *s = NULL;

	assert_ok(open_with(f, &f->points, f->plain.len, &s), &f->err);
	assert_int_equal(s->size, f->plain.len);
	for (int i = 0; i < 60; i++)
		assert_reads(f, s, rng_below(rng, f->plain.len + 2),
			     (size_t)rng_below(rng, i % 8 ? 5000 : 200000));
	assert_reads(f, s, 0, f->plain.len + 10);
}

/* stored is there: at several spacings, every point and random reads. */
static void check_stream(struct fixture *f, struct rng *rng, size_t min_points)
{
	static const uint64_t spacings[] = {16384, 65536};

	for (size_t i = 0; i < ARRAY_SIZE(spacings); i++) {
		make_points(f, spacings[i]);
		assert_true(f->points.points.n >= min_points);
		vec_foreach (p, &f->points.points)
			check_alone(f, p);
		check_random(f, rng);
	}
}

static const struct gzip_how hows[] = {
    {.level = 0},
    {.level = 1},
    {.level = 6},
    {.level = 9},
    {.level = 6, .strategy = Z_FIXED},
    {.level = 6, .strategy = Z_HUFFMAN_ONLY},
    {.level = 6, .mixed = true},
    {.level = 6,
     .name = "layer.tar",
     .note = "x",
     .extra = {"XX\2\0ab", 6},
     .header_crc = true},
};

static void seek_gzip__every_point_of_every_kind_of_block(void **state)
{
	struct rng rng = rng_printed();
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		forget(f);
		stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[i]);
		check_stream(f, &rng, 4);
	}
}

/* At block ends wherever they are: points as close as the blocks. */
static void seek_gzip__a_point_at_every_block(void **state)
{
	struct fixture *f = *state;

	f->plain.len = 250000;
	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		forget(f);
		stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[i]);
		make_points(f, 1);
		assert_true(f->points.points.n >= 3);
		vec_foreach (p, &f->points.points)
			check_alone(f, p);
	}
}

static void add_members(struct fixture *f, size_t each)
{
	stream_gzip(&f->stored, BYTES(""), &hows[2]);
	for (size_t at = 0; at < f->plain.len; at += each) {
		stream_gzip(&f->stored,
			    stream_part(&f->plain, at, MIN(each, f->plain.len - at)),
			    &hows[at / each % ARRAY_SIZE(hows)]);
		if (at / each % 3 == 1)
			stream_gzip(&f->stored, BYTES(""), &hows[7]);
	}
	stream_gzip(&f->stored, BYTES(""), &hows[0]);
}

/* Members shorter than the window, shorter than a span, and longer than one. */
static void seek_gzip__over_members(void **state)
{
	static const size_t each[] = {3000, 40000, 200000};
	struct rng rng = rng_printed();
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
		forget(f);
		add_members(f, each[i]);
		check_stream(f, &rng, 4);
	}
}

static void seek_gzip__without_points_the_stream_is_one_span(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints none = {0};
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct fixture *f = *state;

	add_members(f, 100000);
	make_points(f, UINT64_MAX);
	assert_ok(open_with(f, &none, f->plain.len, &s), &f->err);
	assert_reads(f, s, 123456, 1000);
	assert_reads(f, s, f->plain.len - 1, 1);
}

static void seek_gzip__empty_stream(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct fixture *f = *state;

	f->plain.len = 0;
	stream_gzip(&f->stored, BYTES(""), &hows[2]);
	make_points(f, 16384);
	assert_ok(open_with(f, &f->points, 0, &s), &f->err);
	assert_reads(f, s, 0, 10);
}

/* A span too long to keep is decoded for every read; it does not go into the cache. */
static void seek_gzip__long_spans_are_not_kept(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints none = {0};
	_cleanup_(source_unrefp) struct source *s = NULL;
	const struct gzip_how how = {.level = 1};
	struct fixture *f = *state;

	buf_clear(&f->plain);
	stream_zeros(&f->plain, SEEK_SPAN_MAX);
	stream_plain(&f->plain, 5000, 52);
	stream_gzip(&f->stored, buf_bytes(&f->plain), &how);
	assert_ok(source_open_memory(buf_bytes(&f->stored), &f->src, &f->err), &f->err);
	assert_ok(open_with(f, &none, f->plain.len, &s), &f->err);
	assert_reads(f, s, SEEK_SPAN_MAX - 100, 4000);
	assert_reads(f, s, f->plain.len - 7, 100);
	assert_reads(f, s, 0, 10);
}

static void seek_gzip__outlives_the_callers_reference(void **state)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct fixture *f = *state;

	stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[2]);
	make_points(f, 65536);
	assert_ok(open_with(f, &f->points, f->plain.len, &s), &f->err);
	source_unref(steal_ptr(&f->src));
	assert_reads(f, s, 300000, 1000);
}

/* ---- damage ---- */

static void seek_gzip__unsound_points_are_refused(void **state)
{
	struct fixture *f = *state;
	const uint64_t far = UINT64_MAX;

	stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[2]);
	make_points(f, 65536);
	assert_true(f->points.points.n >= 4);
	for (int i = 0; i < 9; i++) {
		_cleanup_(seekpoints_release) struct seekpoints bad = {0};
		struct source *s = NULL;
		struct seekpoint *v;

		copy_points(&f->points, &bad);
		v = bad.points.v;
		switch (i) {
		case 0:
			v[0].out = 1;
			break;
		case 1:
			v[2].out = v[1].out;
			break;
		case 2:
			v[2].out = v[1].out - 1;
			break;
		case 3:
			v[bad.points.n - 1].out = f->plain.len + 1;
			break;
		case 4:
			v[1].in = f->stored.len + 1;
			break;
		case 5:
			v[1].in = far;
			break;
		case 6:
			v[1].bits = 8;
			break;
		case 7:
			v[1].in = 0;
			v[1].bits = 1;
			break;
		default:
			v[bad.points.n - 1].out = far;
		}
		if (open_with(f, &bad, f->plain.len, &s) != -EBADMSG)
			fail_msg("case %d", i);
		assert_non_null(strstr(f->err.msg, "seek points"));
		assert_null(s);
	}
}

static void assert_read_fails(struct fixture *f, const struct seekpoints *points, uint64_t size,
			      uint64_t off)
{
	_cleanup_(source_unrefp) struct source *s = NULL;
	char buf[100];
	size_t got;

	assert_ok(open_with(f, points, size, &s), &f->err);
	assert_int_equal(source_pread(s, buf, sizeof(buf), off, &got, &f->err), -EBADMSG);
	assert_int_equal(got, 0);
	assert_true(f->err.msg[0] != '\0');
}

static void seek_gzip__damaged_windows_are_refused(void **state)
{
	struct fixture *f = *state;
	struct seekpoint *p;

	stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[2]);
	make_points(f, 65536);
	p = &f->points.points.v[1];
	p->window[0] ^= 1;
	assert_read_fails(f, &f->points, f->plain.len, p->out + 5);
	p->window[0] ^= 1;
	p->window_len /= 2;
	assert_read_fails(f, &f->points, f->plain.len, p->out + 5);
	p->window_len = 0; /* says that a member begins here, which it does not */
	assert_read_fails(f, &f->points, f->plain.len, p->out + 5);
}

/* Any wrong position: refused or wrong bytes, but never anything worse. */
static void seek_gzip__wrong_positions_do_no_harm(void **state)
{
	struct rng rng = rng_printed();
	struct fixture *f = *state;

	stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[6]);
	make_points(f, 16384);
	for (int i = 0; i < 200; i++) {
		_cleanup_(seekpoints_release) struct seekpoints bad = {0};
		_cleanup_(source_unrefp) struct source *s = NULL;
		struct seekpoint *p;
		char buf[100];
		size_t got;
		int r;

		copy_points(&f->points, &bad);
		p = &bad.points.v[1 + rng_below(&rng, bad.points.n - 1)];
		p->in = 1 + rng_below(&rng, f->stored.len);
		p->bits = (uint32_t)rng_below(&rng, 8);
		assert_ok(open_with(f, &bad, f->plain.len, &s), &f->err);
		r = source_pread(s, buf, sizeof(buf), p->out, &got, &f->err);
		assert_true(r == 0 || r == -EBADMSG);
	}
}

static void seek_gzip__stored_bytes_that_end_early(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints none = {0};
	struct fixture *f = *state;

	add_members(f, 200000);
	make_points(f, 65536);
	assert_read_fails(f, &f->points, f->plain.len + 1, f->plain.len);
	assert_read_fails(f, &none, f->plain.len + 1, 0);
	source_unref(steal_ptr(&f->src));
	f->stored.len /= 2;
	assert_ok(source_open_memory(buf_bytes(&f->stored), &f->src, &f->err), &f->err);
	assert_read_fails(f, &none, f->plain.len, f->plain.len - 100);
}

static void seek_gzip__damaged_data(void **state)
{
	_cleanup_(seekpoints_release) struct seekpoints none = {0};
	struct fixture *f = *state;

	stream_gzip(&f->stored, buf_bytes(&f->plain), &hows[2]);
	f->stored.ptr[10] |= 0x06; /* the first block is of type 3, which there is not */
	assert_ok(source_open_memory(buf_bytes(&f->stored), &f->src, &f->err), &f->err);
	assert_read_fails(f, &none, f->plain.len, 10);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(seek_gzip__every_point_of_every_kind_of_block),
	    T(seek_gzip__a_point_at_every_block),
	    T(seek_gzip__over_members),
	    T(seek_gzip__without_points_the_stream_is_one_span),
	    T(seek_gzip__empty_stream),
	    T(seek_gzip__long_spans_are_not_kept),
	    T(seek_gzip__outlives_the_callers_reference),
	    T(seek_gzip__unsound_points_are_refused),
	    T(seek_gzip__damaged_windows_are_refused),
	    T(seek_gzip__wrong_positions_do_no_harm),
	    T(seek_gzip__stored_bytes_that_end_early),
	    T(seek_gzip__damaged_data),
	};

	return cmocka_run_group_tests_name("io/seek_gzip", tests, NULL, NULL);
}
