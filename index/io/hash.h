/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Hashes. SHA-256 (OpenSSL EVP, SHA-NI) is the trust anchor: DiffIDs, blob digests, proof that
 * two contents are equal. XXH3-128 finds content that may be equal; `xxhsum -H2` prints the
 * same. XXH3 is no defence against an author of images.
 *
 * XXH3 goes through XXH_x86dispatch where the platform has it.
 */
#include "util/digest.h"

struct sha256;

int sha256_new(struct sha256 **ret) _must_check_;
void sha256_free(struct sha256 *h);
DEFINE_CLEANUP(struct sha256 *, sha256_free)
void sha256_reset(struct sha256 *h);
void sha256_update(struct sha256 *h, const void *p, size_t n);
/* Ends the computation; reset before the next. */
void sha256_final(struct sha256 *h, unsigned char out[32]);
/* One shot. */
void sha256_of(const void *p, size_t n, unsigned char out[32]);
/* Any digest algorithm, one shot, for blobs held in memory. */
struct digest digest_of(enum digest_alg alg, struct bytes b);

struct xxh128;

int xxh128_new(struct xxh128 **ret) _must_check_;
void xxh128_free(struct xxh128 *h);
DEFINE_CLEANUP(struct xxh128 *, xxh128_free)
void xxh128_reset(struct xxh128 *h);
void xxh128_update(struct xxh128 *h, const void *p, size_t n);
/* Canonical (big-endian) bytes. */
void xxh128_final(struct xxh128 *h, unsigned char out[16]);
