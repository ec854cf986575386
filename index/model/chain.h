/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct chains: the trie of ChainIDs over all images and caches: the backbone of the stage
 * model. A node is a layer on top of a parent chain; a stage is a path between two nodes.
 *
 * A DiffID alone never identifies anything here: one DiffID may stand at many places of the
 * trie (OCI image-spec config.md "Layer ChainID"). Nodes are numbered by first use; 0 is the
 * empty chain, the root. DiffID texts are borrowed for the life of the trie.
 */
#include "util/bytes.h"

#define CHAIN_ROOT 0
#define CHAIN_NONE UINT32_MAX

struct chain_node {
	uint32_t parent, depth;
	struct bytes diff_id; /* empty: the root */
	int64_t layer;        /* row of the layer table, 0 if no input holds it */
};

struct chains {
	struct chain_node *nodes;
	uint32_t n, cap;
	uint32_t *table; /* open addressing: (parent, DiffID) -> node; 0 free */
	uint32_t slots;
};

int chains_init(struct chains *c) _must_check_;
void chains_release(struct chains *c);
/* The node of diff_id on parent, made if it is new. layer 0 does not overwrite a known one. */
int chains_add(struct chains *c, uint32_t parent, struct bytes diff_id, int64_t layer,
	       uint32_t *ret) _must_check_;
/* CHAIN_NONE if there is none. */
uint32_t chains_find(const struct chains *c, uint32_t parent, struct bytes diff_id);
/* The first `depth` layers of a node's chain; depth <= its own. */
uint32_t chains_prefix(const struct chains *c, uint32_t node, uint32_t depth);

/* Is `a` a prefix of `b`, or equal? */
static inline bool chains_is_prefix(const struct chains *c, uint32_t a, uint32_t b)
{
	return c->nodes[a].depth <= c->nodes[b].depth &&
	       chains_prefix(c, b, c->nodes[a].depth) == a;
}
