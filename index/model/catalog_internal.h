/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The part of the catalog that is about builds (catalog_builds.c). Private.
 */
#include "model/catalog.h"

/* From c->build_set, once images, layers and names are loaded. only: images are chosen. */
int catalog_make_builds(struct catalog *c, bool only) _must_check_;
void catalog_free_builds(struct catalog *c);
/* What a stage's own instructions say of the layer at a position: "COPY-src", "layer". NULL
 * only when out of memory. */
const char *catalog_stage_slug(const struct build_stage *s, uint32_t position,
			       struct arena *arena);
