/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct build_set: builds, their stages, instructions and edges: the tables build, stage,
 * stage_layer, instruction and edge as one value. model/builds.c derives it from images and
 * documents, every publishing transaction saves it, everybody else loads it.
 *
 * Identity: a build keeps its id while its key is the same; a stage keeps its id while its
 * build, name and chain of layers are the same, so that what is mounted stays what it is. Ids
 * are never used again.
 *
 * Ownership: everything belongs to the set, texts and bytes to its arena. Immutable once made.
 */
#include "store/db.h"
#include "util/arena.h"
#include "util/vec.h"

/* How something is known, most trusted first. Words: evidence_name(). */
enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_USER,  /* --stage, --dockerfile for the name of a stage */
	EVIDENCE_LABEL, /* io.buildah.stage.* */
	EVIDENCE_PROVENANCE,
	EVIDENCE_CACHE,      /* BuildKit cache exports, inline caches */
	EVIDENCE_CHAIN,      /* one image per stage: ChainID and history prefix */
	EVIDENCE_DOCKERFILE, /* aligned with history */
	EVIDENCE_HISTORY,    /* strings of the builder */
	EVIDENCE_TAG,
	EVIDENCE_CONTENT, /* equal hashes */
	EVIDENCE_DEFAULT, /* nothing says so; the least that can be said */
	EVIDENCE_MAX
};
/* "user", "label", ...; NULL for EVIDENCE_NONE. */
const char *evidence_name(enum evidence e);
/* EVIDENCE_NONE if it is no such word. */
enum evidence evidence_parse(const char *word);

enum base_kind { BASE_UNKNOWN, BASE_SCRATCH, BASE_STAGE, BASE_IMAGE };
enum edge_kind { EDGE_COPY, EDGE_MOUNT };
enum edge_source { SOURCE_UNKNOWN, SOURCE_CONTEXT, SOURCE_STAGE, SOURCE_IMAGE };

struct build_layer {
	int64_t layer; /* 0: absent */
	const char *diff_id;
};

struct build_instruction {
	uint32_t line0, line1; /* of the Dockerfile; 0 unknown */
	const char *keyword;
	struct bytes text; /* keyword and text as one line, "COPY --from=build a b" where the
			    * Dockerfile is known, else as history has it, normalised */
	uint32_t position; /* layer it made, from 1 in the stage's chain; 0: none or unknown */
	enum evidence by;
};

struct build_edge {
	uint32_t instruction; /* index; UINT32_MAX unknown */
	uint32_t position;    /* layer that holds the copies; 0 unknown */
	enum edge_kind kind;
	enum edge_source source;
	uint32_t source_stage;  /* SOURCE_STAGE: index */
	const char *source_ref; /* SOURCE_IMAGE: the reference; else NULL */
	int64_t source_image;   /* SOURCE_IMAGE: if it is indexed; not stored, 0 when loaded:
				 * resolved by the catalog */
	struct bytes src; /* one edge a source: path or pattern as written; ptr NULL unknown */
	struct bytes dst; /* resolved against WORKDIR, absolute without the leading slash, a
			   * trailing '/' kept: files go below it; ptr NULL unknown */
	enum evidence by;
};

struct build_stage {
	int64_t id;       /* 0 before it is saved */
	const char *name; /* a mount component: AS name, stage-<index>, a tag */
	enum evidence name_by;
	enum base_kind base_kind;
	uint32_t base_stage;  /* BASE_STAGE: index */
	const char *base_ref; /* BASE_IMAGE: as the Dockerfile or history has it; may be NULL */
	int64_t base_image;   /* if it is indexed, else 0 */
	enum evidence base_by;
	bool base_known;         /* base_layers means something */
	uint32_t base_layers;    /* how many of the chain are the base's */
	enum evidence layers_by; /* EVIDENCE_NONE: no input holds its layers: MISSING.txt */
	int64_t image;           /* an image with exactly this chain and history, else 0 */
	bool target, needed;
	struct build_layer *layers; /* the whole chain, lowest first */
	uint32_t n_layers;
	struct build_instruction *instructions; /* its own */
	uint32_t n_instructions;
	struct build_edge *edges;
	uint32_t n_edges;
};

struct build {
	int64_t id;
	const char *key;
	int64_t image;           /* the final image; 0: only documents know the build */
	const char *name;        /* "" if the image names it */
	struct bytes dockerfile; /* ptr NULL unknown */
	enum evidence dockerfile_by;
	const char *note; /* may be NULL */
	struct build_stage *stages;
	uint32_t n_stages;
};
DEFINE_VEC(build_vec, struct build)

struct build_set {
	struct build_vec builds;
	struct arena arena; /* texts */
			    /* Arrays are malloc'ed and owned by the set. */
};

void build_set_release(struct build_set *s);
/* The layers of one stage, lowest first, 0 for absent ones. -ENOENT: there is no such stage, or
 * no input holds its layers. */
int stage_layers_get(struct db *db, int64_t stage, int (*cb)(void *arg, int64_t layer),
		     void *arg, struct err *err) _must_check_;
/* By build id, stages by ordinal. */
int builds_load(struct db *db, struct build_set *ret, struct err *err) _must_check_;
/* Makes the tables say what `s` says; sets the ids. Inside a transaction. 1: something changed,
 * 0: all was there already. */
int builds_save(struct db *db, struct build_set *s, struct err *err) _must_check_;
