/* SPDX-License-Identifier: MIT */
#include "ingest/hashing.h"

#include "io/hash.h"

struct hashing {
	struct sha256 *sha;
	struct xxh128 *xxh;
	uint64_t size, pos;
	bool active;
};

static const char zeros[KIB(64)];

int hashing_new(struct hashing **ret, struct err *err)
{
	_cleanup_(hashing_freep) struct hashing *h = calloc(1, sizeof(*h));

	if (!h || sha256_new(&h->sha) < 0 || xxh128_new(&h->xxh) < 0)
		return err_oom(err);
	*ret = steal_ptr(&h);
	return 0;
}

void hashing_free(struct hashing *h)
{
	if (!h)
		return;
	sha256_freep(&h->sha);
	xxh128_freep(&h->xxh);
	free(h);
}

void hashing_begin(struct hashing *h, uint64_t size, uint64_t stored)
{
	h->size = size;
	h->pos = 0;
	h->active = size > 0 && size - MIN(stored, size) <= HASHING_HOLES_MAX;
	if (!h->active)
		return;
	sha256_reset(h->sha);
	xxh128_reset(h->xxh);
}

static void update(struct hashing *h, const void *p, size_t n)
{
	sha256_update(h->sha, p, n);
	xxh128_update(h->xxh, p, n);
	h->pos += n;
}

static void fill_hole(struct hashing *h, uint64_t to)
{
	while (h->pos < to)
		update(h, zeros, (size_t)MIN(to - h->pos, (uint64_t)sizeof(zeros)));
}

void hashing_data(struct hashing *h, const void *p, size_t n, uint64_t off)
{
	if (!h->active)
		return;
	/* The walker vouches for order and sum; a piece that fits neither ends the hashing. */
	if (off < h->pos || off > h->size || n > h->size - off) {
		h->active = false;
		return;
	}
	fill_hole(h, off);
	update(h, p, n);
}

bool hashing_end(struct hashing *h, unsigned char xxh128[16], unsigned char sha256[32])
{
	if (!h->active)
		return false;
	fill_hole(h, h->size);
	xxh128_final(h->xxh, xxh128);
	sha256_final(h->sha, sha256);
	h->active = false;
	return true;
}
