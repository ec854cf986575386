/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct catalog: a snapshot of which images, names, layers, builds and stages the index holds.
 * Small (no entries); fs, report and tools work from it. Immutable after loading.
 */
#include "model/history.h"
#include "model/naming.h"
#include "store/builds.h"
#include "store/images.h"
#include "util/arena.h"

struct catalog_layer {
	uint32_t position; /* from 1 */
	int64_t layer;     /* 0: absent */
	const char *diff_id, *blob_digest, *codec, *media_type;
	int64_t blob_bytes;       /* -1 unknown */
	const char *slug;         /* "RUN-npm-ci", "layer" */
	struct bytes instruction; /* normalised text; empty if unknown */
	char nn[12];              /* "05" */
};

struct catalog_image {
	int64_t id;
	const char *config_digest, *platform, *manifest_digest, *created, *format;
	bool has_config, has_manifest;
	int64_t indexed;
	const char *name; /* its directory in images/ */
	struct catalog_layer *layers;
	uint32_t n_layers;
};

/* One stored layer with the slug of its first use. */
struct catalog_stored_layer {
	int64_t id;
	const char *diff_id; /* "sha256:<hex>" */
	const char *name;    /* "<12 hex>-<slug>", more digits where two share twelve */
	uint64_t tar_bytes, content_bytes, entries;
	uint32_t images;  /* that use it */
	bool bottom_only; /* stands only at position 1: links to lower layers cannot resolve */
	int64_t indexed;
};

/* A stage of a build. Its chain is told as that of an image is. */
struct catalog_stage {
	const struct build_stage *s; /* in catalog.build_set */
	const struct catalog_build *build;
	uint32_t index;               /* of it: in build->stages, in build->b->stages */
	const char *name;             /* its directory in stages/<build>/ */
	struct catalog_layer *layers; /* the whole chain */
	uint32_t n_layers;            /* 0: no input holds its layers */
};

struct catalog_build {
	const struct build *b; /* in catalog.build_set */
	const char *name;      /* its directory in stages/: that of its final image */
	bool shown;            /* false: its final image is not among those that are shown */
	struct catalog_stage *stages;
	uint32_t n_stages;
};

struct catalog {
	int64_t generation;
	struct catalog_image *images; /* by id */
	size_t n_images;
	struct catalog_stored_layer *layers; /* by name; only layers some image uses */
	size_t n_layers;
	uint32_t *layer_order; /* indexes of layers[] by id */
	struct build_set build_set;
	struct catalog_build *builds; /* by name */
	size_t n_builds;
	struct naming naming;
	struct arena arena;
	uint32_t refs; /* atomic */
};

/* only: image ids to show, n_only 0: all. -EBUSY if the index changes all the time. */
int catalog_load(struct db *db, const int64_t *only, size_t n_only, struct catalog **ret,
		 struct err *err) _must_check_;
struct catalog *catalog_ref(struct catalog *c);
void catalog_unref(struct catalog *c);
DEFINE_CLEANUP(struct catalog *, catalog_unref)

const struct catalog_image *catalog_image(const struct catalog *c, int64_t id);
const struct catalog_stored_layer *catalog_stored_layer(const struct catalog *c, int64_t id);
const struct catalog_build *catalog_build(const struct catalog *c, int64_t id);
const struct catalog_stage *catalog_stage(const struct catalog *c, int64_t id);
/* The stage that an image is: the target of its own build, else the stage that it was built as.
 * NULL only in an index that an older stagefs wrote. */
const struct catalog_stage *catalog_stage_of(const struct catalog *c,
					     const struct catalog_image *img);
/* The image that a reference in a Dockerfile or history names, NULL if none here does. */
const struct catalog_image *catalog_image_named(const struct catalog *c, const char *reference);
/* The position (from 1) at which a layer stands in a stage's chain, the highest; 0: none. */
uint32_t catalog_stage_position(const struct catalog_stage *s, int64_t layer);
/* The stage whose own instruction made the layer at a position (from 1) of a stage's chain: it,
 * or one that it stands on; NULL where that is an image. */
const struct catalog_stage *catalog_stage_maker(const struct catalog_stage *s,
						uint32_t position);
/*
 * "IMAGE#STAGE": the stage of the build that the image belongs to; without '#' the image's own.
 * 0, or -ENOENT/-EEXIST with a message that lists what is there.
 */
int catalog_resolve_stage(const struct catalog *c, struct bytes text,
			  const struct catalog_stage **ret, struct err *err) _must_check_;
/* naming_resolve on the catalog's images. 0 and *ret, or -ENOENT/-EEXIST with the message that
 * says what is there. */
int catalog_resolve(const struct catalog *c, struct bytes text,
		    const struct catalog_image **ret, struct err *err) _must_check_;
