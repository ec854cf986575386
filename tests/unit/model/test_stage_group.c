/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/stage_group.h"

/* Groups as text: "app:b app:p; app:x", the final one last. */
static void check(struct bx *x, const char *want)
{
	_cleanup_(groups_release) struct group_vec groups = {0};
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	bool used[64] = {false};
	struct layer_contents_cache contents = {.bytes = 0};
	struct facts f;

	assert_ok(facts_load(x->db, &f, &x->err), &x->err);
	assert_ok(groups_find(&contents, x->db, &f, used, &groups, &x->err), &x->err);
	vec_foreach (g, &groups) {
		if (got.len)
			buf_add_str(&got, "; ");
		for (uint32_t k = 0; k < g->n; k++) {
			buf_addf(&got, "%s", k ? " " : "");
			buf_add_bytes(&got, f.images.v[g->images[k]].names.v[0]);
		}
	}
	layer_contents_cache_release(&contents);
	assert_string_equal(buf_str(&got), want);
	facts_release(&f);
}

static void stage_group__by_chain_and_by_content(void **state)
{
	bx_webapp(*state);
	check(*state, "webapp:deps webapp:build webapp:production");
}

/* An end that copies nothing belongs to the build whose stage it stands on. */
static void stage_group__a_test_stage_is_no_final_image(void **state)
{
	struct bx *x = *state;

	bx_webapp(x);
	bx_layer(x, "sha256:08", "tmp/log=9:9@9");
	bx_image(
	    x, "webapp:test", "sha256:01 sha256:02 sha256:03 sha256:04 sha256:05 sha256:08",
	    "I:|COPY package.json /app/|RUN npm install|COPY src /app/src/|RUN npm run build|"
	    "RUN npm test");
	check(x, "webapp:deps webapp:build webapp:test webapp:production");
}

static void stage_group__versions_are_builds_of_their_own(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=500:1@1");
	bx_layer(x, "sha256:2", "a=500:2@2");
	bx_image(x, "app:1", "sha256:1", "COPY a /");
	bx_image(x, "app:2", "sha256:2", "COPY a /");
	check(x, "app:2; app:1");
}

static void stage_group__other_repositories_stay_out(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=500:1@1");
	bx_layer(x, "sha256:2", "x/a=500:1@1");
	bx_image(x, "tools:1", "sha256:1", "RUN make");
	bx_image(x, "app:1", "sha256:2", "COPY /a /x/");
	check(x, "tools:1; app:1");
}

/* The same file of the context by two instructions, and one file that was really copied. */
static void stage_group__circles_are_broken_by_age(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "app/package.json=500:1@1");
	bx_layer(x, "sha256:2", "app/out=700:2@1");
	bx_layer(x, "sha256:3", "srv/package.json=500:1@1");
	bx_layer(x, "sha256:4", "srv/out=700:2@1");
	bx_image(x, "app:builder", "sha256:1 sha256:2", "COPY /package.json /app/|RUN make");
	bx_image(x, "app:1", "sha256:3 sha256:4",
		 "COPY /package.json /srv/|COPY /app/out /srv/");
	check(x, "app:builder app:1");
}

/* Made later than what stands on it, it holds a file that is also there: no copy, its base. */
static void stage_group__a_later_base_copies_nothing_from_what_stands_on_it(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a/x=500:1@1");
	bx_layer(x, "sha256:2", "b/x=500:1@1");
	bx_image(x, "app:1", "sha256:1 sha256:2", "COPY /b/x /a/|RUN cp -r a b");
	bx_image(x, "app:base", "sha256:1", "COPY /b/x /a/");
	check(x, "app:base app:1");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(stage_group__by_chain_and_by_content, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_group__a_test_stage_is_no_final_image,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_group__versions_are_builds_of_their_own,
					    bx_setup, bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_group__other_repositories_stay_out, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(stage_group__circles_are_broken_by_age, bx_setup,
					    bx_teardown),
	    cmocka_unit_test_setup_teardown(
		stage_group__a_later_base_copies_nothing_from_what_stands_on_it, bx_setup,
		bx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
