/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct facts: what the index holds about builds, read and parsed once, before anything is
 * concluded: images with their chains, instructions, labels and inline caches; documents.
 *
 * Private to the derivation of builds (model/builds.c and the solve_*.c beside it). Documents
 * that cannot be parsed are left out with a word in `notes`: ingest has refused what it could.
 * Ownership: everything belongs to the facts; the db is used only while they are loaded.
 */
#include "model/buildcache.h"
#include "model/chain.h"
#include "model/dockerfile.h"
#include "model/history.h"
#include "model/provenance.h"
#include "store/documents.h"
#include "util/arena.h"
#include "util/vec.h"

struct fact_entry {
	struct instruction in; /* owned */
	uint32_t position;     /* layer it made; 0 none */
	struct bytes comment, author;
	bool empty, buildkit;
};
DEFINE_VEC(fact_entry_vec, struct fact_entry)

struct fact_layer {
	uint32_t node; /* chain up to and with this layer */
	int64_t layer; /* 0: absent */
	struct bytes diff_id, blob;
};
DEFINE_VEC(fact_layer_vec, struct fact_layer)

struct fact_image {
	int64_t id, indexed, event; /* event: of its latest name */
	struct bytes config_digest, manifest_digest, platform, created;
	uint32_t tip; /* node of its whole chain */
	struct fact_layer_vec layers;
	struct fact_entry_vec history;       /* as in the config */
	bool reliable;                       /* history fits the layers */
	struct bytes_vec names;              /* references it has or had, normalised */
	struct bytes stage_name, stage_base; /* io.buildah.stage.* labels; empty */
	struct bytes base_name, base_digest; /* org.opencontainers.image.base.*; empty */
	struct buildcache *cache;            /* inline; may be NULL */
};
DEFINE_VEC(fact_image_vec, struct fact_image)

struct fact_document {
	int64_t id;
	enum document_kind kind;
	struct bytes body, subject, name;
	struct provenance *provenance; /* PROVENANCE */
	struct buildcache *cache;      /* CACHE */
	struct fact_layer_vec layers;  /* CACHE: those whose DiffID is known; node unset */
};
DEFINE_VEC(fact_document_vec, struct fact_document)

struct facts {
	struct fact_image_vec images; /* by id */
	struct fact_document_vec
	    documents; /* oldest first; metadata of several platforms: several */
	struct chains chains;
	struct buildcache_graph *caches; /* of all caches and inline caches; NULL without any */
	struct arena arena;
};

int facts_load(struct db *db, struct facts *ret, struct err *err) _must_check_;
void facts_release(struct facts *f);

/* Index of the image, or UINT32_MAX. */
uint32_t facts_image(const struct facts *f, int64_t id);
/* By manifest or config digest; UINT32_MAX. */
uint32_t facts_by_digest(const struct facts *f, struct bytes digest);
/* "ghcr.io/acme/app" of "ghcr.io/acme/app:1.2@sha256:..."; the tag behind it. */
struct bytes facts_repository(struct bytes reference);
struct bytes facts_tag(struct bytes reference);
/* Do the two hold names of one repository? */
bool facts_same_repository(const struct fact_image *a, const struct fact_image *b);
