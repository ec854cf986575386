/* SPDX-License-Identifier: MIT */
/*
 * BuildKit caches of one build, and the graph that they make together.
 *
 * The input is any number of caches, with a line "---" between two. One that begins with '[' is
 * an inline cache as its base64 holds it, of an image of INLINE_LAYERS layers. Layers without a
 * DiffID get one, as the layers of an export do that its descriptors name.
 */
#include "encode.h"

#include "model/buildcache.h"

#define CACHES        4
#define INLINE_LAYERS 5

static void check_layers(const struct buildcache *c)
{
	for (uint32_t i = 0; i < c->n_layers; i++) {
		uint32_t steps = 0;

		for (int32_t at = (int32_t)i; at >= 0; at = c->layers[at].parent)
			fuzz_check((uint32_t)at < c->n_layers && steps++ < c->n_layers);
	}
}

static void check_record(const struct buildcache *c, const struct buildcache_record *r)
{
	for (uint32_t i = 0; i < r->n_chains; i++)
		for (uint32_t k = 0; k < r->chains[i].n; k++)
			fuzz_check(r->chains[i].layers[k] < c->n_layers);
	for (uint32_t i = 0; i < r->n_inputs; i++)
		for (uint32_t k = 0; k < r->inputs[i].n; k++)
			fuzz_check(r->inputs[i].links[k].record < c->n_records);
}

static struct buildcache *parse(struct bytes in)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct buildcache *c = NULL;
	struct err err = ERR_INIT;
	int r;

	if (in.len && in.ptr[0] == '[') {
		fuzz_base64(in, &text);
		r = buildcache_parse_inline(buf_bytes(&text), INLINE_LAYERS, &c, &err);
	} else {
		r = buildcache_parse(in, &c, &err);
	}
	if (r < 0) {
		fuzz_refused(r, &err);
		fuzz_check(!c);
		return NULL;
	}
	check_layers(c);
	for (uint32_t i = 0; i < c->n_records; i++)
		check_record(c, &c->records[i]);
	return c;
}

/* Every third layer keeps what it has, which may be nothing. */
static void name_layers(struct buildcache *c)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

	for (uint32_t i = 0; i < c->n_layers; i++)
		if (!c->layers[i].diff_id.len && i % 3 != 2)
			buildcache_set_diff_id(c, i, bytes_make(&letters[i % 26], 1));
}

static bool begins(const struct buildcache_node *a, const struct buildcache_node *b)
{
	if (a->n_layers > b->n_layers)
		return false;
	for (uint32_t k = 0; k < a->n_layers; k++)
		if (!bytes_equal(a->diff_ids[k], b->diff_ids[k]))
			return false;
	return true;
}

static void check_node(const struct buildcache_graph *g, uint32_t i)
{
	const struct buildcache_node *n = &g->nodes[i];

	fuzz_check(n->n_layers > 0);
	for (uint32_t k = 0; k < n->n_layers; k++)
		fuzz_check(n->diff_ids[k].len > 0);
	for (uint32_t k = 0; k < MIN(i, 100u); k++)
		fuzz_check(g->nodes[k].n_layers != n->n_layers || !begins(&g->nodes[k], n));
	if (n->parent != UINT32_MAX) {
		fuzz_check(n->parent < g->n && g->nodes[n->parent].n_layers < n->n_layers);
		fuzz_check(begins(&g->nodes[n->parent], n));
	}
	for (uint32_t k = 0; k < n->n_sources; k++) {
		fuzz_check(n->sources[k] < g->n && n->sources[k] != i);
		fuzz_check(!begins(&g->nodes[n->sources[k]], n));
	}
}

static void try_graph(struct buildcache **caches, size_t n)
{
	const struct buildcache *const *in = (const struct buildcache *const *)caches;
	struct buildcache_graph *g = NULL;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < n; i++)
		name_layers(caches[i]);
	fuzz_check(buildcache_graph_make(in, n, &g, &err) == 0);
	for (uint32_t i = 0; i < g->n; i++)
		check_node(g, i);
	buildcache_graph_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_make(data, size);
	struct buildcache *caches[CACHES];
	size_t n = 0;

	while (in.len && n < CACHES) {
		const char *end = memmem(in.ptr, in.len, "\n---\n", 5);
		struct bytes text = bytes_make(in.ptr, end ? (size_t)(end - in.ptr) : in.len);

		caches[n] = parse(text);
		n += caches[n] != NULL;
		in = bytes_skip(in, end ? text.len + 5 : in.len);
	}
	try_graph(caches, n);
	for (size_t i = 0; i < n; i++)
		buildcache_free(caches[i]);
	return 0;
}
