/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The walk of one layer's tar: members into a layer_builder, contents into hashes, xattrs and
 * findings to the side.
 */
#include "ingest/decoding.h"
#include "ingest/hashing.h"
#include "ingest/progress.h"
#include "ingest/side.h"
#include "model/layer.h"

struct walk_layer {
	struct decoding *decoding;
	struct progress *progress;
	struct hashing *hashing;
	struct layer_builder *builder;
	struct side side;
	struct buf path, link, sparse; /* of the present member */
	uint32_t handle;               /* of the file whose data passes */
	struct bytes piece;            /* handed to the tar reader last */
	uint64_t pos;                  /* of the end of `piece` in the tar */
};

/* spill_fd: as for layer_builder_new(). */
int walk_layer_init(struct walk_layer *w, struct decoding *decoding, struct progress *progress,
		    const struct limits *limits, int spill_fd, struct err *err) _must_check_;
void walk_layer_release(struct walk_layer *w);
/* Walks to the end of the archive, then looks at what is behind it. */
int walk_layer_run(struct walk_layer *w, const struct limits *limits, bool allow_empty,
		   struct err *err) _must_check_;
