/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a codec is to codec.c: one const struct codec_ops in a file of its own. Folder-private.
 */
#include "io/codec.h"
#include "io/input.h"

/* Embedded first by every codec's decoder. */
struct decoder {
	const struct codec_ops *ops;
	struct input in;
	struct limits limits;
	struct seekpoints *points; /* gzip; may be NULL */
	uint64_t spacing;
	uint64_t out;      /* bytes decoded so far */
	uint64_t trailing; /* bytes behind the last member */
	bool ended;
};

struct codec_ops {
	const char *name;
	size_t size; /* of the codec's own struct */
	int (*init)(struct decoder *d, struct err *err);
	/* As decoder_read; sets d->ended. May give less than n before the end, but not 0. */
	int (*read)(struct decoder *d, unsigned char *buf, size_t n, size_t *ret_n,
		    struct err *err);
	void (*release)(struct decoder *d);
};

extern const struct codec_ops codec_none, codec_gzip, codec_zstd, codec_xz;
