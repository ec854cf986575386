/* SPDX-License-Identifier: MIT */
#include "ingest/digester.h"

#include <openssl/evp.h>

struct digester {
	enum digest_alg alg;
	EVP_MD_CTX *ctx;
	bool failed;
};

int digester_new(enum digest_alg alg, struct digester **ret, struct err *err)
{
	_cleanup_(digester_freep) struct digester *d = calloc(1, sizeof(*d));
	const EVP_MD *md = alg == DIGEST_SHA512 ? EVP_sha512() : EVP_sha256();

	if (!d)
		return err_oom(err);
	d->alg = alg == DIGEST_NONE ? DIGEST_SHA256 : alg;
	d->ctx = EVP_MD_CTX_new();
	if (!d->ctx || EVP_DigestInit_ex(d->ctx, md, NULL) != 1)
		return err_set(err, ENOMEM, "cannot start a digest");
	*ret = steal_ptr(&d);
	return 0;
}

void digester_free(struct digester *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

void digester_update(struct digester *d, const void *p, size_t n)
{
	if (EVP_DigestUpdate(d->ctx, p, n) != 1)
		d->failed = true;
}

/* A failed computation gives DIGEST_NONE, which equals no declared digest. */
struct digest digester_final(struct digester *d)
{
	struct digest out = {.alg = d->alg};

	if (EVP_DigestFinal_ex(d->ctx, out.raw, NULL) != 1 || d->failed)
		return (struct digest){0};
	return out;
}
