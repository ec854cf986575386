/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "io/window.h"
#include "streams.h"

struct fixture {
	struct buf plain;
	struct window w;
	struct err err;
	unsigned char out[INFLATE_WINDOW];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	stream_plain(&f->plain, 300000, 7);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	buf_release(&f->plain);
	free(f);
	return 0;
}

/* The window holds the last bytes of the first `total` of plain, `begin` not included. */
static void assert_window(struct fixture *f, size_t total, size_t begin)
{
	size_t want = MIN(total - begin, INFLATE_WINDOW), n = window_copy(&f->w, f->out);

	assert_int_equal(f->w.total, total);
	stream_check_equal(bytes_make(f->out, n), stream_part(&f->plain, total - want, want));
}

static void window__is_the_last_32k_whatever_the_pieces(void **state)
{
	static const size_t first[] = {
	    0, 1, 1000, INFLATE_WINDOW - 1, INFLATE_WINDOW, INFLATE_WINDOW + 1};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
		size_t at = 0, n = first[i];

		f->w = (struct window){.total = 0};
		for (; at + n <= f->plain.len; n = n * 7 % 70001 + 1) {
			window_add(&f->w, f->plain.ptr + at, n);
			at += n;
			assert_window(f, at, 0);
		}
	}
}

/* A member may not refer back to those before it. */
static void window__begins_anew_with_a_member(void **state)
{
	struct fixture *f = *state;

	window_add(&f->w, f->plain.ptr, 50000);
	window_begin(&f->w);
	assert_window(f, 50000, 50000);
	for (size_t at = 50000; at < 100000; at += 10000) {
		window_add(&f->w, f->plain.ptr + at, 10000);
		assert_window(f, at + 10000, 50000);
	}
}

static void window__packs_and_unpacks(void **state)
{
	static const size_t sizes[] = {0, 1, 100, INFLATE_WINDOW, 200000};
	unsigned char packed[WINDOW_PACKED_MAX];
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t want = MIN(sizes[i], INFLATE_WINDOW);
		uint32_t len;
		ssize_t n;

		f->w = (struct window){.total = 0};
		window_add(&f->w, f->plain.ptr, sizes[i]);
		assert_ok(window_pack(&f->w, packed, &len, &f->err), &f->err);
		assert_true(len > 0 && len <= sizeof(packed)); /* 0 would say: no window */
		n = window_unpack(packed, len, f->out);
		assert_int_equal(n, want);
		stream_check_equal(bytes_make(f->out, (size_t)n),
				   stream_part(&f->plain, sizes[i] - want, want));
	}
}

/* Noise does not get smaller; it still fits. */
static void window__packs_what_cannot_be_packed(void **state)
{
	unsigned char packed[WINDOW_PACKED_MAX], noise[INFLATE_WINDOW];
	struct fixture *f = *state;
	struct rng r = {99};
	uint32_t len;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (unsigned char)(rng_next(&r) >> 40);
	window_add(&f->w, noise, sizeof(noise));
	assert_ok(window_pack(&f->w, packed, &len, &f->err), &f->err);
	assert_int_equal(window_unpack(packed, len, f->out), INFLATE_WINDOW);
	assert_memory_equal(f->out, noise, sizeof(noise));
}

static void window__damaged_ones_are_refused(void **state)
{
	_cleanup_(buf_release) struct buf large = BUF_INIT;
	unsigned char packed[WINDOW_PACKED_MAX];
	struct fixture *f = *state;
	uint32_t len;

	window_add(&f->w, f->plain.ptr, 40000);
	assert_ok(window_pack(&f->w, packed, &len, &f->err), &f->err);
	assert_int_equal(window_unpack(packed, len - 1, f->out), -EBADMSG);
	assert_int_equal(window_unpack(packed, 3, f->out), -EBADMSG);
	packed[0] ^= 1;
	assert_int_equal(window_unpack(packed, len, f->out), -EBADMSG);
	assert_int_equal(window_unpack((const unsigned char *)"junk, not zstd", 14, f->out),
			 -EBADMSG);
	stream_zstd(&large, stream_part(&f->plain, 0, INFLATE_WINDOW + 1), 0);
	assert_int_equal(window_unpack((const unsigned char *)large.ptr, large.len, f->out),
			 -EBADMSG);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(window__is_the_last_32k_whatever_the_pieces),
	    T(window__begins_anew_with_a_member),
	    T(window__packs_and_unpacks),
	    T(window__packs_what_cannot_be_packed),
	    T(window__damaged_ones_are_refused),
	};

	return cmocka_run_group_tests_name("io/window", tests, NULL, NULL);
}
