/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "model/buildcache.h"
#include "util/buf.h"

#include <time.h>

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

/* Every chain leads through one record with very many inputs: walked a few times, not each. */
static void buildcache_graph__work_is_bounded(void **state)
{
	_cleanup_(buf_release) struct buf json = BUF_INIT;
	const struct buildcache *c;
	struct buildcache_graph *g = NULL;
	clock_t begin;

	(void)state;
	buf_add_str(&json, "{\"layers\":[{\"parent\":-1,\"annotations\":{\"diffID\":\"l\"}}");
	for (int i = 1; i < 10000; i++)
		buf_addf(&json, ",{\"parent\":-1,\"annotations\":{\"diffID\":\"%d\"}}", i);
	buf_add_str(&json, "],\"records\":[{\"digest\":\"hub\",\"inputs\":[[{\"link\":1}");
	for (int i = 0; i < 500000; i++)
		buf_add_str(&json, ",{}");
	buf_add_str(&json, "]]}");
	for (int i = 1; i < 10000; i++)
		buf_addf(&json,
			 ",{\"digest\":\"%d\",\"layers\":[{\"layer\":%d}],\"inputs\":[[{}]]}",
			 i, i);
	buf_add_str(&json, "]}");
	c = parse(buf_str(&json));
	begin = clock();
	assert_int_equal(buildcache_graph_make(&c, 1, &g, NULL), 0);
	assert_true(clock() - begin < 5 * CLOCKS_PER_SEC); /* unbounded: 5,000,000,000 links */
	assert_int_equal(g->n, 9999);
	assert_int_equal(find(g, "2")->n_sources, 1);
	buildcache_graph_free(g);
	buildcache_free((struct buildcache *)(uintptr_t)c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buildcache_graph__continuations_and_sources),
	    cmocka_unit_test(buildcache_graph__records_join_by_digest),
	    cmocka_unit_test(buildcache_graph__circles_and_unknown_layers),
	    cmocka_unit_test(buildcache_graph__work_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
