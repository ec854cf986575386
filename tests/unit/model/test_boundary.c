/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/boundary.h"

/* The boundary of the last image. */
static struct boundary find(struct bx *x, struct facts *f)
{
	assert_ok(facts_load(x->db, f, &x->err), &x->err);
	return boundary_find(f, (uint32_t)f->images.n - 1, NULL, NULL);
}

static void boundary__a_reference_in_a_comment_is_exact(void **state)
{
	struct facts f;
	struct boundary b;

	bx_image(*state, "a:1", "sha256:1 sha256:2 sha256:3",
		 "ADD x /|-CMD [\"sh\"]|RUN one|F:x;RUN two");
	b = find(*state, &f);
	assert_true(b.known);
	assert_int_equal(b.layers, 2);
	assert_int_equal(b.entries, 3);
	assert_bytes_equal_str(b.ref, "localhost/base:1");
	assert_int_equal(b.by, EVIDENCE_HISTORY);
	facts_release(&f);
}

static void boundary__an_indexed_image_that_begins_it(void **state)
{
	struct facts f;
	struct boundary b;

	bx_image(*state, "base:1", "sha256:1 sha256:2", "ADD x /|RUN one");
	bx_image(*state, "other:1", "sha256:1 sha256:2", "ADD x /|RUN another");
	bx_image(*state, "a:1", "sha256:1 sha256:2 sha256:3", "ADD x /|RUN one|RUN two");
	b = find(*state, &f);
	assert_int_equal(b.layers, 2);
	assert_int_equal(b.image, 0);
	assert_bytes_equal_str(b.ref, "base:1");
	assert_int_equal(b.by, EVIDENCE_CHAIN);
	facts_release(&f);
}

static void boundary__an_import_and_a_start_command_end_a_base(void **state)
{
	struct facts f;
	struct boundary b;

	bx_image(*state, "a:1", "sha256:1 sha256:2", "I:|RUN two");
	b = find(*state, &f);
	assert_int_equal(b.layers, 1);
	facts_release(&f);
	bx_image(*state, "b:1", "sha256:7 sha256:8 sha256:9",
		 "ADD x /|RUN setup|-CMD [\"sh\"]|RUN two|-CMD [\"app\"]");
	b = find(*state, &f);
	assert_int_equal(b.layers, 2);
	assert_int_equal(b.entries, 3);
	facts_release(&f);
}

static void boundary__nothing_says_where(void **state)
{
	struct facts f;
	struct boundary b;

	bx_image(*state, "a:1", "sha256:1 sha256:2", "ADD x /|RUN two|-CMD [\"a\"]");
	b = find(*state, &f);
	assert_false(b.known);
	facts_release(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(boundary__a_reference_in_a_comment_is_exact,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(boundary__an_indexed_image_that_begins_it, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(boundary__an_import_and_a_start_command_end_a_base,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(boundary__nothing_says_where, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
