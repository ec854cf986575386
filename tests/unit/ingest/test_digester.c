/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "ingest/digester.h"

static void expect(enum digest_alg alg, const char *want)
{
	_cleanup_(digester_freep) struct digester *d = NULL;
	struct err err = ERR_INIT;
	char text[DIGEST_TEXT_MAX];
	struct digest got;

	assert_ok(digester_new(alg, &d, &err), &err);
	digester_update(d, "a", 1);
	digester_update(d, "bc", 2);
	got = digester_final(d);
	assert_string_equal(digest_format(&got, text), want);
}

/* The vectors are FIPS 180-4's "abc". */
static void digester__computes_both_algorithms(void **state)
{
	(void)state;
	expect(DIGEST_SHA256, "sha256:ba7816bf8f01cfea414140de5dae2223"
			      "b00361a396177a9cb410ff61f20015ad");
	expect(DIGEST_SHA512, "sha512:ddaf35a193617abacc417349ae204131"
			      "12e6fa4e89a97ea20a9eeee64b55d39a"
			      "2192992a274fc1a836ba3c23a3feebbd"
			      "454d4423643ce80e2a9ac94fa54ca49f");
}

static void digester__takes_sha256_where_none_is_asked_for(void **state)
{
	(void)state;
	expect(DIGEST_NONE, "sha256:ba7816bf8f01cfea414140de5dae2223"
			    "b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digester__computes_both_algorithms),
	    cmocka_unit_test(digester__takes_sha256_where_none_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
