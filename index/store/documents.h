/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The tables document and document_layer: evidence about builds, as found. Parsing them is the
 * model's business.
 */
#include "store/db.h"
#include "util/buf.h"
#include "util/digest.h"

enum document_kind {
	DOCUMENT_PROVENANCE,
	DOCUMENT_CACHE,
	DOCUMENT_DOCKERFILE,
	DOCUMENT_STAGE,
	DOCUMENT_ARGUMENTS, /* "NAME=VALUE", each ended by a NUL */
};

struct document_row {
	int64_t id;
	enum document_kind kind;
	struct bytes body;
	struct bytes subject; /* digest as text, or empty */
	struct bytes name, input;
	int64_t indexed;
};

struct document_layer_row {
	uint32_t ord;
	int64_t layer;                     /* 0: not there */
	const char *diff_id, *blob_digest; /* diff_id may be empty */
	int64_t blob_bytes;                /* -1 unknown */
	const char *codec;                 /* may be NULL */
};

/* Adds or finds (kind, digest of body, subject, name). 1: new, 0: was there. Inside a
 * transaction. */
int document_add(struct db *db, const struct document_row *row, int64_t *ret_id,
		 struct err *err) _must_check_;
/* 1: new, or there only now; 0: as it was. */
int document_add_layer(struct db *db, int64_t document, const struct document_layer_row *row,
		       struct err *err) _must_check_;
/* Every document, oldest first; rows are borrowed during the callback. No statement stays open
 * when the callback runs. */
int documents_get(struct db *db, int (*cb)(void *arg, const struct document_row *row),
		  void *arg, struct err *err) _must_check_;
int document_layers_get(struct db *db, int64_t document,
			int (*cb)(void *arg, const struct document_layer_row *row), void *arg,
			struct err *err) _must_check_;
/* Those that an input of this path held, and those of this name; bodies are left out. Nothing
 * may be changed before it returns. */
int documents_called(struct db *db, struct bytes text,
		     int (*cb)(void *arg, const struct document_row *row), void *arg,
		     struct err *err) _must_check_;
int document_remove(struct db *db, int64_t id, struct err *err) _must_check_;
