/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct buildcache: a BuildKit cache config (application/vnd.buildkit.cacheconfig.v0) or an
 * inline cache: which result has which chain of layers, and which results it was made from.
 *
 * Source: BuildKit cache/remotecache/v1/{spec,parse}.go. Traps: a missing "parent" is 0 and the
 * root is an explicit -1; "layers" of a record name the top of a chain by parents, "chains"
 * list theirs; inputs are alternatives (or) within dependencies (and). Record digests are
 * solver cache keys: not the vertex digests of a provenance, but the same in every export of
 * the same build, which joins inline caches to one another. Pure. Ownership: everything is
 * owned by the struct. Untrusted: indexes are checked, loops are refused, work is bounded.
 */
#include "util/arena.h"
#include "util/err.h"
#include "util/vec.h"

#define BUILDCACHE_MAX_BYTES MIB(40)

struct buildcache_layer {
	struct bytes blob; /* "sha256:..."; empty in inline caches */
	int32_t parent;    /* -1 root */
	struct bytes
	    diff_id; /* annotation containerd.io/uncompressed or diffID; empty if absent */
};

struct buildcache_link {
	uint32_t record;
	struct bytes selector; /* digest of the path selector; empty: whole */
};

/* One dependency: any of these records gives it. */
struct buildcache_input {
	struct buildcache_link *links;
	uint32_t n;
};

/* Layers of a result, lowest first: indexes into layers. */
struct buildcache_chain {
	uint32_t *layers;
	uint32_t n;
};

struct buildcache_record {
	struct bytes digest;
	struct buildcache_chain *chains; /* as listed; usually none or one */
	uint32_t n_chains;
	struct buildcache_input *inputs;
	uint32_t n_inputs;
};

struct buildcache {
	struct buildcache_layer *layers;
	uint32_t n_layers;
	struct buildcache_record *records; /* as in the file */
	uint32_t n_records;
	uint32_t n_chained; /* layers of all chains together */
	bool inline_;       /* layers are positions in the image that carries it */
	struct arena arena; /* texts */
};

/* A cache config. Diff IDs from the export's descriptors can be set by the caller. */
int buildcache_parse(struct bytes json, struct buildcache **ret, struct err *err) _must_check_;
/* The base64 value of an image config's "moby.buildkit.cache.v0": records only; the image has
 * n_layers layers. */
int buildcache_parse_inline(struct bytes base64, uint32_t n_layers, struct buildcache **ret,
			    struct err *err) _must_check_;
void buildcache_free(struct buildcache *c);
DEFINE_CLEANUP(struct buildcache *, buildcache_free)

/* Names layer i's DiffID, where the document had none (or confirms it). Borrowed by the cache
 * for its life. */
void buildcache_set_diff_id(struct buildcache *c, uint32_t layer, struct bytes diff_id);

/*
 * The graph of results over several caches of one build (an export, or the inline caches of
 * images of one repository): records are joined by digest, layers known by DiffID.
 *
 * A node is a distinct chain (list of DiffIDs). parent: the node it continues: an input record
 * (through records without layers) whose chain is its longest proper prefix. sources: the
 * chains of inputs that are no prefix: what it copied from or mounted. local: an input ends in
 * a root record without a chain (the build context or an image that left no layer). Chains with
 * a layer whose DiffID is unknown are left out.
 */
struct buildcache_node {
	struct bytes *diff_ids; /* lowest first */
	uint32_t n_layers;
	uint32_t parent;   /* node; UINT32_MAX: none */
	uint32_t *sources; /* nodes */
	uint32_t n_sources;
	bool local;
};
struct buildcache_graph {
	struct buildcache_node *nodes;
	uint32_t n;
};
/* The caches are borrowed for the life of the graph. */
int buildcache_graph_make(const struct buildcache *const *caches, size_t n,
			  struct buildcache_graph **ret, struct err *err) _must_check_;
void buildcache_graph_free(struct buildcache_graph *g);
DEFINE_CLEANUP(struct buildcache_graph *, buildcache_graph_free)
