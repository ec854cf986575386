/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct plan: what has to be read of an opened archive. Each DiffID is decoded once, and only
 * if the index does not hold it; every layer gets its codec (by magic).
 *
 * Here the declarations that need no decoding are checked: size, media type, codec.
 */
#include "archive/archive.h"
#include "ingest/known.h"

enum plan_action {
	PLAN_NOTHING, /* absent, known, or read elsewhere in this archive */
	PLAN_WALK,    /* decode, hash, walk: rows */
	PLAN_HASH,    /* decode and hash only: the location of a known layer */
};

struct plan_layer {
	uint32_t image, layer; /* indices into the archive */
	const struct archive_layer *what;
	enum codec codec;
	enum plan_action action;
};
DEFINE_VEC(plan_layer_vec, struct plan_layer)

struct plan {
	struct plan_layer_vec layers; /* all of all images, in the archive's order */
	uint32_t jobs;                /* how many of them are to be read */
	uint64_t bytes;               /* stored bytes of those */
};

/* verify: also hash the locations of layers that are known. Borrows from the archive. */
int plan_make(const struct archive *a, const struct known *known, bool verify, struct plan *ret,
	      struct err *err) _must_check_;
void plan_release(struct plan *p);

/* "layer 3", or "<name or digest>: layer 3" if the archive holds several images. */
const char *plan_layer_name(const struct archive *a, const struct plan_layer *l, char *out,
			    size_t size);
