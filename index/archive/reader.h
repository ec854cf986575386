/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct reader: an archive while its formats are read. Images are found by config digest, so
 * that manifest.json and index.json can both speak of one image (trap 4); names of
 * manifest.json wait until index.json was read, because there one descriptor names all
 * platforms and so decides what belongs to one tag event.
 *
 * What is recognised and left alone is counted here and becomes archive->notes.
 */
#include "archive/archive.h"
#include "archive/blobs.h"

/* X(enumerator, one, several) */
#define NOTES(X)                                                                               \
	X(ATTESTATION, "attestation", "attestations")                                          \
	X(SIGNATURE, "signature", "signatures")                                                \
	X(HELM, "Helm chart", "Helm charts")                                                   \
	X(ARTIFACT, "artifact that is no image", "artifacts that are no images")               \
	X(CACHE, "BuildKit cache", "BuildKit caches")                                          \
	X(UNREADABLE, "document about builds that cannot be read",                             \
	  "documents about builds that cannot be read")                                        \
	X(HISTORY, "BuildKit history record", "BuildKit history records")                      \
	X(OPAQUE_LAYER, "layer that is no tar", "layers that are no tars")                     \
	X(ABSENT_PLATFORM, "platform that is not in the archive",                              \
	  "platforms that are not in the archive")

enum note {
#define NOTE_ENUM(name, one, several) NOTE_##name,
	NOTES(NOTE_ENUM)
#undef NOTE_ENUM
	    NOTE_COUNT
};

struct pending_name {
	size_t image;
	char *reference;
	size_t len;
};
DEFINE_VEC(pending_name_vec, struct pending_name)

/* A document of index.json's tree that was read: which images it led to. */
struct seen_document {
	struct digest digest;
	uint32_t *images;
	size_t n;
};
DEFINE_VEC(seen_document_vec, struct seen_document)

/* A blob that was read as evidence, and of which image its descriptor said it speaks. */
struct seen_evidence {
	struct digest blob, about;
};
DEFINE_VEC(seen_evidence_vec, struct seen_evidence)

struct reader {
	struct archive *a;
	struct archive_blobs *blobs; /* a->priv */
	const struct limits *limits;
	unsigned events;               /* names given so far */
	struct pending_name_vec names; /* of manifest.json and repositories */
	struct seen_document_vec seen; /* of index.json */
	struct seen_evidence_vec evidence;
	uint64_t evidence_bytes;
	struct err unreadable; /* why the first NOTE_UNREADABLE was counted */
	unsigned notes[NOTE_COUNT];
};

struct archive_format {
	const char *name;     /* of an archive */
	const char *dir_name; /* of a directory; NULL: not read from directories */
	bool (*probe)(const struct archive_blobs *b);
	int (*read)(struct reader *r, struct err *err);
};

/* In the order of the table: the first whose probe says yes names the archive. */
extern const struct archive_format format_dir, format_docker, format_oci, format_docker_legacy;

void reader_release(struct reader *r);

/* Index of the image with this config, or -1. */
ssize_t reader_find_image(const struct reader *r, const struct digest *config);
/* Takes the image over (*img is empty afterwards). */
int reader_add_image(struct reader *r, struct archive_image *img, size_t *ret,
		     struct err *err) _must_check_;
/*
 * Gives a name to an image; empty names and <none>:<none> are no names, and one that the image
 * has in another spelling (docker.io/library/app:1, app:1) is not added again.
 */
int reader_name_image(struct reader *r, size_t image, struct bytes reference, unsigned event,
		      struct err *err) _must_check_;
/* The same, once everything was read, each with an event of its own. */
int reader_name_later(struct reader *r, size_t image, struct bytes reference,
		      struct err *err) _must_check_;
int reader_name_pending(struct reader *r, struct err *err) _must_check_;
/* The reference as docker prints it: without docker.io/ and library/. */
struct bytes reference_short(struct bytes reference);

static inline void reader_note(struct reader *r, enum note note)
{
	r->notes[note]++;
}

/* Renders the counts into archive->notes. */
int reader_render_notes(struct reader *r, struct err *err) _must_check_;
/* Anything that the archive is for, beside images? */
bool reader_recognised(const struct reader *r);

void archive_image_release(struct archive_image *img);
void archive_layer_release(struct archive_layer *l);
void archive_layers_release(struct archive_layer_vec *v);
