/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct uses: where each stored layer stands: in which images, in which stages, at which
 * position. The other way round than the catalog, which it borrows from.
 *
 * A stage that is an image stands as that image only. An image is shipped if it is what its
 * build ends in; one of an earlier stage, tagged so that it can be looked at, is not.
 */
#include "model/catalog.h"
#include "util/vec.h"

/* One chain of layers: an image or a stage. */
struct use_chain {
	const struct catalog_image *image; /* NULL: of a stage only */
	const struct catalog_stage *stage; /* that it is; NULL: an image of no known stage */
	const struct catalog_layer *layers;
	uint32_t n_layers;
	uint32_t base_layers; /* of these, inherited; 0: none or unknown */
	bool shipped;
};
DEFINE_VEC(use_chain_vec, struct use_chain)

struct use {
	uint32_t layer;    /* index of layers[] */
	uint32_t chain;    /* index of chains: images first, in the order of the catalog */
	uint32_t position; /* from 1 */
};
DEFINE_VEC(use_vec, struct use)

struct used_layer {
	int64_t id;
	const char *diff_id;
	uint64_t entries;         /* 0: unknown */
	uint32_t first, n;        /* slice of uses */
	struct bytes instruction; /* of its first use that knows one; empty */
};

struct uses {
	struct use_chain_vec chains;
	struct use_vec uses;
	struct used_layer *layers; /* by id */
	uint32_t n_layers;
};

#define USES_NONE UINT32_MAX

int uses_make(const struct catalog *c, struct uses *ret) _must_check_;
void uses_release(struct uses *u);
/* Index of the layer with this id, USES_NONE if nothing that is shown uses it. */
uint32_t uses_find(const struct uses *u, int64_t layer);
/* "images/app:1/layers/05-RUN-npm-ci", "stages/app:1/build/layers/...": a path in the mount. */
int uses_place(const struct uses *u, const struct use *at, struct buf *ret) _must_check_;
