/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Image archives built in memory for tests, on top of tarmake.h.
 *
 *     struct made_layer layers[] = {{.content = BYTES("...")}, ...};    tars, or any bytes
 *     _cleanup_(buf_release) struct buf tar = BUF_INIT;
 *     image_oci(&tar, "app:1", layers, 2);
 *
 * The whole archives end with the end-of-archive marker. For anything out of the ordinary the
 * documents can be made one by one, changed as text, and put into a tar with tar_file() and
 * image_blob(). Digests are always right: what must be wrong, a test writes itself.
 */
#include "util/buf.h"
#include "util/digest.h"

#define MADE_OCI_LAYER    "application/vnd.oci.image.layer.v1.tar"
#define MADE_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MADE_OCI_INDEX    "application/vnd.oci.image.index.v1+json"
#define MADE_OCI_CONFIG   "application/vnd.oci.image.config.v1+json"

struct made_layer {
	struct bytes content;   /* the uncompressed tar: gives the DiffID */
	struct bytes stored;    /* the blob, if that is something else */
	const char *media_type; /* NULL: MADE_OCI_LAYER */
	const char *created_by; /* NULL: "RUN <number>" */
};

/* "sha256:<hex>" of some bytes. */
const char *image_digest(struct bytes content, char out[DIGEST_TEXT_MAX]);
/* A tar of one file, end marker and all. */
void image_layer_tar(struct buf *out, const char *name, struct bytes content);

/* Documents. extra: more JSON members, with a comma before them ("" for none). */
void image_config(struct buf *out, const struct made_layer *layers, size_t n,
		  const char *extra);
void image_descriptor(struct buf *out, const char *media_type, struct bytes content,
		      const char *extra);
void image_manifest(struct buf *out, struct bytes config, const struct made_layer *layers,
		    size_t n, const char *extra);
/* An index document around descriptors that are already text, separated by commas. */
void image_index(struct buf *out, const char *descriptors);

/* Members. */
void image_blob(struct buf *tar, struct bytes content);
void image_layer_blobs(struct buf *tar, const struct made_layer *layers, size_t n);
/* Blobs of one image (config, layers, manifest); appends the manifest's descriptor to desc. */
void image_blobs(struct buf *tar, struct buf *desc, const struct made_layer *layers, size_t n,
		 const char *extra);

/* Whole archives. ref: NULL for none. */
void image_oci(struct buf *tar, const char *ref, const struct made_layer *layers, size_t n);
/* tags: JSON, "[\"app:1\"]" or "null". Layers are <number>/layer.tar. */
void image_docker(struct buf *tar, const char *tags, const struct made_layer *layers, size_t n);
