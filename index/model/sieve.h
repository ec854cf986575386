/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct sieve: which of many contents may not be alone, without sorting them.
 *
 * Most contents are stored once. Two bits a bucket say whether one content or more fell into
 * it; hashes are random, so any of their bits choose one. Every content that was added twice
 * passes, and one in sixteen of the others: those who ask compare what passed.
 */
#include "util/macro.h"

#include <stdbool.h>
#include <stdint.h>

struct sieve {
	unsigned char *once, *twice; /* a bit a bucket */
	uint64_t mask;
};

/* For about so many contents; four bytes for each. -ENOMEM. */
int sieve_init(struct sieve *s, uint64_t contents) _must_check_;
void sieve_release(struct sieve *s);

void sieve_add(struct sieve *s, const unsigned char xxh128[16]);
bool sieve_passes(const struct sieve *s, const unsigned char xxh128[16]);
