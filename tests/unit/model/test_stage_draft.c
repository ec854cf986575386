/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/stage_draft.h"

static void stage_draft__becomes_a_build_that_owns_itself(void **state)
{
	struct build_set set = {0};
	struct facts f = {0};
	struct draft d = {.f = &f, .arena = &set.arena, .image = DRAFT_NONE};
	uint32_t stage, node;

	(void)state;
	assert_int_equal(chains_init(&f.chains), 0);
	assert_int_equal(chains_add(&f.chains, CHAIN_ROOT, BYTES("sha256:1"), 5, &node), 0);
	d.key = BYTES("document:1");
	assert_int_equal(draft_add_stage(&d, BYTES("a/b\n"), EVIDENCE_LABEL, &stage), 0);
	d.stages.v[stage].tip = node;
	d.stages.v[stage].s.layers_by = EVIDENCE_CACHE;
	assert_int_equal(
	    draft_add_instruction(&d, stage, BYTES("RUN"), BYTES("RUN x"), 1, EVIDENCE_HISTORY),
	    0);
	assert_int_equal(draft_add_stage(&d, BYTES("ghost"), EVIDENCE_PROVENANCE, &stage), 0);
	d.stages.v[stage].s.layers_by = EVIDENCE_CACHE;
	draft_note(&d, "one %d", 1);
	draft_note(&d, "two");
	assert_int_equal(draft_finish(&d, &set), 0);
	draft_release(&d);
	chains_release(&f.chains);

	assert_int_equal(set.builds.n, 1);
	assert_string_equal(set.builds.v[0].key, "document:1");
	assert_string_equal(set.builds.v[0].note, "one 1\ntwo");
	assert_int_equal(set.builds.v[0].n_stages, 2);
	assert_string_equal(set.builds.v[0].stages[0].name, "a+b%0A");
	assert_int_equal(set.builds.v[0].stages[0].n_layers, 1);
	assert_int_equal(set.builds.v[0].stages[0].layers[0].layer, 5);
	assert_string_equal(set.builds.v[0].stages[0].layers[0].diff_id, "sha256:1");
	assert_bytes_equal_str(set.builds.v[0].stages[0].instructions[0].text, "RUN x");
	/* Without a chain nothing can be known of its layers. */
	assert_int_equal(set.builds.v[0].stages[1].layers_by, EVIDENCE_NONE);
	build_set_release(&set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_draft__becomes_a_build_that_owns_itself,
					    bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
