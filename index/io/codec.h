/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Codecs: what a stream is compressed with, and a streaming decoder for it.
 *
 * Detection is by magic only, never by name or media type. One filter deep: a gzip stream in a
 * gzip stream comes out as gzip bytes, which the tar reader then refuses.
 *
 * A decoder continues over gzip members, zstd frames and zstd skippable frames (zstd:chunked,
 * eStargz). It checks gzip CRC32 and ISIZE itself, xz and zstd checksums through their
 * libraries. Bytes behind the last member that are no member: decoder_trailing() tells (behind
 * xz they are damage, as xz(1) has it; so is a stream that does not begin with a member).
 * Truncated, damaged, wrong checksum: -EBADMSG with a message that names codec and offset.
 * Over a limit (ratio, layer-bytes, zstd-window): -EFBIG naming the limit.
 */
#include "io/seekpoint.h"
#include "io/source.h"
#include "util/limits.h"

enum codec {
	CODEC_NONE = 0,
	CODEC_GZIP,
	CODEC_ZSTD,
	CODEC_XZ,
	CODEC_BZIP2, /* recognised so that the error can say "bunzip2 it first" */
};

#define CODEC_MAGIC_BYTES 8 /* enough for codec_detect */

enum codec codec_detect(const void *p, size_t n);
/* "none", "gzip", "zstd", "xz", "bzip2": stored in the index. */
const char *codec_name(enum codec c);
/* false if there is no such name. */
bool codec_from_name(struct bytes name, enum codec *ret);

struct decoder;

struct decoder_opts {
	const struct limits *limits; /* may be NULL: defaults */
	/* Called with every stored byte in order, also those behind the end: blob digests. */
	void (*on_input)(void *arg, const void *p, size_t n);
	void *arg;
	/* gzip only: collects a seek point about every `spacing` bytes of output. */
	struct seekpoints *points;
	uint64_t spacing;
};

/* Reads all of src from its beginning. Takes its own reference. */
int decoder_open(struct source *src, enum codec codec, const struct decoder_opts *opts,
		 struct decoder **ret, struct err *err) _must_check_;
/* Fills buf; *ret_n < n only at the end of the stream, 0 when nothing is left. After the end
 * all input has gone through on_input. */
int decoder_read(struct decoder *d, void *buf, size_t n, size_t *ret_n,
		 struct err *err) _must_check_;
/* Bytes behind the last member, known once decoder_read gave 0. */
uint64_t decoder_trailing(const struct decoder *d);
void decoder_free(struct decoder *d);
DEFINE_CLEANUP(struct decoder *, decoder_free)
