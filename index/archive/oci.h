/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Walking OCI documents: shared by index.json (oci.c) and by `dir:` (docker_dir.c).
 *
 * Source: OCI image-spec image-layout.md, image-index.md, manifest.md.
 */
#include "archive/descriptor.h"
#include "archive/reader.h"

/*
 * Images of one index document that is the top: its descriptors give names, one tag event each,
 * and what they list must be there.
 */
int oci_read_top_index(struct reader *r, const json_t *index, struct err *err) _must_check_;

/*
 * One manifest document; digest of it in d. Takes doc's text over if it becomes an image.
 * nested: it stands in an index below the top, so it may be of a platform that was not saved.
 * *ret: the image, or -1 if it is none, or not in the archive.
 */
int oci_read_manifest(struct reader *r, const struct descriptor *d, struct document *doc,
		      const json_t *json, bool nested, ssize_t *ret,
		      struct err *err) _must_check_;

/* BuildKit caches: an index that lists layers beside a cache config (buildkit_cache.c). */
int buildkit_cache_is_index(const json_t *index, struct err *err) _must_check_;
