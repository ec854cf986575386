/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The messages between parser and writer: one struct, one put and one get each.
 *
 * get checks form (lengths, ranges, NUL in text); sense (order, ids, places) is for
 * ingest/intake.c and ingest/writer.c. Structs borrow their bytes: after a get they live until
 * the next wire_receive(). Enumerated in the order they appear on the wire.
 */
#include "ingest/identity.h"
#include "ingest/wire.h"
#include "io/codec.h"
#include "io/seekpoint.h"
#include "store/layers.h"
#include "util/finding.h"

struct msg_archive {
	struct bytes format, notes;
};

struct msg_image {
	struct digest config_digest, manifest_digest;
	struct bytes config, manifest; /* ptr NULL: none */
	struct bytes os, architecture, variant, created;
	bool bare;
	unsigned evidence; /* enum archive_evidence */
};

struct msg_layer {
	struct digest diff_id, blob_digest;
	int64_t size; /* declared, -1: undeclared */
	struct bytes media_type;
	bool missing;
	enum codec codec;  /* by magic */
	struct bytes path; /* ptr NULL: in the outer file */
	uint64_t offset, len;
	struct identity identity; /* of the file at path */
};

struct msg_name {
	struct bytes reference;
	uint32_t event;
};

struct msg_history {
	struct bytes created, created_by, comment, author;
	bool empty_layer;
};

struct msg_start {
	uint32_t layers; /* to read */
	uint64_t bytes;
};

struct msg_progress {
	uint32_t layer;
	uint64_t bytes;
};

/* Which layer: of which image, counted from 0 in the order told. */
struct msg_layer_begin {
	uint32_t image, layer;
	struct digest diff_id, blob_digest; /* computed; blob_digest may be none */
	uint64_t tar_bytes;
};

struct msg_xattr {
	struct bytes name, value;
};

struct msg_finding {
	enum finding finding;
	struct bytes path, detail; /* detail: ptr NULL if none */
};

struct msg_layer_end {
	uint64_t entries, content_bytes, findings;
};

struct msg_verified {
	uint32_t image, layer;
	struct digest blob_digest; /* computed, or none */
};

struct msg_error {
	uint32_t code; /* positive errno */
	struct bytes text;
};

/* The puts latch failures until wire_end(), which they call. */
int msg_put_archive(struct wire_out *o, const struct msg_archive *m,
		    struct err *err) _must_check_;
int msg_put_image(struct wire_out *o, const struct msg_image *m, struct err *err) _must_check_;
int msg_put_layer(struct wire_out *o, const struct msg_layer *m, struct err *err) _must_check_;
int msg_put_name(struct wire_out *o, const struct msg_name *m, struct err *err) _must_check_;
int msg_put_history(struct wire_out *o, const struct msg_history *m,
		    struct err *err) _must_check_;
int msg_put_start(struct wire_out *o, const struct msg_start *m, struct err *err) _must_check_;
int msg_put_progress(struct wire_out *o, const struct msg_progress *m,
		     struct err *err) _must_check_;
int msg_put_layer_begin(struct wire_out *o, const struct msg_layer_begin *m,
			struct err *err) _must_check_;
/* The row's id and inode hold layer 0. twin is not sent. */
int msg_put_entry(struct wire_out *o, const struct entry_row *m, struct err *err) _must_check_;
int msg_put_xattr(struct wire_out *o, const struct msg_xattr *m, struct err *err) _must_check_;
int msg_put_finding(struct wire_out *o, const struct msg_finding *m,
		    struct err *err) _must_check_;
int msg_put_seekpoint(struct wire_out *o, const struct seekpoint *m,
		      struct err *err) _must_check_;
int msg_put_layer_end(struct wire_out *o, const struct msg_layer_end *m,
		      struct err *err) _must_check_;
int msg_put_verified(struct wire_out *o, const struct msg_verified *m,
		     struct err *err) _must_check_;
int msg_put_error(struct wire_out *o, const struct msg_error *m, struct err *err) _must_check_;
int msg_put_done(struct wire_out *o, struct err *err) _must_check_;

int msg_get_archive(struct wire_cursor *c, struct msg_archive *m, struct err *err) _must_check_;
int msg_get_image(struct wire_cursor *c, struct msg_image *m, struct err *err) _must_check_;
int msg_get_layer(struct wire_cursor *c, struct msg_layer *m, struct err *err) _must_check_;
int msg_get_name(struct wire_cursor *c, struct msg_name *m, struct err *err) _must_check_;
int msg_get_history(struct wire_cursor *c, struct msg_history *m, struct err *err) _must_check_;
int msg_get_start(struct wire_cursor *c, struct msg_start *m, struct err *err) _must_check_;
int msg_get_progress(struct wire_cursor *c, struct msg_progress *m,
		     struct err *err) _must_check_;
int msg_get_layer_begin(struct wire_cursor *c, struct msg_layer_begin *m,
			struct err *err) _must_check_;
int msg_get_entry(struct wire_cursor *c, struct entry_row *m, struct err *err) _must_check_;
int msg_get_xattr(struct wire_cursor *c, struct msg_xattr *m, struct err *err) _must_check_;
int msg_get_finding(struct wire_cursor *c, struct msg_finding *m, struct err *err) _must_check_;
int msg_get_seekpoint(struct wire_cursor *c, struct seekpoint *m, struct err *err) _must_check_;
int msg_get_layer_end(struct wire_cursor *c, struct msg_layer_end *m,
		      struct err *err) _must_check_;
int msg_get_verified(struct wire_cursor *c, struct msg_verified *m,
		     struct err *err) _must_check_;
int msg_get_error(struct wire_cursor *c, struct msg_error *m, struct err *err) _must_check_;
