/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct draft: a build while it is worked out. Private to the derivation of builds.
 *
 * A stage has two axes that are found apart: structure (names, FROM and COPY edges:
 * stage_dockerfile.c, stage_images.c) and content (its chain of layers: stage_place.c). Every
 * field keeps the evidence it came from; what is known by better evidence is never replaced.
 *
 * Ownership: the draft owns its arrays until draft_finish() hands them to the build_set, whose
 * arena holds all texts.
 */
#include "model/align.h"
#include "model/boundary.h"
#include "model/facts.h"
#include "model/layer_contents.h"
#include "store/builds.h"

#define DRAFT_NONE UINT32_MAX

DEFINE_VEC(build_instruction_vec, struct build_instruction)
DEFINE_VEC(build_edge_vec, struct build_edge)
DEFINE_VEC(u32_vec, uint32_t)
DEFINE_VEC(dockerfile_arg_vec, struct dockerfile_arg)

struct draft_stage {
	struct build_stage s;  /* layers, instructions and edges are filled by draft_finish() */
	uint32_t tip;          /* node of facts.chains; CHAIN_NONE: no input holds its layers */
	uint32_t image;        /* index of an image that is this stage; DRAFT_NONE */
	uint32_t root_entries; /* of the history of an image that holds it: those of the image
				* that the first stage of its FROM chain stands on */
	uint32_t history;      /* index of that image; DRAFT_NONE */
	struct u32_vec
	    entries; /* per instruction: its entry there, or ALIGN_NONE; may be empty */
	struct build_instruction_vec instructions;
	struct build_edge_vec edges;
};
DEFINE_VEC(draft_stage_vec, struct draft_stage)

struct draft {
	struct db *db;
	const struct facts *f;
	struct layer_contents_cache *contents;
	struct arena *arena; /* of the build_set */
	uint32_t image;      /* the final image; DRAFT_NONE */
	struct bytes key;    /* as build.key */
	struct buf name, note;
	struct draft_stage_vec stages;

	/* With a Dockerfile only. */
	struct dockerfile *dockerfile; /* owned; instruction i of stage k is its first + i */
	enum evidence dockerfile_by;   /* what brought it: user or provenance */
	enum evidence structure_by;    /* what its names and edges are known by */
	const struct provenance *provenance; /* may be NULL */
	struct dockerfile_arg_vec args;      /* given for the build */
	uint32_t target;
};

void draft_release(struct draft *d);
/* A new stage at the end; its index in *ret. The name becomes a mount component. */
int draft_add_stage(struct draft *d, struct bytes name, enum evidence by,
		    uint32_t *ret) _must_check_;
int draft_add_instruction(struct draft *d, uint32_t stage, struct bytes keyword,
			  struct bytes text, uint32_t position, enum evidence by) _must_check_;
/* A sentence for the user. */
void draft_note(struct draft *d, const char *fmt, ...) _printf_(2, 3);
/* A text that lives as long as the set; NULL only when out of memory. */
const char *draft_text(struct draft *d, struct bytes b);
struct bytes draft_bytes(struct draft *d, struct bytes b);
/* Hands the build over. */
int draft_finish(struct draft *d, struct build_set *set) _must_check_;

/* ---- the parts of the derivation ---- */

/* stage_dockerfile.c: stages, instructions and edges without positions, from d->dockerfile. */
int draft_from_dockerfile(struct draft *d, struct bytes target, struct err *err) _must_check_;
/* stage_place.c: chains and positions of the stages of a Dockerfile. users: --stage documents
 * that mean this build. used[i] is set for images that turned out to be stages. */
int draft_place(struct draft *d, bool *used, struct err *err) _must_check_;
/* stage_edges.c: destinations against WORKDIR, positions of edges. */
int draft_settle_edges(struct draft *d) _must_check_;
/* A word separated by blanks; empty at the end. */
struct bytes draft_next_word(struct bytes *rest);
/* The arguments of an entry or instruction: what is behind the keyword and its flags. */
struct bytes draft_arguments(struct bytes text);
/* path against cwd, lexically: no "." or "..", no leading slash; a trailing one is kept. */
int draft_join(struct buf *out, struct bytes cwd, struct bytes path) _must_check_;
/* What WORKDIR does to *cwd. */
int draft_change_directory(struct buf *cwd, struct bytes to) _must_check_;
/* The deepest chain that caches say the result with this chain copied from; CHAIN_NONE. */
uint32_t draft_cache_source(const struct facts *f, uint32_t chain);
/* stage_images.c: the build that ends in d->image, from images alone. members: the images of
 * its repository that belong to it, the final one last, each behind those it stands on. */
int draft_from_images(struct draft *d, const uint32_t *members, size_t n,
		      struct err *err) _must_check_;
