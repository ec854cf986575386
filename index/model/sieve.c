/* SPDX-License-Identifier: MIT */
#include "model/sieve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_PER_CONTENT 16

int sieve_init(struct sieve *s, uint64_t contents)
{
	uint64_t buckets = 1024;

	while (buckets / BUCKETS_PER_CONTENT < contents)
		buckets *= 2;
	s->mask = buckets - 1;
	s->once = calloc(buckets / 8, 1);
	s->twice = calloc(buckets / 8, 1);
	if (s->once && s->twice)
		return 0;
	sieve_release(s);
	return -ENOMEM;
}

void sieve_release(struct sieve *s)
{
	free(s->once);
	free(s->twice);
	*s = (struct sieve){0};
}

static uint64_t bucket_of(const struct sieve *s, const unsigned char xxh128[16])
{
	uint64_t bits;

	memcpy(&bits, xxh128, sizeof(bits));
	return bits & s->mask;
}

void sieve_add(struct sieve *s, const unsigned char xxh128[16])
{
	uint64_t at = bucket_of(s, xxh128);
	unsigned char bit = (unsigned char)(1u << (at & 7));

	s->twice[at / 8] |= s->once[at / 8] & bit;
	s->once[at / 8] |= bit;
}

bool sieve_passes(const struct sieve *s, const unsigned char xxh128[16])
{
	uint64_t at = bucket_of(s, xxh128);

	return s->twice[at / 8] & 1u << (at & 7);
}
