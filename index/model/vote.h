/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Which stage a COPY layer took its files from, by content: one layer has one source, so the
 * files of a layer vote together.
 *
 * A candidate gets the bytes of those files whose content (model/layer_contents.h) it stores
 * beyond what it shares with the voting image. At least 90 % of the layer's bytes must be
 * there, else nobody wins. Among equals: who has the largest of them at the path that the
 * history names (BuildKit and kaniko write sources down, model/copyword.h), more files with the
 * same mtime (COPY --from keeps it, a rebuild does not), the stage that another one stands on
 * (it brought the files), the longer common chain, the later image.
 *
 * Where the source may be the build context as well: a source that is written as a relative
 * path is one of the context, as people write them, unless the winner has the file at just that
 * path below its root. Where no path is written, files that the winner itself only brought in
 * by COPY or ADD may have come to both from the context: nobody wins.
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

enum vote_rule {
	VOTE_STAGE,   /* the source is no context: which of them is it? */
	VOTE_ANY,     /* it may be the context */
	VOTE_AT_PATH, /* only who has the largest file where the history says */
};

/* The layer at `position` (from 1) of image `image`; candidates: indexes of images. */
int vote_layer(struct layer_contents_cache *cache, struct db *db, const struct facts *f,
	       uint32_t image, uint32_t position, const uint32_t *candidates, size_t n,
	       enum vote_rule rule, struct vote *ret, struct err *err) _must_check_;
