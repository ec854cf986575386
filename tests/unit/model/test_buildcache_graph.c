/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "model/buildcache.h"
#include "util/buf.h"

static struct buildcache *parse(const char *json)
{
	struct buildcache *c = NULL;
	struct err err = ERR_INIT;

	assert_ok(buildcache_parse(bytes_from_str(json), &c, &err), &err);
	return c;
}

/* Layers 0 base, 1 on it (the builder's), 2 on 0 (the copy), with their letters as DiffIDs. */
static const char build[] =
    "{\"layers\":[{\"parent\":-1,\"annotations\":{\"diffID\":\"a\"}},"
    "{\"parent\":0,\"annotations\":{\"diffID\":\"b\"}},{\"parent\":0,\"annotations\":{"
    "\"diffID\":\"c\"}}],"
    "\"records\":[{\"digest\":\"context\"},{\"digest\":\"base\",\"layers\":[{\"layer\":0}]},"
    "{\"digest\":\"run\",\"layers\":[{\"layer\":1}],\"inputs\":[[{\"link\":1}],[{\"link\":0}]]}"
    ","
    "{\"digest\":\"files\",\"inputs\":[[{\"link\":2,\"selector\":\"s\"}]]},"
    "{\"digest\":\"copy\",\"layers\":[{\"layer\":2}],\"inputs\":[[{\"link\":1}],[{\"link\":3}]]"
    "}]}";

static const struct buildcache_node *find(const struct buildcache_graph *g, const char *chain)
{
	for (uint32_t i = 0; i < g->n; i++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		for (uint32_t k = 0; k < g->nodes[i].n_layers; k++)
			buf_add_bytes(&text, g->nodes[i].diff_ids[k]);
		if (strcmp(buf_str(&text), chain) == 0)
			return &g->nodes[i];
	}
	fail_msg("no chain %s", chain);
	return NULL;
}

static void buildcache_graph__continuations_and_sources(void **state)
{
	const struct buildcache *c = parse(build);
	struct buildcache_graph *g = NULL;

	(void)state;
	assert_int_equal(buildcache_graph_make(&c, 1, &g, NULL), 0);
	assert_int_equal(g->n, 3);
	assert_int_equal(find(g, "a")->parent, UINT32_MAX);
	assert_ptr_equal(&g->nodes[find(g, "ab")->parent], find(g, "a"));
	assert_int_equal(find(g, "ab")->n_sources, 0);
	assert_true(find(g, "ab")->local);
	/* Through "files", which has no layers. */
	assert_ptr_equal(&g->nodes[find(g, "ac")->parent], find(g, "a"));
	assert_int_equal(find(g, "ac")->n_sources, 1);
	assert_ptr_equal(&g->nodes[find(g, "ac")->sources[0]], find(g, "ab"));
	buildcache_graph_free(g);
	buildcache_free((struct buildcache *)(uintptr_t)c);
}

/* Two exports of one build: one knows the link, the other the layers behind it. */
static void buildcache_graph__records_join_by_digest(void **state)
{
	const struct buildcache *caches[] = {
	    parse(
		"{\"layers\":[{\"parent\":-1,\"annotations\":{\"diffID\":\"f\"}}],\"records\":["
		"{\"digest\":\"tip\"},{\"digest\":\"copy\",\"layers\":[{\"layer\":0}],"
		"\"inputs\":[[{\"link\":0}]]}]}"),
	    parse(
		"{\"layers\":[{\"parent\":-1,\"annotations\":{\"diffID\":\"b\"}}],\"records\":["
		"{\"digest\":\"tip\",\"layers\":[{\"layer\":0}]}]}"),
	};
	struct buildcache_graph *g = NULL;

	(void)state;
	assert_int_equal(buildcache_graph_make(caches, 2, &g, NULL), 0);
	assert_int_equal(find(g, "f")->n_sources, 1);
	assert_ptr_equal(&g->nodes[find(g, "f")->sources[0]], find(g, "b"));
	buildcache_graph_free(g);
	for (int i = 0; i < 2; i++)
		buildcache_free((struct buildcache *)(uintptr_t)caches[i]);
}

/* Records that are inputs of one another end, and what has no DiffID is left out. */
static void buildcache_graph__circles_and_unknown_layers(void **state)
{
	const struct buildcache *c = parse(
	    "{\"layers\":[{\"parent\":-1},{\"parent\":-1,\"annotations\":{\"diffID\":\"b\"}}],"
	    "\"records\":[{\"digest\":\"1\",\"inputs\":[[{\"link\":1}]]},{\"digest\":\"2\","
	    "\"inputs\":[[{\"link\":0}]]},{\"digest\":\"3\",\"layers\":[{\"layer\":1}],"
	    "\"inputs\":"
	    "[[{\"link\":0},{\"link\":2}]]},{\"digest\":\"4\",\"layers\":[{\"layer\":0}]}]}");
	struct buildcache_graph *g = NULL;

	(void)state;
	assert_int_equal(buildcache_graph_make(&c, 1, &g, NULL), 0);
	assert_int_equal(g->n, 1);
	assert_int_equal(find(g, "b")->n_sources, 0);
	buildcache_graph_free(g);
	buildcache_free((struct buildcache *)(uintptr_t)c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buildcache_graph__continuations_and_sources),
	    cmocka_unit_test(buildcache_graph__records_join_by_digest),
	    cmocka_unit_test(buildcache_graph__circles_and_unknown_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
