/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct archive: one input, opened and understood: which images it holds, which blobs are
 * their layers and where those bytes stand. No layer is decoded here.
 *
 * Inputs: docker save of every generation, podman docker-archive, OCI archive and directory,
 * `dir:` directory, BuildKit type=oci and type=docker, and bare layers with opts.layer.
 * Evidence about builds comes beside them: provenances (in attestation manifests, .dockerbuild
 * records, JSON files) and BuildKit caches, whose layers are layers like any other
 * (archive/evidence.h). Recognised and left alone: SBOMs, signatures, Helm charts, artifacts
 * (archive->notes says what was there).
 *
 * One format per file, each a struct archive_format {name, probe, read} in archive.c's table.
 * Where manifest.json and index.json are both there, images are united by config digest.
 * Traps: reference/formats-and-stages.md section 7, by number in the comments.
 *
 * Trust: everything here is untrusted. Blobs are looked up by digest among the archive's own
 * members only; symlinks and hard links resolve to other members, never to the host. JSON
 * documents are verified against the digest they were named by. Layers are verified later,
 * while they are decoded.
 *
 * Ownership: everything reachable from a struct archive is owned by it.
 */
#include "io/codec.h"
#include "io/source.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/limits.h"
#include "util/vec.h"

/* Where the stored bytes of a blob are. */
struct blob_place {
	struct source *source; /* the stored bytes, a range of `file`; owned by the archive */
	char *path;            /* directory inputs: path of the blob's file below the input;
				* NULL for archives */
	uint64_t offset, len;  /* in the outer file (decoded, if that is compressed) */
};

struct archive_layer {
	struct digest diff_id; /* declared by the config; none for bare layers */
	struct digest
	    blob_digest;    /* declared by the manifest; none where nothing declares it */
	int64_t size;       /* declared blob size, -1 if undeclared */
	char *media_type;   /* may be NULL */
	bool missing;       /* non-distributable and not in the archive */
	bool declared_gzip; /* the OCI/docker media type says +gzip: bytes must agree */
	bool declared_zstd;
	struct blob_place blob; /* source NULL if missing */
};
DEFINE_VEC(archive_layer_vec, struct archive_layer)

struct archive_name {
	char *reference; /* as the archive spells it: "docker.io/library/app:1", NUL-free */
	size_t len;
	/* Names from one top-level descriptor share a tag event: the platforms of one index. */
	unsigned event;
};
DEFINE_VEC(archive_name_vec, struct archive_name)

struct archive_history {
	char *created, *created_by, *comment, *author; /* may be NULL; may hold any bytes */
	size_t created_by_len, comment_len, author_len, created_len;
	bool empty_layer;
};
DEFINE_VEC(archive_history_vec, struct archive_history)

/* No document about builds is larger, however high limit json-bytes. */
#define ARCHIVE_EVIDENCE_MAX MIB(40)

/* Not an image but a document about builds: what stands in its members is said behind them. */
enum archive_evidence { ARCHIVE_NO_EVIDENCE, ARCHIVE_PROVENANCE, ARCHIVE_CACHE };

struct archive_image {
	enum archive_evidence evidence;
	struct digest config_digest;   /* of bare layers: none until the DiffID is known */
	struct digest manifest_digest; /* none where the archive has no manifest. Evidence: of
					* the image it is about, if its descriptor says so */
	char *config, *manifest; /* stored bytes; NULL where the archive has none. Evidence:
				  * config is the document */
	size_t config_len, manifest_len;
	char *os, *architecture,
	    *variant;  /* from the config, else the descriptor; never NULL */
	char *created; /* RFC 3339 text of the config, or NULL */
	bool bare;     /* from --layer */
	struct archive_name_vec names;
	struct archive_layer_vec layers; /* evidence: of a cache, as its config lists them */
	struct archive_history_vec history;
};
DEFINE_VEC(archive_image_vec, struct archive_image)

struct archive {
	const char *format; /* "docker-archive", "oci-archive", "oci", "dir", "layer" */
	struct source
	    *file; /* the outer file, decoded if it was compressed; NULL for directories */
	enum codec outer_codec; /* what the outer file was compressed with */
	struct archive_image_vec images;
	/* What was recognised and left alone, for people: "1 attestation", "BuildKit cache". */
	struct buf notes;
	struct archive_blobs *priv;
};

struct archive_opts {
	const struct limits *limits;
	bool layer;            /* the input is a bare layer or rootfs tar */
	const char *base_name; /* last component of the input's path, for --layer names */
};

/*
 * From an open file. `file` is the *decoded* outer file when outer_codec says it was
 * compressed (ingest decodes such archives first; archive only needs random access).
 * Takes its own reference. Messages start with the member they are about.
 */
int archive_open_file(struct source *file, enum codec outer_codec,
		      const struct archive_opts *opts, struct archive **ret,
		      struct err *err) _must_check_;
/* From a directory (OCI layout, BuildKit cache directory or dir:). dirfd is borrowed. */
int archive_open_dir(int dirfd, const struct archive_opts *opts, struct archive **ret,
		     struct err *err) _must_check_;
/* Not archive_free(): libarchive has a function of that name. NULL is fine. */
void archive_close(struct archive *a);

static inline void archive_freep(struct archive **a)
{
	archive_close(*a);
}
