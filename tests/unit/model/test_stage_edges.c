/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/stage_draft.h"

static void stage_edges__paths_are_joined_lexically(void **state)
{
	static const char *const cases[][3] = {
	    {"app", "./dist", "app/dist"}, {"app", "/x/", "x/"},   {"app", "./", "app/"},
	    {"app", ".", "app/"},          {"a/b", "../c", "a/c"}, {"a", "../../../c/", "c/"},
	    {"", "x//y/./z", "x/y/z"},     {"a", "/", "/"},        {"a/b", "..", "a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(buf_release) struct buf out = BUF_INIT;

		assert_int_equal(
		    draft_join(&out, bytes_from_str(cases[i][0]), bytes_from_str(cases[i][1])),
		    0);
		assert_string_equal(buf_str(&out), cases[i][2]);
	}
}

static void stage_edges__arguments_stand_behind_flags(void **state)
{
	struct bytes rest = draft_arguments(BYTES("COPY --from=a --chown=1:2  x y ")), word;

	(void)state;
	word = draft_next_word(&rest);
	assert_bytes_equal_str(word, "x");
	word = draft_next_word(&rest);
	assert_bytes_equal_str(word, "y");
	assert_int_equal(draft_next_word(&rest).len, 0);
}

/* WORKDIR of the base, of the stage it stands on, and its own, relative ones too. */
static void stage_edges__workdir_is_followed_through_the_chain(void **state)
{
	struct bx *x = *state;
	int64_t id;

	bx_layer(x, "sha256:1", "a=10:1@1");
	bx_layer(x, "sha256:2", "srv/app/sub/b=10:2@1");
	id = bx_image(x, "app:1", "sha256:1 sha256:2",
		      "I:|-WORKDIR /srv|-WORKDIR app|-WORKDIR sub|COPY b ./");
	bx_dockerfile(x, id, "FROM x AS one\nWORKDIR app\nFROM one\nWORKDIR sub\nCOPY b ./\n");
	bx_load(x);
	assert_build(x, "app:1",
		     "one on x 1/1 by dockerfile\nstage-1! on one 1/2 by dockerfile\n"
		     "  2 b -> srv/app/sub/ <- @context (dockerfile)\n");
}

/* The history has the values of variables. */
static void stage_edges__variables_are_taken_from_the_history(void **state)
{
	struct bx *x = *state;
	int64_t id;

	bx_layer(x, "sha256:1", "out/b=10:2@1");
	id = bx_image(x, "app:1", "sha256:1", "-ARG D=/out/|COPY v1/b c /out/");
	bx_dockerfile(x, id, "FROM scratch\nARG D=/out/\nCOPY $V/b c $D\n");
	bx_load(x);
	assert_build(x, "app:1",
		     "stage-0! on scratch 0/1 by dockerfile\n"
		     "  1 v1/b -> out/ <- @context (dockerfile)\n"
		     "  1 c -> out/ <- @context (dockerfile)\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_edges__paths_are_joined_lexically, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_edges__arguments_stand_behind_flags, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_edges__workdir_is_followed_through_the_chain,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_edges__variables_are_taken_from_the_history,
					    bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
