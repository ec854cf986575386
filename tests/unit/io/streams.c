/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "streams.h"

#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>
#include <zstd.h>

#define TURN ((size_t)20000)

struct rng rng_printed(void)
{
	const char *given = getenv("TEST_SEED");
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = given ? strtoull(given, NULL, 0)
		     : (uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec;
	printf("# TEST_SEED=%llu\n", (unsigned long long)seed);
	return (struct rng){seed ? seed : 1};
}

uint64_t rng_next(struct rng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1dULL;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	return rng_next(r) % n;
}

static void reserve(struct buf *out, size_t n)
{
	if (buf_reserve(out, n) < 0)
		fail_msg("out of memory");
}

static void grew(struct buf *out, size_t n)
{
	out->len += n;
	out->ptr[out->len] = '\0';
}

/* ---- plain data ---- */

static void add_text(struct buf *out, size_t n, struct rng *r)
{
	static const char *const words[] = {"usr/",        "lib/",    "share/", "doc/",
					    "python3.11/", "0000644", "root",   "\n",
					    "#!/bin/sh",   " the "};
	size_t end = out->len + n;

	while (out->len < end)
		buf_add_str(out, words[rng_below(r, ARRAY_SIZE(words))]);
	out->len = end;
}

static void add_noise(struct buf *out, size_t n, struct rng *r)
{
	for (size_t i = 0; i < n; i++)
		buf_add_char(out, (char)(rng_next(r) >> 32));
}

void stream_zeros(struct buf *out, size_t n)
{
	reserve(out, n);
	memset(out->ptr + out->len, 0, n);
	grew(out, n);
}

void stream_plain(struct buf *out, size_t n, uint64_t seed)
{
	struct rng r = {seed * 2 + 1};
	size_t end = out->len + n;

	while (out->len < end) {
		size_t piece = (size_t)rng_below(&r, 30000) + 1;

		piece = MIN(piece, end - out->len);
		switch (rng_below(&r, 4)) {
		case 0:
			add_noise(out, piece, &r);
			break;
		case 1:
			stream_zeros(out, piece);
			break;
		default:
			add_text(out, piece, &r);
		}
	}
	reserve(out, 0);
	assert_int_equal(out->len, end);
}

struct bytes stream_part(const struct buf *b, size_t off, size_t n)
{
	assert_true(off + n <= b->len);
	return bytes_make(b->ptr + off, n);
}

/* ---- deflate ---- */

/* Feeds n bytes; all output goes to out. */
static void pump(z_stream *z, struct buf *out, const char *p, size_t n, int flush)
{
	int r;

	z->next_in = (Bytef *)(uintptr_t)p;
	z->avail_in = (uInt)n;
	do {
		reserve(out, 65536);
		z->next_out = (Bytef *)out->ptr + out->len;
		z->avail_out = 65536;
		r = deflate(z, flush);
		assert_true(r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR);
		grew(out, 65536 - z->avail_out);
	} while (z->avail_out == 0 || (flush == Z_FINISH && r != Z_STREAM_END));
}

static void set_turn(z_stream *z, struct buf *out, size_t turn)
{
	static const int levels[] = {0, 6, 9}, strategies[] = {0, Z_FIXED, 0};

	/* deflateParams flushes what is pending at the old level. */
	reserve(out, 131072);
	z->avail_in = 0;
	z->next_out = (Bytef *)out->ptr + out->len;
	z->avail_out = 131072;
	assert_int_equal(deflateParams(z, levels[turn % 3], strategies[turn % 3]), Z_OK);
	grew(out, 131072 - z->avail_out);
}

static void pump_mixed(z_stream *z, struct buf *out, struct bytes plain)
{
	for (size_t turn = 0; plain.len; turn++) {
		size_t n = MIN(plain.len, TURN);

		set_turn(z, out, turn);
		pump(z, out, plain.ptr, n, Z_NO_FLUSH);
		plain = bytes_skip(plain, n);
	}
	pump(z, out, NULL, 0, Z_FINISH);
}

static Bytef *z_bytes(const char *s)
{
	return (Bytef *)(uintptr_t)s;
}

void stream_gzip(struct buf *out, struct bytes plain, const struct gzip_how *how)
{
	gz_header head = {.name = z_bytes(how->name),
			  .comment = z_bytes(how->note),
			  .extra = z_bytes(how->extra.ptr),
			  .extra_len = (uInt)how->extra.len,
			  .hcrc = how->header_crc,
			  .os = 3};
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, how->level, Z_DEFLATED, 15 + 16, 8, how->strategy),
			 Z_OK);
	assert_int_equal(deflateSetHeader(&z, &head), Z_OK);
	if (how->mixed)
		pump_mixed(&z, out, plain);
	else
		pump(&z, out, plain.ptr, plain.len, Z_FINISH);
	deflateEnd(&z);
}

void stream_deflate(struct buf *out, struct bytes plain, int level, int strategy)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, -15, 8, strategy), Z_OK);
	pump(&z, out, plain.ptr, plain.len, Z_FINISH);
	deflateEnd(&z);
}

/* ---- zstd and xz ---- */

void stream_zstd(struct buf *out, struct bytes plain, int window_log)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	ZSTD_inBuffer in = {plain.ptr, plain.len, 0};
	ZSTD_outBuffer o;

	ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
	if (window_log)
		ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, window_log);
	else
		ZSTD_CCtx_setPledgedSrcSize(z, plain.len);
	reserve(out, ZSTD_compressBound(plain.len) + 64);
	o = (ZSTD_outBuffer){out->ptr + out->len, ZSTD_compressBound(plain.len) + 64, 0};
	if (window_log) /* so that the size is not known before the header is written */
		assert_false(ZSTD_isError(ZSTD_compressStream2(z, &o, &in, ZSTD_e_flush)));
	assert_int_equal(ZSTD_compressStream2(z, &o, &in, ZSTD_e_end), 0);
	grew(out, o.pos);
	ZSTD_freeCCtx(z);
}

void stream_skippable(struct buf *out, size_t n)
{
	const unsigned char head[8] = {0x53,
				       0x2a,
				       0x4d,
				       0x18,
				       (unsigned char)n,
				       (unsigned char)(n >> 8),
				       (unsigned char)(n >> 16),
				       (unsigned char)(n >> 24)};

	buf_add(out, head, sizeof(head));
	for (size_t i = 0; i < n; i++)
		buf_add_char(out, (char)(i * 7));
}

void stream_xz(struct buf *out, struct bytes plain)
{
	size_t bound = lzma_stream_buffer_bound(plain.len), at = 0;

	reserve(out, bound);
	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL,
						 (const uint8_t *)plain.ptr, plain.len,
						 (uint8_t *)out->ptr + out->len, &at, bound),
			 LZMA_OK);
	grew(out, at);
}

/* ---- decoding ---- */

int stream_decode(struct bytes stored, enum codec codec, const struct decoder_opts *opts,
		  size_t piece, struct buf *out, uint64_t *ret_trailing, struct err *err)
{
	_cleanup_(source_unrefp) struct source *src = NULL;
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	size_t got = 1;
	int r = source_open_memory(stored, &src, err);

	if (r == 0)
		r = decoder_open(src, codec, opts, &d, err);
	while (r == 0 && got) {
		reserve(out, piece);
		r = decoder_read(d, out->ptr + out->len, piece, &got, err);
		if (r == 0)
			grew(out, got);
	}
	if (r == 0 && ret_trailing)
		*ret_trailing = decoder_trailing(d);
	return r;
}

void stream_check_truncated(struct bytes stored, enum codec codec, size_t step)
{
	for (size_t n = 0; n < stored.len; n += step) {
		_cleanup_(buf_release) struct buf out = BUF_INIT;
		struct err err = ERR_INIT;
		int r = stream_decode(bytes_make(stored.ptr, n), codec, NULL, 1 << 20, &out,
				      NULL, &err);

		if (r != -EBADMSG)
			fail_msg("cut to %zu of %zu bytes: %d", n, stored.len, r);
		if (!strstr(err.msg, codec_name(codec)) || !strstr(err.msg, "offset"))
			fail_msg("cut to %zu bytes: \"%s\"", n, err.msg);
	}
}

void stream_check_equal(struct bytes got, struct bytes want)
{
	size_t at = 0;

	if (bytes_equal(got, want))
		return;
	while (at < MIN(got.len, want.len) && got.ptr[at] == want.ptr[at])
		at++;
	fail_msg("%zu bytes instead of %zu, different from byte %zu", got.len, want.len, at);
}
