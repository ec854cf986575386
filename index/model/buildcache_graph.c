/* SPDX-License-Identifier: MIT */
/*
 * From records to chains and what they were made from. Records of all caches are united by
 * digest; a record's chains are known by their lists of DiffIDs.
 *
 * The inputs of a record lead, through records without chains, to records that have one. A
 * chain that is a proper prefix of the record's own is what it continues; any other is a
 * source.
 *
 * Work: a cache is untrusted and may hold 200,000 records that all lead through one another.
 * What a walk does is counted, and the walks end at STEPS; edges that would come later are then
 * not known, as with a cache that was cut. Real builds take some thousand.
 */
#include "model/buildcache.h"

#include "model/chain.h"

#include <string.h>

#define NONE  UINT32_MAX
#define STEPS (1u << 23)
#define NODES 20000 /* chains beyond that are left out: no real build has them */

DEFINE_VEC(node_vec, struct buildcache_node)
DEFINE_VEC(u32_list, uint32_t)

/* A record of one cache; of several with one digest, the first stands for all. */
struct record {
	const struct buildcache *cache;
	const struct buildcache_record *r;
	uint32_t begin; /* number of the first record of its cache */
	uint32_t first; /* number of the record that stands for it */
	uint32_t node;  /* where it stands for others: the first chain of any of them; NONE */
	uint32_t mark;  /* of the last walk that came by */
};

struct graph {
	struct record *records;
	uint32_t n;
	const struct buildcache *const *caches;
	size_t n_caches;
	struct u32_list *members; /* per standing record: all with its digest */
	struct node_vec nodes;
	struct chains chains;
	struct u32_list chain_of, node_at; /* a node's place in the trie, and back */
	uint32_t walk, steps;
};

/* ---- nodes ---- */

/* The node at a place in the trie, made if it is new; NONE where there are too many. */
static int node_at(struct graph *g, uint32_t place, const struct buildcache_chain *chain,
		   const struct buildcache *c, uint32_t *ret)
{
	struct buildcache_node made = {.n_layers = chain->n, .parent = NONE};

	while (g->node_at.n < g->chains.n)
		if (u32_list_push(&g->node_at, NONE) < 0)
			return -ENOMEM;
	*ret = g->node_at.v[place];
	if (*ret != NONE || g->nodes.n == NODES)
		return 0;
	made.diff_ids = calloc(chain->n, sizeof(*made.diff_ids));
	if (!made.diff_ids || node_vec_push(&g->nodes, made) < 0) {
		free(made.diff_ids);
		return -ENOMEM;
	}
	for (uint32_t k = 0; k < chain->n; k++)
		made.diff_ids[k] = c->layers[chain->layers[k]].diff_id;
	*ret = g->node_at.v[place] = (uint32_t)g->nodes.n - 1;
	return u32_list_push(&g->chain_of, place);
}

/* The node of a chain; NONE where a DiffID is unknown. */
static int node_of(struct graph *g, const struct buildcache *c,
		   const struct buildcache_chain *chain, uint32_t *ret)
{
	uint32_t place = CHAIN_ROOT;

	*ret = NONE;
	for (uint32_t k = 0; k < chain->n; k++) {
		struct bytes id = c->layers[chain->layers[k]].diff_id;

		if (!id.len)
			return 0;
		if (chains_add(&g->chains, place, id, 0, &place) < 0)
			return -ENOMEM;
	}
	return place == CHAIN_ROOT ? 0 : node_at(g, place, chain, c, ret);
}

/* ---- records ---- */

static int compare_digest(const void *pa, const void *pb, void *arg)
{
	const struct record *records = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	int c = bytes_cmp(records[a].r->digest, records[b].r->digest);

	return c ? c : (a > b) - (a < b);
}

/* Finds the records that are one, and lists them with the first. */
static int unite(struct graph *g)
{
	_cleanup_free_ uint32_t *order = calloc(g->n + 1, sizeof(*order));

	g->members = calloc(g->n + 1, sizeof(*g->members));
	if (!order || !g->members)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->n; i++)
		order[i] = i;
	qsort_r(order, g->n, sizeof(*order), compare_digest, g->records);
	for (uint32_t i = 0; i < g->n; i++) {
		struct record *r = &g->records[order[i]];
		const struct record *before = i ? &g->records[order[i - 1]] : NULL;
		bool same =
		    before && r->r->digest.len && bytes_equal(before->r->digest, r->r->digest);

		r->first = same ? before->first : order[i];
		if (u32_list_push(&g->members[r->first], order[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int collect_records(struct graph *g)
{
	uint32_t n = 0;

	for (size_t c = 0; c < g->n_caches; c++)
		n += g->caches[c]->n_records;
	g->records = calloc(n + 1, sizeof(*g->records));
	if (!g->records)
		return -ENOMEM;
	for (size_t c = 0; c < g->n_caches; c++) {
		uint32_t begin = g->n;

		for (uint32_t i = 0; i < g->caches[c]->n_records; i++)
			g->records[g->n++] = (struct record){.cache = g->caches[c],
							     .r = &g->caches[c]->records[i],
							     .begin = begin,
							     .node = NONE};
	}
	return 0;
}

static int make_nodes(struct graph *g)
{
	for (uint32_t i = 0; i < g->n; i++) {
		const struct record *r = &g->records[i];
		struct record *first = &g->records[r->first];

		for (uint32_t k = 0; k < r->r->n_chains; k++) {
			uint32_t node;

			if (node_of(g, r->cache, &r->r->chains[k], &node) < 0)
				return -ENOMEM;
			if (first->node == NONE)
				first->node = node;
		}
	}
	return 0;
}

/* ---- edges ---- */

static int add_source(struct graph *g, struct buildcache_node *n, uint32_t source)
{
	uint32_t *grown;

	g->steps += n->n_sources;
	for (uint32_t k = 0; k < n->n_sources; k++)
		if (n->sources[k] == source)
			return 0;
	grown = reallocarray(n->sources, n->n_sources + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	n->sources = grown;
	n->sources[n->n_sources++] = source;
	return 0;
}

/* Node `from` is an input of node `to`. */
static int connect(struct graph *g, uint32_t to, uint32_t from)
{
	struct buildcache_node *n = &g->nodes.v[to], *input = &g->nodes.v[from];

	if (to == from)
		return 0;
	g->steps += n->n_layers > input->n_layers ? n->n_layers - input->n_layers : 0;
	if (!chains_is_prefix(&g->chains, g->chain_of.v[from], g->chain_of.v[to]))
		return add_source(g, n, from);
	if (n->parent == NONE || input->n_layers > g->nodes.v[n->parent].n_layers)
		n->parent = from;
	return 0;
}

/* A record's input: connected if it has a chain, else gone on from; each once a walk. */
static int take_link(struct graph *g, uint32_t record, uint32_t to, struct u32_list *todo)
{
	uint32_t number = g->records[record].first;
	struct record *first = &g->records[number];

	g->steps++;
	if (first->mark == g->walk)
		return 0;
	first->mark = g->walk;
	return first->node != NONE ? connect(g, to, first->node) : u32_list_push(todo, number);
}

static int take_inputs(struct graph *g, const struct record *at, uint32_t to,
		       struct u32_list *todo)
{
	int r = 0;

	for (uint32_t i = 0; i < at->r->n_inputs; i++) {
		const struct buildcache_input *in = &at->r->inputs[i];

		for (uint32_t k = 0; r == 0 && k < in->n; k++)
			r = take_link(g, at->begin + in->links[k].record, to, todo);
	}
	return r;
}

/* Walks from a record's inputs to the nearest records with chains. */
static int follow(struct graph *g, uint32_t record, struct u32_list *todo)
{
	uint32_t to = g->records[record].node;
	int r = u32_list_push(todo, record);

	g->walk++;
	while (r == 0 && todo->n && g->steps < STEPS) {
		const struct u32_list *same = &g->members[todo->v[--todo->n]];

		vec_foreach (m, same) {
			const struct record *at = &g->records[*m];

			g->steps++;
			if (at->r->n_inputs == 0 && same->n == 1)
				g->nodes.v[to].local = true;
			if (r == 0)
				r = take_inputs(g, at, to, todo);
		}
	}
	todo->n = 0;
	return r;
}

static int make_edges(struct graph *g)
{
	struct u32_list todo = {0};
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < g->n; i++)
		if (g->records[i].first == i && g->records[i].node != NONE)
			r = follow(g, i, &todo);
	u32_list_release(&todo);
	return r;
}

/* ---- the result ---- */

static void nodes_release(struct buildcache_node *nodes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(nodes[i].diff_ids);
		free(nodes[i].sources);
	}
	free(nodes);
}

static void graph_release(struct graph *g)
{
	for (uint32_t i = 0; g->members && i < g->n; i++)
		u32_list_release(&g->members[i]);
	free(g->members);
	free(g->records);
	chains_release(&g->chains);
	u32_list_release(&g->chain_of);
	u32_list_release(&g->node_at);
	nodes_release(g->nodes.v, g->nodes.n);
}

void buildcache_graph_free(struct buildcache_graph *g)
{
	if (!g)
		return;
	nodes_release(g->nodes, g->n);
	free(g);
}

int buildcache_graph_make(const struct buildcache *const *caches, size_t n,
			  struct buildcache_graph **ret, struct err *err)
{
	_cleanup_(graph_release) struct graph g = {.caches = caches, .n_caches = n};
	struct buildcache_graph *made = calloc(1, sizeof(*made));
	int r = made ? chains_init(&g.chains) : -ENOMEM;

	if (r == 0)
		r = collect_records(&g);
	if (r == 0)
		r = unite(&g);
	if (r == 0)
		r = make_nodes(&g);
	if (r == 0)
		r = make_edges(&g);
	if (r < 0) {
		free(made);
		return err_oom(err);
	}
	*made = (struct buildcache_graph){g.nodes.v, (uint32_t)g.nodes.n};
	g.nodes = (struct node_vec){0};
	*ret = made;
	return 0;
}
