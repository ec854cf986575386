/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/vote.h"

/* The vote of a layer of the last image among all images; "" for nobody. */
static const char *winner(struct bx *x, uint32_t position)
{
	static char name[100];
	uint32_t candidates[16];
	struct facts f;
	struct vote v;

	assert_ok(facts_load(x->db, &f, &x->err), &x->err);
	for (uint32_t i = 0; i < f.images.n; i++)
		candidates[i] = i;
	assert_ok(vote_layer(x->db, &f, (uint32_t)f.images.n - 1, position, candidates,
			     f.images.n, &v, &x->err),
		  &x->err);
	name[0] = 0;
	if (v.image != UINT32_MAX)
		strcpy(name, f.images.v[v.image].names.v[0].ptr);
	facts_release(&f);
	return name;
}

static void vote__the_stage_that_brought_the_files(void **state)
{
	bx_webapp(*state);
	assert_string_equal(winner(*state, 3), "webapp:deps"); /* build has them from deps */
	assert_string_equal(winner(*state, 4), "webapp:build");
	assert_string_equal(winner(*state, 1), ""); /* everybody's base */
	assert_string_equal(winner(*state, 2), "");
}

static void vote__nine_tenths_of_the_bytes(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=899:1@1 b=900:2@1");
	bx_layer(x, "sha256:2", "a=899:1@1 new=101:9@1");
	bx_layer(x, "sha256:3", "b=900:2@1 new=100:9@1");
	bx_image(x, "app:builder", "sha256:1", "RUN make");
	bx_image(x, "app:one", "sha256:2", "COPY /a /");
	assert_string_equal(winner(x, 1), "");
	bx_image(x, "app:two", "sha256:3", "COPY /b /");
	assert_string_equal(winner(x, 1), "app:builder");
}

/* The same step of an older version holds the same files, and is no source of this one. */
static void vote__another_version_is_no_source(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=500:1@1");
	bx_layer(x, "sha256:2", "a=500:1@2");
	bx_image(x, "app:1", "sha256:1", "COPY /a /");
	bx_image(x, "app:2", "sha256:2", "COPY /a /");
	assert_string_equal(winner(x, 1), "");
}

/* COPY --from keeps the mtime, a rebuild does not. */
static void vote__of_equals_the_one_with_the_same_mtime(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=500:1@1");
	bx_layer(x, "sha256:2", "a=500:1@2");
	bx_layer(x, "sha256:3", "dir/a=500:1@1");
	bx_image(x, "app:old-builder", "sha256:1", "RUN make");
	bx_image(x, "app:new-builder", "sha256:2", "RUN make");
	bx_image(x, "app:prod", "sha256:3", "COPY /a /dir/");
	assert_string_equal(winner(x, 1), "app:old-builder");
}

/* Small files vote only where there are no others. */
static void vote__small_files(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "marker=3:1@1");
	bx_layer(x, "sha256:2", "marker=3:1@1 real=100:2@1");
	bx_layer(x, "sha256:3", "marker=3:1@1");
	bx_image(x, "app:builder", "sha256:1", "RUN make");
	bx_image(x, "app:a", "sha256:2", "COPY /x /");
	assert_string_equal(winner(x, 1), "");
	bx_image(x, "app:b", "sha256:3", "COPY /y /");
	assert_string_not_equal(winner(x, 1), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(vote__the_stage_that_brought_the_files, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__nine_tenths_of_the_bytes, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__another_version_is_no_source, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__of_equals_the_one_with_the_same_mtime,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(vote__small_files, bx_setup, bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
