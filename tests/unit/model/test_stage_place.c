/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

static int64_t image_of(struct bx *x, const char *name)
{
	bx_load(x);
	for (size_t i = 0; i < x->catalog->n_images; i++)
		if (strcmp(x->catalog->images[i].name, name) == 0)
			return x->catalog->images[i].id;
	fail_msg("no image %s", name);
	return 0;
}

static void stage_place__images_fill_a_dockerfiles_stages(void **state)
{
	struct bx *x = *state;

	bx_webapp(x);
	bx_dockerfile(x, image_of(x, "webapp:production"), bx_webapp_dockerfile);
	bx_load(x);
	assert_build(x, "webapp:production",
		     "base on busybox 1/1 by chain\n"
		     "deps on base 1/3 by chain\n"
		     "  2 package.json -> app/ <- @context (dockerfile)\n"
		     "build on deps 3/5 by chain\n"
		     "  4 src -> app/src/ <- @context (dockerfile)\n"
		     "production! on base 1/4 by dockerfile\n"
		     "  2 package.json -> app/ <- @context (dockerfile)\n"
		     "  3 /app/nm/left.js -> app/nm/ <- deps (dockerfile)\n"
		     "  4 /app/dist -> app/dist <- build (dockerfile)\n");
	/* The images that turned out to be stages are no builds of their own. */
	assert_int_equal(x->catalog->n_builds, 1);
}

static void stage_place__a_stage_that_nobody_has_is_a_name(void **state)
{
	struct bx *x = *state;
	int64_t id;

	bx_layer(x, "sha256:01", "bin/sh=1000:1@1");
	bx_layer(x, "sha256:02", "o=77:6@5");
	id = bx_image(x, "app:1", "sha256:01 sha256:02", "I:|COPY /o /");
	bx_dockerfile(
	    x, id, "FROM busybox AS build\nRUN make\nFROM busybox\nCOPY --from=build /o /\n");
	bx_load(x);
	assert_build(x, "app:1",
		     "build on busybox ?/0 by nobody\n"
		     "stage-1! on busybox 1/2 by dockerfile\n"
		     "  2 /o -> / <- build (dockerfile)\n");
}

/* A Dockerfile of something else names stages, and nothing is said of layers. */
static void stage_place__a_wrong_dockerfile_is_said_to_be(void **state)
{
	struct bx *x = *state;
	int64_t id;

	bx_layer(x, "sha256:01", "a=10:1@1");
	id = bx_image(x, "app:1", "sha256:01", "RUN npm ci");
	bx_dockerfile(x, id, "FROM x\nRUN cargo build\nRUN strip x\n");
	bx_load(x);
	assert_build(x, "app:1", "stage-0! on x ?/1 by dockerfile\n");
	assert_non_null(strstr(bx_build(x, "app:1")->b->note, "does not match"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_place__images_fill_a_dockerfiles_stages,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_place__a_stage_that_nobody_has_is_a_name,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_place__a_wrong_dockerfile_is_said_to_be,
					    bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
