/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Which stage a COPY layer took its files from, by content: one layer has one source, so the
 * files of a layer vote together.
 *
 * A candidate gets the bytes of those files whose content (model/layer_contents.h) it stores
 * beyond what it shares with the voting image. At least 90 % of the layer's bytes must be
 * there, else nobody wins. Among equals: more files with the same mtime (COPY --from keeps it,
 * a rebuild does not), the stage that another one stands on (it brought the files), the longer
 * common chain, the later image.
 *
 * A layer that the same instruction made in another version of the image is no source: it holds
 * the same files for another reason. Empty files do not vote; files below VOTE_MIN_FILE only
 * where the layer has nothing else (licences and package markers stand everywhere).
 */
#include "model/facts.h"
#include "model/layer_contents.h"

#define VOTE_MIN_FILE 32

struct vote {
	uint32_t image;        /* UINT32_MAX: nobody */
	uint64_t bytes, total; /* of the winner, of the layer */
};

/* The layer at `position` (from 1) of image `image`; candidates: indexes of images. */
int vote_layer(struct layer_contents_cache *cache, struct db *db, const struct facts *f,
	       uint32_t image, uint32_t position, const uint32_t *candidates, size_t n,
	       struct vote *ret, struct err *err) _must_check_;
