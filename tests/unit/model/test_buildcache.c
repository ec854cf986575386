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

static void refuse(const char *json, const char *message)
{
	struct buildcache *c = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(buildcache_parse(bytes_from_str(json), &c, &err), -EINVAL);
	assert_null(c);
	assert_string_equal(err.msg, message);
}

/* BuildKit leaves a parent of 0 out; the root says -1. */
static void buildcache__a_missing_parent_is_layer_0(void **state)
{
	struct buildcache *c =
	    parse("{\"layers\":[{\"blob\":\"sha256:a\",\"parent\":-1},"
		  "{\"blob\":\"sha256:b\"},{\"blob\":\"sha256:c\",\"parent\":1}],"
		  "\"records\":[{\"digest\":\"d\",\"layers\":[{\"layer\":2}]}]}");

	(void)state;
	assert_int_equal(c->n_layers, 3);
	assert_int_equal(c->layers[0].parent, -1);
	assert_int_equal(c->layers[1].parent, 0);
	assert_int_equal(c->records[0].n_chains, 1);
	assert_int_equal(c->records[0].chains[0].n, 3);
	assert_int_equal(c->records[0].chains[0].layers[0], 0);
	assert_int_equal(c->records[0].chains[0].layers[2], 2);
	buildcache_free(c);
}

static void buildcache__explicit_chains_and_alternatives(void **state)
{
	struct buildcache *c = parse(
	    "{\"layers\":[{\"blob\":\"a\",\"parent\":-1,\"annotations\":{\"diffID\":\"x\"}},"
	    "{\"blob\":\"b\",\"parent\":-1}],\"records\":[{\"digest\":\"r0\"},{\"digest\":"
	    "\"r1\","
	    "\"chains\":[{\"layers\":[1,0]}],\"inputs\":[[{\"link\":0,\"selector\":\"s\"},"
	    "{\"link\":1}],[{\"link\":0}]]}]}");

	(void)state;
	assert_bytes_equal_str(c->layers[0].diff_id, "x");
	assert_int_equal(c->records[1].chains[0].layers[0], 1);
	assert_int_equal(c->records[1].n_inputs, 2);
	assert_int_equal(c->records[1].inputs[0].n, 2);
	assert_bytes_equal_str(c->records[1].inputs[0].links[0].selector, "s");
	buildcache_set_diff_id(c, 1, BYTES("y"));
	buildcache_set_diff_id(c, 99, BYTES("nowhere"));
	assert_bytes_equal_str(c->layers[1].diff_id, "y");
	buildcache_free(c);
}

static void buildcache__what_points_nowhere_is_refused(void **state)
{
	(void)state;
	refuse("{}", "a cache config without records");
	refuse("{\"layers\":[{\"parent\":5}],\"records\":[]}",
	       "a cache layer whose parent is none");
	refuse("{\"layers\":[{\"parent\":-2}],\"records\":[]}",
	       "a cache layer whose parent is none");
	refuse("{\"layers\":[{\"parent\":0}],\"records\":[]}",
	       "cache layers that are their own parents");
	refuse("{\"layers\":[{\"parent\":1},{\"parent\":0}],\"records\":[]}",
	       "cache layers that are their own parents");
	refuse("{\"layers\":[],\"records\":[{\"layers\":[{\"layer\":0}]}]}",
	       "a cache record with a layer that is none");
	refuse("{\"layers\":[],\"records\":[{\"chains\":[{\"layers\":[3]}]}]}",
	       "a cache record with a layer that is none");
	refuse("{\"layers\":[],\"records\":[{\"inputs\":[[{\"link\":1}]]}]}",
	       "a cache record with an input that is none");
}

/* echo -n '[{"digest":"d","layers":[{"layer":1}]}]' | base64 */
static void buildcache__inline_layers_are_the_images_own(void **state)
{
	struct buildcache *c = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_ok(
	    buildcache_parse_inline(
		BYTES("W3siZGlnZXN0IjoiZCIsImxheWVycyI6W3sibGF5ZXIiOjF9XX1d"), 3, &c, &err),
	    &err);
	assert_true(c->inline_);
	assert_int_equal(c->n_layers, 3);
	assert_int_equal(c->records[0].chains[0].n, 2);
	buildcache_free(c);
	c = NULL;
	assert_int_equal(
	    buildcache_parse_inline(
		BYTES("W3siZGlnZXN0IjoiZCIsImxheWVycyI6W3sibGF5ZXIiOjF9XX1d"), 1, &c, &err),
	    -EINVAL);
	assert_int_equal(buildcache_parse_inline(BYTES("no base64"), 1, &c, NULL), -EINVAL);
	assert_int_equal(buildcache_parse_inline(BYTES("e30="), 1, &c, NULL), -EINVAL);
}

/* Short records can name long chains: 3,000 of 3,000 layers are nine million. */
static void buildcache__long_chains_of_many_records_are_refused(void **state)
{
	_cleanup_(buf_release) struct buf json = BUF_INIT;

	(void)state;
	buf_add_str(&json, "{\"layers\":[{\"parent\":-1}");
	for (int i = 1; i < 3000; i++)
		buf_addf(&json, ",{\"parent\":%d}", i - 1);
	buf_add_str(&json, "],\"records\":[{}");
	for (int i = 0; i < 3000; i++)
		buf_add_str(&json, ",{\"layers\":[{\"layer\":2999}]}");
	buf_add_str(&json, "]}");
	refuse(buf_str(&json), "a cache whose chains have more than 4000000 layers");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buildcache__a_missing_parent_is_layer_0),
	    cmocka_unit_test(buildcache__explicit_chains_and_alternatives),
	    cmocka_unit_test(buildcache__what_points_nowhere_is_refused),
	    cmocka_unit_test(buildcache__inline_layers_are_the_images_own),
	    cmocka_unit_test(buildcache__long_chains_of_many_records_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
