/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

static void facts__references_have_repositories_and_tags(void **state)
{
	static const struct {
		const char *reference, *repository, *tag;
	} cases[] = {
	    {"app", "app", ""},
	    {"app:1", "app", "1"},
	    {"host:5000/app", "host:5000/app", ""},
	    {"host:5000/a/app:1.2", "host:5000/a/app", "1.2"},
	    {"app:1@sha256:00", "app", "1"},
	    {"app@sha256:00", "app", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bytes r = bytes_from_str(cases[i].reference);

		assert_bytes_equal_str(facts_repository(r), cases[i].repository);
		assert_bytes_equal_str(facts_tag(r), cases[i].tag);
	}
}

static void facts__images_with_chains_and_instructions(void **state)
{
	struct bx *x = *state;
	struct facts f;

	bx_webapp(x);
	assert_ok(facts_load(x->db, &f, &x->err), &x->err);
	assert_int_equal(f.images.n, 3);
	assert_true(chains_is_prefix(&f.chains, f.images.v[0].tip, f.images.v[1].tip));
	assert_false(chains_is_prefix(&f.chains, f.images.v[0].tip, f.images.v[2].tip));
	assert_true(f.images.v[2].reliable);
	assert_string_equal(f.images.v[2].history.v[3].in.keyword, "COPY");
	assert_int_equal(f.images.v[2].history.v[3].position, 4);
	assert_true(facts_same_repository(&f.images.v[0], &f.images.v[2]));
	assert_int_equal(facts_image(&f, f.images.v[1].id), 1);
	assert_int_equal(facts_image(&f, 99), UINT32_MAX);
	assert_int_equal(facts_by_digest(&f, f.images.v[2].config_digest), 2);
	assert_int_equal(facts_by_digest(&f, BYTES("sha256:no")), UINT32_MAX);
	facts_release(&f);
}

/* As many layers as entries that made one, or the history is not believed. */
static void facts__unreliable_histories(void **state)
{
	struct bx *x = *state;
	struct facts f;

	bx_image(x, "a:1", "sha256:1 sha256:2", "RUN one");
	bx_image(x, "b:1", "sha256:1", NULL);
	assert_ok(facts_load(x->db, &f, &x->err), &x->err);
	assert_false(f.images.v[0].reliable);
	assert_false(f.images.v[1].reliable);
	facts_release(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(facts__references_have_repositories_and_tags,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(facts__images_with_chains_and_instructions,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(facts__unreliable_histories, bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
