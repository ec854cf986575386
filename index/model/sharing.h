/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What an image has for itself and what it shares with the other images of the index
 * (DESIGN 1.3), in content bytes: regular-file sizes, hard links once, each stored layer once.
 *
 * Layers are what is shared: content that two images store in layers of their own is a
 * duplicate (model/dups.h), and counts as unique for both. So the unique bytes of all images
 * and, once, what several have, add up to the content of all their layers.
 */
#include "model/catalog.h"

struct sharing {
	uint64_t content, unique, shared; /* content = unique + shared */
	/* The image it stands on: the largest whose layers are its first ones, but not all;
	 * NULL if no such image is indexed. */
	const struct catalog_image *base;
	uint64_t added; /* content of the layers above the base's; without a base, all of it */
};

struct sharing sharing_of(const struct catalog *c, const struct catalog_image *img);

struct sharing_totals {
	uint64_t unique;      /* Σ over the images */
	uint64_t shared;      /* in layers of several images, once */
	uint64_t stages_only; /* in layers that stages have and no image has */
	uint64_t content;     /* of all layers, by itself: the sum of these three */
};

struct sharing_totals sharing_totals(const struct catalog *c);
