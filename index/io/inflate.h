/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct inflater: raw deflate (RFC 1951), one engine behind one interface: ISA-L where the
 * build has it, else zlib. Folder-private: codec_gzip.c and seek_gzip.c frame the members.
 *
 * It can stop at the end of a block, where decoding can start again: ask with
 * inflater_want_boundary(), and the step that reaches one answers INFLATE_BOUNDARY with the
 * position. Essay on how: seek_gzip.c.
 */
#include "util/err.h"

#define INFLATE_WINDOW ((size_t)32768)

enum inflate_status {
	INFLATE_MORE,     /* give more input or more room */
	INFLATE_BOUNDARY, /* at the end of a block, as wanted */
	INFLATE_END,      /* the last block is done */
};

/* What one step works on; the inflater moves the pointers. */
struct inflate_io {
	const unsigned char *in;
	size_t in_len;
	unsigned char *out;
	size_t out_len;
};

struct inflater;

int inflater_new(struct inflater **ret) _must_check_;
void inflater_free(struct inflater *f);
DEFINE_CLEANUP(struct inflater *, inflater_free)

/* A new deflate stream begins with the next input byte. */
void inflater_reset(struct inflater *f);
/* Decoding goes on in the middle: `bits` low bits of `left` come before the next input byte. */
int inflater_resume(struct inflater *f, unsigned bits, unsigned left, const void *window,
		    size_t window_len) _must_check_;
/* Stop at the end of the current block, if that is not the last one. */
void inflater_want_boundary(struct inflater *f);
/* After BOUNDARY: goes on, with the last (up to 32 KiB of) output before it as the window. */
int inflater_go_on(struct inflater *f, const void *window, size_t window_len) _must_check_;
/* -EBADMSG for data that is no deflate. */
int inflater_step(struct inflater *f, struct inflate_io *io,
		  enum inflate_status *ret) _must_check_;
/*
 * After BOUNDARY or END: how many bytes before io->in are not used yet (the engine reads
 * ahead), and how many bits of the byte before those. After END the caller goes back by
 * `bytes`; after BOUNDARY the engine keeps them.
 */
void inflater_unused(const struct inflater *f, size_t *ret_bytes, unsigned *ret_bits);
uint32_t inflate_crc32(uint32_t crc, const void *p, size_t n);
