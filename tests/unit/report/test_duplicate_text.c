/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

#include "report/duplicate_text.h"

static void assert_text(struct bx *x, const char *image, const char *want)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct report_ctx ctx = {.catalog = x->catalog, .forest = x->forest, .db = x->db};

	for (size_t i = 0; i < x->catalog->n_images; i++)
		if (strcmp(x->catalog->images[i].name, image) == 0)
			ctx.image = &x->catalog->images[i];
	assert_non_null(ctx.image);
	assert_ok(duplicate_text(&ctx, &out, &x->err), &x->err);
	assert_string_equal(buf_str(&out), want);
}

static void duplicate_text__names_what_costs_most(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "usr/lib/a=300:1@1 small=9:2@1");
	bx_layer(x, "sha256:2", "opt/copy=300:1@1 x/small=9:2@1 y/small=9:2@1");
	bx_layer(x, "sha256:3", "usr/lib/a=300:1@2");
	bx_image(x, "two:1", "sha256:1 sha256:2", NULL);
	bx_image(x, "same:1", "sha256:1 sha256:3", NULL);
	bx_image(x, "all:1", "sha256:1 sha256:2 sha256:3", NULL);
	bx_image(x, "one:1", "sha256:1", NULL);
	bx_load(x);
	assert_text(x, "two:1",
		    "/usr/lib/a is shipped twice, again as /opt/copy: 300 B of 318 B shipped "
		    "more\nthan once (report duplicates).\n");
	assert_text(x, "same:1",
		    "/usr/lib/a is shipped twice, again by layer 02: 300 B of 300 B shipped "
		    "more than\nonce (report duplicates).\n");
	assert_text(x, "all:1",
		    "/usr/lib/a is shipped 3 times, again as /opt/copy: 600 B of 618 B shipped "
		    "more\nthan once (report duplicates).\n");
	assert_text(x, "one:1", "");
}

/* A COPY --from is stored twice, but shipped once. */
static void duplicate_text__says_nothing_of_what_is_not_shipped(void **state)
{
	struct bx *x = *state;

	bx_webapp(x);
	bx_load(x);
	assert_text(x, "webapp:production", "");
	assert_text(x, "webapp:build", "");
}

static void duplicate_text__lets_no_control_byte_through(void **state)
{
	struct bx *x = *state;

	bx_layer(x, "sha256:1", "a/\x1b[31m=300:1@1 b/\x1b[31m=300:1@1");
	bx_image(x, "one:1", "sha256:1", NULL);
	bx_load(x);
	assert_text(x, "one:1",
		    "/a/\\x1b[31m is shipped twice, again as /b/\\x1b[31m: 300 B of 300 B "
		    "shipped more\nthan once (report duplicates).\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bx_setup, bx_teardown)
	static const struct CMUnitTest tests[] = {
	    TEST(duplicate_text__names_what_costs_most),
	    TEST(duplicate_text__says_nothing_of_what_is_not_shipped),
	    TEST(duplicate_text__lets_no_control_byte_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
