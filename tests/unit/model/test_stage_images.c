/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

static void stage_images__one_image_a_stage(void **state)
{
	bx_webapp(*state);
	bx_load(*state);
	assert_build(*state, "webapp:production",
		     "base on ? ?/1 by history\n"
		     "deps on base 1/3 by chain\n"
		     "  2 package.json -> app/ <- @context (history)\n"
		     "build on deps 3/5 by chain\n"
		     "  4 src -> app/src/ <- @context (history)\n"
		     "production! on base 1/4 by chain\n"
		     "  2 package.json -> app/ <- @context (history)\n"
		     "  3 /app/nm/left.js -> app/nm/ <- deps (content)\n"
		     "  4 /app/dist -> app/dist <- build (content)\n");
}

/* An absolute source may be of a stage that nobody indexed: nothing is guessed. */
static void stage_images__without_evidence_one_stage(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=100:1@1");
	bx_layer(x, "sha256:2", "b=100:2@1");
	bx_image(x, "app:1", "sha256:1 sha256:2", "RUN make|COPY /b /");
	bx_load(x);
	assert_build(x, "app:1",
		     "final! on ? ?/2 by default\n  2 /b -> / <- @unknown (default)\n");
	assert_non_null(strstr(bx_build(x, "app:1")->b->note, "No input says"));
}

static void stage_images__an_indexed_base_is_linked(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=100:1@1");
	bx_layer(x, "sha256:2", "b=100:2@1");
	bx_image(x, "debian:12", "sha256:1", "ADD x /|-CMD [\"sh\"]");
	bx_image(x, "app:1", "sha256:1 sha256:2", "ADD x /|-CMD [\"sh\"]|RUN make");
	bx_load(x);
	assert_build(x, "app:1", "final! on debian:12 1/2 by default\n");
	assert_int_not_equal(bx_stage(x, "app:1", "final")->s->base_image, 0);
}

/* kaniko writes --from. */
static void stage_images__a_from_in_the_history(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=100:1@1");
	bx_image(x, "app:1", "sha256:1", "COPY --from=nginx:1 /etc/a /");
	bx_load(x);
	assert_build(x, "app:1",
		     "final! on ? ?/1 by default\n  1 /etc/a -> / <- nginx:1 (history)\n");
}

/* COPY --from=IMAGE: an image that has the files just where they were copied from. */
static void stage_images__files_of_another_image(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "usr/bin/jq=500:1@1");
	bx_layer(x, "sha256:2", "opt/jq=500:1@1");
	bx_layer(x, "sha256:3", "bin/jq=500:1@1");
	bx_image(x, "other/jq:1", "sha256:2", "RUN make");
	bx_image(x, "acme/tools:2", "sha256:1", "RUN make jq");
	bx_image(x, "app:1", "sha256:3", "COPY /usr/bin/jq /bin/");
	bx_load(x);
	assert_build(x, "app:1",
		     "final! on ? ?/1 by default\n"
		     "  1 /usr/bin/jq -> bin/ <- acme/tools:2 (content)\n");
}

/* Three stages on three images that are not indexed. */
static void stage_images__every_base_has_a_name_of_its_own(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=100:1@1");
	bx_layer(x, "sha256:2", "b=100:2@1");
	bx_layer(x, "sha256:3", "c=100:3@1");
	bx_layer(x, "sha256:4", "out/x=400:4@1");
	bx_layer(x, "sha256:5", "out/y=500:5@1");
	bx_layer(x, "sha256:6", "x=400:4@1");
	bx_layer(x, "sha256:7", "y=500:5@1");
	bx_image(x, "app:one", "sha256:1 sha256:4", "I:|RUN make x");
	bx_image(x, "app:two", "sha256:2 sha256:5", "I:|RUN make y");
	bx_image(x, "app:1", "sha256:3 sha256:6 sha256:7", "I:|COPY /out/x /|COPY /out/y /");
	bx_load(x);
	assert_non_null(bx_stage(x, "app:1", "base"));
	assert_non_null(bx_stage(x, "app:1", "base-image"));
	assert_non_null(bx_stage(x, "app:1", "base-image-2"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_images__one_image_a_stage, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_images__without_evidence_one_stage, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_images__an_indexed_base_is_linked, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_images__a_from_in_the_history, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_images__files_of_another_image, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_images__every_base_has_a_name_of_its_own,
					    bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
