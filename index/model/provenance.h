/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct provenance: what a BuildKit provenance says of a build (SLSA v0.2 and v1, mode=max or
 * min): the Dockerfile, the target and arguments, and the graph of steps with their lines,
 * copies and layers.
 *
 * Accepted shapes: an in-toto statement, a bare predicate, buildx's metadata file (keys
 * "buildx.build.provenance" and "buildx.build.provenance/<platform>": one provenance each), and
 * a DSSE envelope around a statement.
 * mode=min has no steps and no Dockerfile: then n_steps is 0 and dockerfile is empty.
 *
 * Source: BuildKit docs/attestations/slsa-definitions.md; solver/pb/ops.proto as JSON (traps:
 * numbers that are 0 are left out, "Op" has a capital, the last vertex has none); in-toto
 * attestation statement v0.1 and v1; DSSE envelope.md.
 * Pure. Ownership: everything is owned by the struct. Untrusted: indexes are checked here.
 */
#include "util/arena.h"
#include "util/err.h"
#include "util/vec.h"

#define PROVENANCE_MAX_BYTES MIB(40)
#define PROVENANCE_NONE      UINT32_MAX

enum provenance_op {
	PROVENANCE_RESULT,  /* the vertex without an operation */
	PROVENANCE_IMAGE,   /* source docker-image:// or oci-layout:// */
	PROVENANCE_CONTEXT, /* source local:// */
	PROVENANCE_SOURCE,  /* any other source: git, http */
	PROVENANCE_EXEC,
	PROVENANCE_FILE,
	PROVENANCE_MERGE,
	PROVENANCE_OTHER,
};

struct provenance_copy {
	uint32_t source; /* step it copies from; PROVENANCE_NONE: another action, or scratch */
	struct bytes src, dst;
};

struct provenance_chain {
	struct bytes *blobs; /* "sha256:..." digests of stored layers, lowest first */
	uint32_t n;
};

struct provenance_step {
	struct bytes id; /* "step5" */
	enum provenance_op op;
	struct bytes identifier; /* of sources: "docker-image://..." */
	uint32_t *inputs;        /* indexes of steps */
	uint32_t n_inputs;
	struct provenance_copy *copies; /* FILE: every copy action */
	uint32_t n_copies;
	uint32_t line0, line1;           /* of the Dockerfile, the first location; 0: none */
	struct provenance_chain *chains; /* of output 0, as listed */
	uint32_t n_chains;
};

struct provenance_pair {
	struct bytes name, value;
};

struct provenance {
	struct bytes platform;  /* of the metadata key it stood under; empty */
	struct bytes *subjects; /* "sha256:..." */
	uint32_t n_subjects;
	struct bytes dockerfile, filename; /* text; empty */
	struct bytes target;               /* of the build; empty: default */
	struct provenance_pair *args;      /* build-arg:X as X */
	uint32_t n_args;
	struct provenance_pair *contexts; /* context:NAME as NAME */
	uint32_t n_contexts;
	struct provenance_pair *materials; /* uri, "sha256:..." or empty */
	uint32_t n_materials;
	struct provenance_step *steps;
	uint32_t n_steps;
	struct arena arena; /* texts */
};

/*
 * How many provenances a text holds: metadata files have one a platform, all others one.
 * -EINVAL with a message: none of the shapes; -EOPNOTSUPP: a statement of another type (SBOM).
 */
int provenance_count(struct bytes text, uint32_t *ret, struct err *err) _must_check_;
/* The i-th. */
int provenance_parse(struct bytes text, uint32_t i, struct provenance **ret,
		     struct err *err) _must_check_;
void provenance_free(struct provenance *p);
DEFINE_CLEANUP(struct provenance *, provenance_free)
