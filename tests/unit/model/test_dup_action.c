/* SPDX-License-Identifier: MIT */
#include "builds_fixture.h"

#include "model/dup_action.h"

/* What is advised for each group, one a line: "42 merge RUNs". */
static char *advice(struct bx *x)
{
	static const struct dup_limits limits = {.order = DUPS_BY_SHIPPED};
	_cleanup_(dup_copy_vec_release) struct dup_copy_vec copies = {0};
	_cleanup_(arena_release) struct arena paths = {0};
	struct buf out = BUF_INIT;
	struct dup_scope scope;
	struct uses u;
	struct dups d;

	assert_int_equal(uses_make(x->catalog, &u), 0);
	scope = (struct dup_scope){.uses = &u};
	assert_ok(dups_find(x->db, x->forest, &scope, &limits, &d, &x->err), &x->err);
	vec_foreach (g, &d.groups) {
		enum dup_action action;
		const char *name;

		assert_ok(dups_copies(x->db, &scope, &d, (size_t)(g - d.groups.v), &copies,
				      &paths, &x->err),
			  &x->err);
		assert_int_equal(dup_action(&u, g, copies.v, copies.n, &action), 0);
		name = dup_action_name(action);
		buf_addf(&out, "%llu %s\n", (unsigned long long)g->size, name ? name : "-");
	}
	dups_release(&d);
	uses_release(&u);
	return buf_steal(&out);
}

static void assert_advice(struct bx *x, const char *want)
{
	_cleanup_free_ char *got = advice(x);

	assert_string_equal(got ? got : "", want);
}

/* One image; each size is one case. */
static void dup_action__within_one_image(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "base=900:1@1");
	bx_layer(x, "sha256:2", "a/own=800:2@1 a/mv=700:3@1 one=600:4@1 two=600:4@1");
	bx_layer(x, "sha256:3", "run=500:5@1 rewritten=400:6@1");
	bx_layer(x, "sha256:4",
		 "base=900:1@2 a/own=800:2@2 b/mv=700:3@1 run2=500:5@1 rewritten=400:6@2");
	bx_image(x, "app:1", "sha256:1 sha256:2 sha256:3 sha256:4",
		 "ADD file:1 in /|COPY . /a|RUN make|RUN chown -R 1 /");
	bx_load(x);
	assert_advice(x, "900 COPY --chown\n800 COPY --chown\n700 link\n600 link\n"
			 "500 merge RUNs\n400 merge RUNs\n");
}

static void dup_action__nothing_without_instructions(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=900:1@1");
	bx_layer(x, "sha256:2", "b=900:1@1");
	bx_image(x, "app:1", "sha256:1 sha256:2", NULL);
	bx_load(x);
	assert_advice(x, "900 -\n");
}

static void dup_action__nothing_about_what_the_base_brought(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=900:1@1");
	bx_layer(x, "sha256:2", "a=900:1@2");
	bx_image(x, "base:1", "sha256:1", "RUN make");
	bx_dockerfile(x, bx_image(x, "app:1", "sha256:1 sha256:2", "RUN make|RUN touch /a"),
		      "FROM base:1\nRUN touch /a\n");
	bx_load(x);
	assert_advice(x, "900 -\n");
}

static void dup_action__across_images_is_a_base_to_share(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a=900:1@1");
	bx_layer(x, "sha256:2", "a=900:1@2");
	bx_image(x, "one:1", "sha256:1", "RUN make");
	bx_image(x, "two:1", "sha256:2", "RUN make");
	bx_load(x);
	assert_advice(x, "900 share a base stage\n");
}

/* A COPY --from is a second copy by nature. */
static void dup_action__nothing_about_a_copy_from(void **state)
{
	struct bx *x = *state;

	bx_webapp(x);
	bx_load(x);
	assert_advice(x, "77 -\n42 -\n");
}

/* Both stages run the same command on their own. */
static void dup_action__what_two_stages_made(void **state)
{
	struct bx *x = *state;
	int64_t image;

	bx_layer(x, "sha256:1", "sh=10:1@1");
	bx_layer(x, "sha256:2", "nm/a=900:2@1");
	bx_layer(x, "sha256:3", "nm/a=900:2@2 out=5:3@1");
	bx_layer(x, "sha256:4", "out=5:3@1");
	bx_image(x, "app:deps", "sha256:1 sha256:2", "I:|RUN npm ci");
	bx_image(x, "app:build", "sha256:1 sha256:3", "I:|RUN npm ci && make");
	image = bx_image(x, "app:final", "sha256:1 sha256:4", "I:|COPY /out /out");
	bx_dockerfile(x, image,
		      "FROM busybox AS base\nFROM base AS deps\nRUN npm ci\n"
		      "FROM base AS build\nRUN npm ci && make\n"
		      "FROM base AS final\nCOPY --from=build /out /out\n");
	bx_load(x);
	assert_advice(x, "900 share a base stage\n5 -\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bx_setup, bx_teardown)
	static const struct CMUnitTest tests[] = {
	    TEST(dup_action__within_one_image),
	    TEST(dup_action__nothing_without_instructions),
	    TEST(dup_action__nothing_about_what_the_base_brought),
	    TEST(dup_action__across_images_is_a_base_to_share),
	    TEST(dup_action__nothing_about_a_copy_from),
	    TEST(dup_action__what_two_stages_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
