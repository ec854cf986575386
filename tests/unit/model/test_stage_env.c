/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

/* The classic builder: sources are hashes, so paths have to be worked out. */
static void put(struct bx *x, const char *history, const char *dockerfile, const char *want)
{
	int64_t id;

	bx_layer(x, "sha256:1", "base=10:1@1");
	bx_layer(x, "sha256:2", "opt/x=10:2@1");
	id = bx_image(x, "app:1", "sha256:1 sha256:2", history);
	bx_dockerfile(x, id, dockerfile);
	bx_load(x);
	assert_build(x, "app:1", want);
}

static void stage_env__env_of_the_stage_and_those_below(void **state)
{
	put(*state, "I:|-C:ENV A=/opt|-C:ENV B=/opt/x D=/|C:COPY dir:01 in /opt/x",
	    "FROM x AS one\nENV A=/opt\nFROM one\nENV B=\"$A\"/x D=/\nCOPY --from=one $B "
	    "${D}opt/x\n",
	    "one on x 1/1 by dockerfile\nstage-1! on one 1/2 by dockerfile\n"
	    "  2 /opt/x -> opt/x <- one (dockerfile)\n");
}

static void stage_env__env_of_the_base_image(void **state)
{
	put(*state, "-C:ENV HOME=/opt NAME=a b V=/opt/x|I:|C:COPY dir:01 in /opt/x",
	    "FROM x\nCOPY --from=y $HOME/x $V\n",
	    "stage-0! on x 1/2 by dockerfile\n  2 /opt/x -> opt/x <- y (dockerfile)\n");
}

/* Its default, that of the ARG before FROM; the history's value comes before both. */
static void stage_env__arg(void **state)
{
	put(*state, "I:|-C:ARG A=/opt/y|-C:ARG B|-C:ARG C|C:COPY dir:01 in /opt/x",
	    "ARG C=x\nFROM x\nARG A=/a\nARG B=/opt\nARG C\nCOPY --from=y $A $B/${C}\n",
	    "stage-0! on x 1/2 by dockerfile\n  2 /opt/y -> opt/x <- y (dockerfile)\n");
}

/* An ARG ends with its stage and never hides an ENV; what is not known stays as written. */
static void stage_env__arg_is_not_inherited(void **state)
{
	put(*state, "I:|-C:ENV E=/opt|-C:ARG A=/opt|-C:ARG E=/wrong|C:COPY dir:01 in /opt/x",
	    "FROM x AS one\nENV E=/opt\nARG A=/opt\nFROM one\nARG E=/wrong\n"
	    "COPY --from=y $A/x $E/x\n",
	    "one on x 1/1 by dockerfile\nstage-1! on one 1/2 by dockerfile\n"
	    "  2 $A/x -> opt/x <- y (dockerfile)\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_env__env_of_the_stage_and_those_below,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_env__env_of_the_base_image, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_env__arg, bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_env__arg_is_not_inherited, bx_setup,
					    bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
