/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct intake: what the parser told of one archive, checked and owned: images, their layers,
 * names and history. The writer's picture of the input.
 */
#include "archive/archive.h"
#include "ingest/message.h"
#include "util/limits.h"
#include "util/vec.h"

struct intake_layer {
	struct digest diff_id, blob_digest; /* bare layers: diff_id once it is known */
	int64_t size;
	char *media_type; /* may be NULL */
	bool missing;
	enum codec codec;
	char *path; /* below the input, for directories; else NULL */
	uint64_t offset, len;
	struct identity identity;

	/* What this run found out. */
	bool verified;           /* these very bytes were hashed and were right */
	struct digest blob_seen; /* their digest, if verified */
	struct seekpoints points;
	int64_t row; /* of the layer table; 0: unknown yet */
};
DEFINE_VEC(intake_layer_vec, struct intake_layer)

struct intake_name {
	char *reference;
	uint32_t event;
};
DEFINE_VEC(intake_name_vec, struct intake_name)

struct intake_history {
	char *created; /* may be NULL */
	struct buf created_by, comment, author;
	bool empty_layer;
};
DEFINE_VEC(intake_history_vec, struct intake_history)

struct intake_image {
	enum archive_evidence evidence; /* not an image: see archive.h */
	struct digest config_digest, manifest_digest;
	struct buf config, manifest;
	bool has_config, has_manifest;
	char *platform, *created; /* created may be NULL */
	bool bare;
	struct intake_layer_vec layers;
	struct intake_name_vec names;
	struct intake_history_vec history;
	int64_t row; /* of the image table, once published */
};
DEFINE_VEC(intake_image_vec, struct intake_image)

struct intake {
	const struct limits *limits;
	uint64_t file_size; /* of the decoded file; directories: 0 */
	bool directory;
	char *format, *notes;
	struct intake_image_vec images;
};

void intake_release(struct intake *in);
/* WIRE_ARCHIVE, _IMAGE, _LAYER, _NAME, _HISTORY. -EBADMSG for what makes no sense. */
int intake_take(struct intake *in, enum wire_type type, struct wire_cursor *c,
		struct err *err) _must_check_;
/* The layer that a message means, or NULL. */
struct intake_layer *intake_layer(struct intake *in, uint32_t image, uint32_t layer);
/* The parser read layer (image, layer): fits what was told? Keeps what was found out. */
int intake_layer_read(struct intake *in, uint32_t image, uint32_t layer,
		      const struct digest *diff_id, const struct digest *blob_digest,
		      struct intake_layer **ret, struct err *err) _must_check_;
