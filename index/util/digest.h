/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct digest: an OCI digest, "sha256:<64 lower-case hex>" or "sha512:<128>".
 *
 * Source: OCI image-spec descriptor.md "Digests". Upper-case hex, other lengths and other
 * algorithms are refused: a digest becomes a path ("blobs/sha256/<hex>"), so this parser is
 * what keeps "sha256:../../etc/passwd" out (CVE-2024-3727).
 */
#include "util/bytes.h"
#include "util/err.h"

enum digest_alg { DIGEST_NONE = 0, DIGEST_SHA256, DIGEST_SHA512 };

struct digest {
	enum digest_alg alg;
	unsigned char raw[64];
};

#define DIGEST_TEXT_MAX (7 + 128 + 1)

size_t digest_raw_len(enum digest_alg alg);
const char *digest_alg_name(enum digest_alg alg); /* "sha256", "sha512" */

/* -EINVAL with a message that quotes the (escaped) text. */
int digest_parse(struct bytes text, struct digest *ret, struct err *err) _must_check_;
/* "sha256:<hex>" in out; returns out. DIGEST_NONE gives "". */
const char *digest_format(const struct digest *d, char out[DIGEST_TEXT_MAX]);
/* Only the hex part. */
const char *digest_hex(const struct digest *d, char out[DIGEST_TEXT_MAX]);
/* A sha256 digest from its 32 raw bytes. */
struct digest digest_sha256(const unsigned char raw[32]);

static inline bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->alg == b->alg && memcmp(a->raw, b->raw, digest_raw_len(a->alg)) == 0;
}

/* n bytes as 2n lower-case hex digits and a NUL. */
void hex_encode(const void *p, size_t n, char *out);
