/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * OCI descriptors and media types.
 *
 * Source: OCI image-spec descriptor.md, manifest.md, media-types.md; docker's manifest v2
 * schema 2. What a document is, its media type says and its members must agree with
 * (CVE-2021-41190); how a layer is compressed, only its bytes say (trap 2), save that an OCI
 * "+gzip" or "+zstd" which the bytes refute is refused.
 */
#include "util/digest.h"
#include "util/json.h"

enum media_kind {
	MEDIA_OTHER, /* none of these: artifacts of all kinds */
	MEDIA_NONE,  /* not said */
	MEDIA_INDEX,
	MEDIA_MANIFEST,
	MEDIA_SCHEMA1, /* docker manifests without a config */
	MEDIA_CONFIG,
	MEDIA_LAYER,
	MEDIA_LAYER_OPAQUE, /* a layer whose bytes are no (readable) tar: encrypted, nydus */
	MEDIA_CACHE,        /* BuildKit cache config */
	MEDIA_HISTORY,      /* BuildKit history record */
	MEDIA_HELM,
	MEDIA_ATTESTATION,
	MEDIA_SIGNATURE,
};

enum media_kind media_kind(struct bytes type);
/* An OCI layer type that promises gzip or zstd. */
bool media_says_gzip(struct bytes type);
bool media_says_zstd(struct bytes type);
/* The layer may be absent from the archive: non-distributable, foreign. */
bool media_is_foreign(struct bytes type);

/* Borrowed from the JSON document. Absent texts are empty. */
struct descriptor {
	struct bytes media_type;
	enum media_kind kind;
	struct digest digest;
	int64_t size; /* -1 if not declared */
	bool has_urls;
	struct bytes os, architecture, variant;
	struct bytes image_name; /* io.containerd.image.name */
	struct bytes ref_name;   /* org.opencontainers.image.ref.name */
	bool attestation;        /* says that it describes another image */
	struct bytes about;      /* vnd.docker.reference.digest: that image's manifest */
	struct bytes predicate;  /* in-toto.io/predicate-type */
	struct bytes diff_id;    /* containerd.io/uncompressed */
};

int descriptor_parse(const json_t *j, struct descriptor *ret, struct err *err) _must_check_;
/* The name it gives, or empty. */
struct bytes descriptor_name(const struct descriptor *d);
/* A tag of cosign: sha256-<hex>.sig, .att or .sbom. */
bool descriptor_is_signature_tag(const struct descriptor *d);
