/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct digester: a digest of any OCI algorithm over a stream (io/hash.h streams SHA-256
 * only; blobs and DiffIDs may be declared as SHA-512).
 */
#include "util/digest.h"

struct digester;

int digester_new(enum digest_alg alg, struct digester **ret, struct err *err) _must_check_;
void digester_free(struct digester *d);
DEFINE_CLEANUP(struct digester *, digester_free)
void digester_update(struct digester *d, const void *p, size_t n);
/* Ends the computation. */
struct digest digester_final(struct digester *d);
