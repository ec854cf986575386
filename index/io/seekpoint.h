/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Seek points: places in a gzip stream where decoding can start again.
 *
 * A point is the output offset, the input position in bits and the 32 KiB of output before it
 * (the deflate window), kept compressed with zstd. The layout follows zlib's examples/zran.c;
 * seek_gzip.c tells how ISA-L makes and resumes them.
 */
#include "util/bytes.h"
#include "util/vec.h"

struct seekpoint {
	uint64_t out;  /* offset in the decoded stream */
	uint64_t in;   /* byte offset in the stored stream where decoding resumes */
	uint32_t bits; /* 0-7: bits of the byte before `in` that still belong to us */
	/* Of `window`, which is zstd-compressed; 0: no window (start of a member). */
	uint32_t window_len;
	unsigned char *window; /* owned by the struct seekpoints */
};

DEFINE_VEC(seekpoint_vec, struct seekpoint)

struct seekpoints {
	struct seekpoint_vec points; /* ascending in out */
};

void seekpoints_release(struct seekpoints *p);
/* Takes a copy of the window. 0 or -ENOMEM. */
int seekpoints_add(struct seekpoints *p, const struct seekpoint *sp) _must_check_;
/* The longest way from a point to the next, or to the end of a stream of `size` bytes. */
uint64_t seekpoints_widest(const struct seekpoints *p, uint64_t size);
