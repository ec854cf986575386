/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

static void check(struct bx *x, const char *dockerfile, const char *want)
{
	int64_t id;

	bx_layer(x, "sha256:01", "a=10:1@1");
	id = bx_image(x, "app:1", "sha256:01", "RUN make");
	bx_dockerfile(x, id, dockerfile);
	bx_load(x);
	assert_build(x, "app:1", want);
}

static void stage_dockerfile__names_bases_and_sources(void **state)
{
	check(*state,
	      "FROM scratch AS a\nFROM x\nFROM 0\nFROM y AS a\n"
	      "RUN --mount=from=a,target=/t --mount=type=cache,target=/c make\n",
	      "a on scratch 0/0 by nobody\nstage-1? on x ?/0 by nobody\nstage-2? on 0 ?/0 by "
	      "nobody\n"
	      "a~3! on y 0/1 by dockerfile\n  1 mount  -> /t <- a (dockerfile)\n");
}

/* Files that stand in the Dockerfile itself come from nowhere else. */
static void stage_dockerfile__heredocs_are_no_sources(void **state)
{
	check(*state, "FROM x\nCOPY <<A /dst/\ntext\nA\nRUN make\n",
	      "stage-0! on x ?/1 by dockerfile\n  0  -> dst/ <- @context (dockerfile)\n");
}

static void stage_dockerfile__instructions_keep_flags_and_lines(void **state)
{
	struct bx *x = *state;
	const struct build_stage *s;

	check(x, "FROM x\n\nRUN --network=none \\\n make\n",
	      "stage-0! on x 0/1 by dockerfile\n");
	s = bx_stage(x, "app:1", "stage-0")->s;
	assert_int_equal(s->n_instructions, 1);
	assert_string_equal(s->instructions[0].keyword, "RUN");
	assert_bytes_equal_str(s->instructions[0].text, "RUN --network=none make");
	assert_int_equal(s->instructions[0].line0, 3);
	assert_int_equal(s->instructions[0].line1, 4);
	assert_int_equal(s->instructions[0].position, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_dockerfile__names_bases_and_sources, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_dockerfile__heredocs_are_no_sources, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_dockerfile__instructions_keep_flags_and_lines,
					    bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
