/* SPDX-License-Identifier: MIT */
#include "tree_text.h"

#include "model/copymap.h"

/* What COPY src dst did, backwards; "" where nothing of the source can be there. */
static void copymap__the_rules_of_copy(void **state)
{
	static const struct {
		const char *src, *dst, *path, *want;
	} cases[] = {
	    {"/app/dist", "app/dist", "app/dist/a.js", "app/dist/a.js"},
	    {"/app/dist", "srv/", "srv/sub/b.js", "app/dist/sub/b.js"},
	    {"/app/dist/", "srv", "srv/a.js", "app/dist/a.js"},
	    {"app/dist/a.js", "srv/", "srv/a.js", "app/dist/a.js"},
	    {"app/dist/a.js", "srv/x.js", "srv/x.js", "app/dist/a.js"},
	    {"app/dist/a.js", "srv", "srv/a.js", "app/dist/a.js"}, /* srv was a directory */
	    {"app/dist/a.js", "srv/", "srv/b.js", ""},
	    {"app/dist", "app/dist", "app/distant", ""},
	    {"app/dist", "app/dist", "elsewhere", ""},
	    {"app/*/a.js", "srv/", "srv/a.js", "app/dist/a.js"},
	    {"app/d*", "srv/", "srv/sub/b.js", "app/dist/sub/b.js"},
	    {"app/dist/?.js", "srv/", "srv/a.js", "app/dist/a.js"},
	    {"app/dist/[bc].js", "srv/", "srv/a.js", ""},
	    {"/", "/", "app/dist/a.js", "app/dist/a.js"},
	    {".", "srv/", "srv/app/dist/a.js", "app/dist/a.js"},
	    {"link", "srv/", "srv/a.js", "app/dist/a.js"}, /* a link at the end is followed */
	    {"app/dist/none", "srv/", "srv/none", ""},
	};
	static const char *const texts[] = {
	    "file app/dist/a.js 1\nfile app/dist/sub/b.js 2\nsym link app/dist\nfile app/x 3"};
	struct tree *t = text_merge(texts, 1, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct build_edge e = {.src = bytes_from_str(cases[i].src),
				       .dst = bytes_from_str(cases[i].dst)};
		uint32_t want = *cases[i].want
				    ? node_lookup(t->nodes, bytes_from_str(cases[i].want))
				    : COPYMAP_NONE;
		uint32_t got = copymap_find(t->nodes, &e, bytes_from_str(cases[i].path));

		if (got != want)
			fail_msg("COPY %s %s: %s was node %u, not %u", cases[i].src,
				 cases[i].dst, cases[i].path, want, got);
	}
	tree_unref(t);
}

static void copymap__covers_what_is_below(void **state)
{
	struct build_edge e = {.dst = BYTES("a/b/")}, root = {.dst = BYTES("/")};

	(void)state;
	assert_true(copymap_covers(&e, BYTES("a/b")));
	assert_true(copymap_covers(&e, BYTES("a/b/c")));
	assert_false(copymap_covers(&e, BYTES("a/bc")));
	assert_true(copymap_covers(&root, BYTES("x")));
	e.dst = BYTES_NULL;
	assert_false(copymap_covers(&e, BYTES("a")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(copymap__the_rules_of_copy),
	    cmocka_unit_test(copymap__covers_what_is_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
