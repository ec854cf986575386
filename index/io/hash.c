/* SPDX-License-Identifier: MIT */
#include "io/hash.h"

#include <openssl/evp.h>

#ifdef HAVE_XXH_DISPATCH
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

struct sha256 {
	EVP_MD_CTX *ctx;
};

int sha256_new(struct sha256 **ret)
{
	struct sha256 *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx || EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1) {
		sha256_free(h);
		return -ENOMEM;
	}
	*ret = h;
	return 0;
}

void sha256_free(struct sha256 *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void sha256_reset(struct sha256 *h)
{
	EVP_DigestInit_ex(h->ctx, NULL, NULL);
}

void sha256_update(struct sha256 *h, const void *p, size_t n)
{
	EVP_DigestUpdate(h->ctx, p, n);
}

void sha256_final(struct sha256 *h, unsigned char out[32])
{
	EVP_DigestFinal_ex(h->ctx, out, NULL);
}

void sha256_of(const void *p, size_t n, unsigned char out[32])
{
	EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL);
}

struct digest digest_of(enum digest_alg alg, struct bytes b)
{
	struct digest d = {.alg = alg};

	if (alg != DIGEST_NONE)
		EVP_Digest(b.ptr, b.len, d.raw, NULL,
			   alg == DIGEST_SHA512 ? EVP_sha512() : EVP_sha256(), NULL);
	return d;
}

struct xxh128 {
	XXH3_state_t *state;
};

int xxh128_new(struct xxh128 **ret)
{
	struct xxh128 *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->state = XXH3_createState();
	if (!h->state) {
		free(h);
		return -ENOMEM;
	}
	XXH3_128bits_reset(h->state);
	*ret = h;
	return 0;
}

void xxh128_free(struct xxh128 *h)
{
	if (!h)
		return;
	XXH3_freeState(h->state);
	free(h);
}

void xxh128_reset(struct xxh128 *h)
{
	XXH3_128bits_reset(h->state);
}

void xxh128_update(struct xxh128 *h, const void *p, size_t n)
{
	XXH3_128bits_update(h->state, p, n);
}

void xxh128_final(struct xxh128 *h, unsigned char out[16])
{
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, XXH3_128bits_digest(h->state));
	memcpy(out, c.digest, 16);
}
