/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Where the base image of an image ends, from what the image itself and its neighbours say;
 * for images without a Dockerfile.
 *
 * In this order: buildah's "FROM <reference>" comment (exact), an indexed image whose chain and
 * history begin this one's, the first entry that BuildKit or kaniko wrote behind others,
 * "Imported from -" and its like, a CMD or ENTRYPOINT that more layers follow (a finished image
 * was built upon). Nothing of that: unknown.
 * Pure.
 */
#include "model/facts.h"
#include "store/builds.h"

struct boundary {
	bool known;
	uint32_t layers;  /* of the base */
	uint32_t entries; /* of the history that are the base's */
	struct bytes ref; /* the base's name where something says it; empty */
	uint32_t image;   /* index of the indexed base image; UINT32_MAX: none */
	enum evidence by;
};

/* Images for which `skip` answers true are no base: they are stages of the same build. */
struct boundary boundary_find(const struct facts *f, uint32_t image,
			      bool (*skip)(const void *arg, uint32_t image), const void *arg);

/* Is the history of `a` the beginning of b's? Timestamps and comments do not count. */
bool history_is_prefix(const struct fact_image *a, const struct fact_image *b);
