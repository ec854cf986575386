/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Streams for tests of io: plain data of mixed kinds, compressed by the reference libraries
 * (zlib, libzstd, liblzma), and a way to decode them whole. Everything is appended.
 */
#include "io/codec.h"
#include "util/buf.h"

/* A small generator: xorshift64*, never for anything but tests. */
struct rng {
	uint64_t state;
};
/* From TEST_SEED, else the clock; printed, so that a failure can be repeated. */
struct rng rng_printed(void);
uint64_t rng_next(struct rng *r);
/* Below n > 0. */
uint64_t rng_below(struct rng *r, uint64_t n);

/* Text, zeros and noise in turns: what makes zlib choose blocks of every kind. */
void stream_plain(struct buf *out, size_t n, uint64_t seed);
void stream_zeros(struct buf *out, size_t n);

/* How zlib makes one gzip member. */
struct gzip_how {
	int level;
	int strategy;       /* 0: Z_DEFAULT_STRATEGY */
	bool mixed;         /* stored, fixed and dynamic blocks in turns of 20000 bytes */
	const char *name;   /* FNAME */
	const char *note;   /* FCOMMENT */
	struct bytes extra; /* FEXTRA */
	bool header_crc;    /* FHCRC */
};
void stream_gzip(struct buf *out, struct bytes plain, const struct gzip_how *how);
/* Raw deflate without a frame. */
void stream_deflate(struct buf *out, struct bytes plain, int level, int strategy);
/* One frame with checksum; window_log 0: libzstd's choice, the size in the header. */
void stream_zstd(struct buf *out, struct bytes plain, int window_log);
/* A zstd skippable frame of n bytes. */
void stream_skippable(struct buf *out, size_t n);
void stream_xz(struct buf *out, struct bytes plain);

/* A part of a buf. */
struct bytes stream_part(const struct buf *b, size_t off, size_t n);

/* Decodes all of stored in pieces of `piece` bytes. 0 or what the decoder answers. */
int stream_decode(struct bytes stored, enum codec codec, const struct decoder_opts *opts,
		  size_t piece, struct buf *out, uint64_t *ret_trailing, struct err *err);
/* -EBADMSG for every prefix, `step` bytes apart, and never the whole content. */
void stream_check_truncated(struct bytes stored, enum codec codec, size_t step);
/* Equal, with a short message if not. */
void stream_check_equal(struct bytes got, struct bytes want);
