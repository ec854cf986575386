/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct decoding: one blob being decoded by a thread of its own, its uncompressed bytes hashed
 * by a second, and read by the caller through decoding_next(). The blob's own digest is taken
 * on the way; of a plain blob it is the DiffID and not computed twice.
 */
#include "io/codec.h"
#include "util/digest.h"

struct decoding;

struct decoding_opts {
	struct source *source; /* the stored bytes */
	enum codec codec;
	const struct limits *limits;
	enum digest_alg diff_alg;  /* of the uncompressed bytes; none: SHA-256 */
	enum digest_alg blob_alg;  /* of the stored bytes; none: SHA-256 */
	struct seekpoints *points; /* filled for gzip; may be NULL */
	uint64_t spacing;
};

struct decoding_result {
	struct digest diff_id, blob_digest;
	uint64_t bytes;    /* uncompressed */
	uint64_t trailing; /* stored bytes behind the end of the compressed stream */
};

int decoding_start(const struct decoding_opts *opts, struct decoding **ret,
		   struct err *err) _must_check_;
/* Stops what still runs. */
void decoding_free(struct decoding *d);
DEFINE_CLEANUP(struct decoding *, decoding_free)

/* The next piece, borrowed until the next call; length 0 at the end. */
int decoding_next(struct decoding *d, struct bytes *ret, struct err *err) _must_check_;
/* Stored bytes read so far; any thread. */
uint64_t decoding_stored_bytes(const struct decoding *d);
/* Reads what is left and gives the digests. */
int decoding_finish(struct decoding *d, struct decoding_result *ret,
		    struct err *err) _must_check_;
