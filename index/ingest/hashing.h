/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct hashing: XXH3-128 and SHA-256 of one file after the other, from the pieces that a tar
 * walk hands out. Holes count as the zeros a reader gets; a file with more hole than
 * HASHING_HOLES_MAX is not hashed (one header can claim an exbibyte of hole).
 */
#include "util/bytes.h"
#include "util/err.h"

#define HASHING_HOLES_MAX MIB(64)

struct hashing;

int hashing_new(struct hashing **ret, struct err *err) _must_check_;
void hashing_free(struct hashing *h);
DEFINE_CLEANUP(struct hashing *, hashing_free)

/* A file of `size` bytes, `stored` of them data. */
void hashing_begin(struct hashing *h, uint64_t size, uint64_t stored);
/* A piece at `off`; what lies before it and was not given is a hole. */
void hashing_data(struct hashing *h, const void *p, size_t n, uint64_t off);
/* false: this file has no hashes. */
bool hashing_end(struct hashing *h, unsigned char xxh128[16], unsigned char sha256[32]);
