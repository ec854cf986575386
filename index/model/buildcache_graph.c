/* SPDX-License-Identifier: MIT */
/*
 * From records to chains and what they were made from. Records of all caches are united by
 * digest; a record's chains are known by their lists of DiffIDs.
 *
 * The inputs of a record lead, through records without chains, to records that have one. A
 * chain that is a proper prefix of the record's own is what it continues; any other is a
 * source.
 */
#include "model/buildcache.h"

#include <string.h>

#define NONE  UINT32_MAX
#define STEPS (1u << 20) /* through records without chains, for the whole graph */
#define NODES 20000      /* chains beyond that are left out: no real build has them */

DEFINE_VEC(node_vec, struct buildcache_node)
DEFINE_VEC(u32_list, uint32_t)

/* A record of one cache; of several with one digest, the first stands for all. */
struct record {
	const struct buildcache *cache;
	const struct buildcache_record *r;
	uint32_t first; /* number of the record that stands for it */
	uint32_t node;  /* its first chain's; NONE */
	uint32_t mark;  /* of the last walk that came by */
};

struct graph {
	struct record *records;
	uint32_t n;
	uint32_t *begin; /* per cache: number of its first record */
	const struct buildcache *const *caches;
	size_t n_caches;
	struct u32_list *members; /* per standing record: all with its digest */
	struct node_vec nodes;
	uint32_t walk, steps;
};

/* ---- nodes ---- */

static bool same_chain(const struct buildcache_node *n, struct bytes *const ids, uint32_t count)
{
	if (n->n_layers != count)
		return false;
	for (uint32_t k = count; k-- > 0;)
		if (!bytes_equal(n->diff_ids[k], ids[k]))
			return false;
	return true;
}

static bool is_prefix(const struct buildcache_node *a, const struct buildcache_node *b)
{
	return a->n_layers < b->n_layers && same_chain(a, b->diff_ids, a->n_layers);
}

/* The node of a chain, made if it is new; NONE where a DiffID is unknown. */
static int node_of(struct graph *g, const struct buildcache *c,
		   const struct buildcache_chain *chain, uint32_t *ret)
{
	struct bytes *ids = calloc(chain->n + 1, sizeof(*ids));
	int r = 0;

	*ret = NONE;
	if (!ids)
		return -ENOMEM;
	for (uint32_t k = 0; k < chain->n; k++) {
		ids[k] = c->layers[chain->layers[k]].diff_id;
		if (!ids[k].len) {
			free(ids);
			return 0;
		}
	}
	for (uint32_t i = 0; *ret == NONE && i < g->nodes.n; i++)
		if (same_chain(&g->nodes.v[i], ids, chain->n))
			*ret = i;
	if (*ret == NONE && chain->n && g->nodes.n < NODES) {
		*ret = (uint32_t)g->nodes.n;
		r = node_vec_push(&g->nodes, (struct buildcache_node){.diff_ids = ids,
								      .n_layers = chain->n,
								      .parent = NONE});
		if (r == 0)
			return 0;
	}
	free(ids);
	return r;
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
	g->begin = calloc(g->n_caches + 1, sizeof(*g->begin));
	if (!g->records || !g->begin)
		return -ENOMEM;
	for (size_t c = 0; c < g->n_caches; c++) {
		g->begin[c] = g->n;
		for (uint32_t i = 0; i < g->caches[c]->n_records; i++)
			g->records[g->n++] = (struct record){.cache = g->caches[c],
							     .r = &g->caches[c]->records[i],
							     .node = NONE};
	}
	return 0;
}

static int make_nodes(struct graph *g)
{
	for (uint32_t i = 0; i < g->n; i++) {
		struct record *r = &g->records[i];

		for (uint32_t k = 0; k < r->r->n_chains; k++) {
			uint32_t node;

			if (node_of(g, r->cache, &r->r->chains[k], &node) < 0)
				return -ENOMEM;
			if (r->node == NONE)
				r->node = node;
		}
	}
	return 0;
}

/* The chain of any record with the same digest. */
static uint32_t chain_of_record(const struct graph *g, uint32_t record)
{
	const struct u32_list *same = &g->members[g->records[record].first];

	vec_foreach (m, same)
		if (g->records[*m].node != NONE)
			return g->records[*m].node;
	return NONE;
}

/* ---- edges ---- */

static int add_source(struct buildcache_node *n, uint32_t source)
{
	uint32_t *grown;

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
	if (!is_prefix(input, n))
		return add_source(n, from);
	if (n->parent == NONE || input->n_layers > g->nodes.v[n->parent].n_layers)
		n->parent = from;
	return 0;
}

static uint32_t number_of(const struct graph *g, const struct buildcache *c, uint32_t record)
{
	for (size_t k = 0; k < g->n_caches; k++)
		if (g->caches[k] == c)
			return g->begin[k] + record;
	return NONE;
}

/* Walks from a record's inputs to the nearest records with chains; each record once a walk. */
static int follow(struct graph *g, uint32_t record, uint32_t to, struct u32_list *todo)
{
	int r = u32_list_push(todo, g->records[record].first);

	g->walk++;
	while (r == 0 && todo->n) {
		const struct u32_list *same = &g->members[todo->v[--todo->n]];

		vec_foreach (m, same) {
			const struct record *at = &g->records[*m];

			if (g->steps++ > STEPS)
				return 0;
			if (at->r->n_inputs == 0 && same->n == 1)
				g->nodes.v[to].local = true;
			for (uint32_t i = 0; r == 0 && i < at->r->n_inputs; i++)
				for (uint32_t k = 0; r == 0 && k < at->r->inputs[i].n; k++) {
					uint32_t next = number_of(
					    g, at->cache, at->r->inputs[i].links[k].record);
					uint32_t node = chain_of_record(g, next);
					struct record *first =
					    &g->records[g->records[next].first];

					if (first->mark == g->walk)
						continue;
					first->mark = g->walk;
					r = node != NONE
						? connect(g, to, node)
						: u32_list_push(todo, g->records[next].first);
				}
		}
	}
	todo->n = 0;
	return r;
}

static int make_edges(struct graph *g)
{
	struct u32_list todo = {0};
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < g->n; i++) {
		uint32_t node = chain_of_record(g, i);

		if (node != NONE && g->records[i].first == i)
			r = follow(g, i, node, &todo);
	}
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
	free(g->begin);
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
	int r = made ? collect_records(&g) : -ENOMEM;

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
