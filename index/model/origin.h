/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where every file of a stage's tree came from: exactly one origin each (DESIGN 1.3).
 *
 * A file's layer decides: in the base's layers it is @base; in a layer that RUN made, @made; in
 * one that COPY or ADD made, the source of that instruction: @context, a stage, an image.
 * Copied files are looked up in their source: the same mapped path with the same content is
 * `exact`, the same content elsewhere `moved`, else `unmatched`: the source is known, the file
 * is not. What nothing explains is @unknown.
 *
 * Equal content is size and XXH3-128; for symlinks the target; for empty files there is only
 * the path. Names of one stored file (hard links) have one origin.
 */
#include "model/forest.h"

enum origin_kind {
	ORIGIN_NONE, /* a directory */
	ORIGIN_BASE,
	ORIGIN_MADE,
	ORIGIN_CONTEXT,
	ORIGIN_STAGE,
	ORIGIN_IMAGE,
	ORIGIN_UNKNOWN,
};

enum copy_match { MATCH_NONE, MATCH_EXACT, MATCH_MOVED, MATCH_UNMATCHED };

#define ORIGIN_NOWHERE UINT32_MAX

struct origin {
	uint32_t word;   /* index into words; ORIGIN_NOWHERE for directories */
	uint32_t edge;   /* index into the stage's edges; ORIGIN_NOWHERE */
	uint32_t source; /* node of the source's tree: exact and moved; ORIGIN_NOWHERE */
	uint32_t
	    instruction;   /* index into the stage's; ORIGIN_NOWHERE: the base's, or unknown */
	uint32_t position; /* of the layer, from 1 */
	enum copy_match match;
	bool first; /* the first name of its stored file: sums count these */
};

/* One origin of the tree: "@base", "@made", "@context", "@unknown", a stage, "image:<ref>". */
struct origin_word {
	const char *name;
	enum origin_kind kind;
	uint32_t stage;                   /* ORIGIN_STAGE: index in the build */
	struct tree *tree;                /* of the source, if the index holds it; NULL */
	uint64_t files, bytes;            /* regular files, each stored one once */
	uint64_t others, symlink_bytes;   /* what is no regular file; targets' lengths */
	uint64_t exact, moved, unmatched; /* files */
	uint64_t unmatched_bytes;
};

struct origins {
	const struct catalog_stage *stage; /* borrowed, with its catalog */
	struct tree *tree;                 /* of the stage */
	struct origin *nodes;              /* one a node */
	struct origin_word *words;         /* in the order of first use */
	uint32_t n_words;
	struct arena arena;
};

/* -ESTALE with a message if the stage has no layers here. The catalog must outlive it. */
int origins_make(struct forest *f, const struct catalog *c, const struct catalog_stage *stage,
		 struct origins **ret, struct err *err) _must_check_;
void origins_free(struct origins *o);
DEFINE_CLEANUP(struct origins *, origins_free)

/* "exact", "moved", "unmatched", or NULL. */
const char *copy_match_name(enum copy_match m);
