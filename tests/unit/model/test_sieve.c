/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include "model/sieve.h"

#include <time.h>

#define CONTENTS 20000

static void random_hash(unsigned char hash[16])
{
	for (int i = 0; i < 16; i++)
		hash[i] = (unsigned char)(rand() >> 7);
}

static void sieve__whatever_was_added_twice_passes(void **state)
{
	unsigned seed = (unsigned)time(NULL);
	_cleanup_(sieve_release) struct sieve s = {0};
	static unsigned char hashes[CONTENTS][16];
	unsigned alone = 0;

	(void)state;
	print_message("# seed %u\n", seed);
	srand(seed);
	assert_int_equal(sieve_init(&s, CONTENTS), 0);
	for (int i = 0; i < CONTENTS; i++) {
		random_hash(hashes[i]);
		sieve_add(&s, hashes[i]);
		if (i % 10 == 0)
			sieve_add(&s, hashes[i]);
	}
	for (int i = 0; i < CONTENTS; i++) {
		bool passes = sieve_passes(&s, hashes[i]);

		if (i % 10 == 0)
			assert_true(passes);
		else
			alone += passes;
	}
	/* One in sixteen, and no more than twice that. */
	assert_true(alone < CONTENTS / 8);
}

static void sieve__nothing_passes_an_empty_one(void **state)
{
	static const unsigned char hash[16] = {1};
	_cleanup_(sieve_release) struct sieve s = {0};

	(void)state;
	assert_int_equal(sieve_init(&s, 0), 0);
	assert_false(sieve_passes(&s, hash));
	sieve_add(&s, hash);
	assert_false(sieve_passes(&s, hash));
	sieve_add(&s, hash);
	assert_true(sieve_passes(&s, hash));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sieve__whatever_was_added_twice_passes),
	    cmocka_unit_test(sieve__nothing_passes_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
