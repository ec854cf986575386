/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fixture.h"
#include "ingest/known.h"
#include "store/layers.h"

static struct digest id(unsigned char first)
{
	return (struct digest){.alg = DIGEST_SHA256, .raw = {first}};
}

static void known__finds_what_was_added_in_any_order(void **state)
{
	_cleanup_(known_release) struct known k = {0};

	(void)state;
	for (unsigned char i = 0; i < 100; i++) {
		struct digest d = id((unsigned char)(i * 37 % 200));

		assert_int_equal(known_add(&k, &d), 0);
	}
	for (unsigned char i = 0; i < 100; i++) {
		struct digest d = id((unsigned char)(i * 37 % 200));
		struct digest other = {.alg = DIGEST_SHA512, .raw = {d.raw[0]}};

		assert_true(known_has(&k, &d));
		assert_false(known_has(&k, &other));
	}
	assert_false(known_has(&k, &(struct digest){.alg = DIGEST_SHA256, .raw = {250}}));
}

static void known__holds_published_and_staged_layers(void **state)
{
	_cleanup_(known_release) struct known k = {0};
	struct fixture *f = *state;
	char text[DIGEST_TEXT_MAX];
	struct digest d;
	int64_t row;

	for (unsigned char i = 1; i <= 2; i++) {
		d = id(i);
		assert_ok(db_begin(f->db, &f->err), &f->err);
		assert_ok(layers_stage(f->db, digest_format(&d, text), "run", &row, &f->err),
			  &f->err);
		if (i == 1)
			assert_ok(layers_publish(f->db, row, &f->err), &f->err);
		assert_ok(db_commit(f->db, &f->err), &f->err);
	}
	assert_ok(known_load(f->db, &k, &f->err), &f->err);
	assert_int_equal(k.ids.n, 2);
	d = id(1);
	assert_true(known_has(&k, &d));
	d = id(2);
	assert_true(known_has(&k, &d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known__finds_what_was_added_in_any_order),
	    cmocka_unit_test_setup_teardown(known__holds_published_and_staged_layers,
					    fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
