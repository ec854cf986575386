/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Ingest: inputs into the index. The only place where the bytes side (archive, tar, io) and the
 * facts side (store, model) meet.
 *
 * A parser process reads the untrusted input, decodes, walks and hashes, and sends rows over a
 * pipe; this process (the writer) checks and stores them. Protocol: ingest/wire.h.
 * Layers are committed as staged, one transaction each; one publishing transaction adds the
 * image rows and bumps the generation. A refusal deletes the staged layers that this run alone
 * made; a killed run leaves them for the next to adopt.
 * A known DiffID is not walked again: its new location is recorded unverified.
 *
 * Call before starting threads: it forks.
 */
#include "store/db.h"
#include "util/limits.h"
#include "util/vec.h"

struct ingest_progress {
	const char *input;
	uint32_t layer, layers;    /* being read, of how many to read; from 1 */
	uint64_t bytes, bytes_all; /* stored bytes read, of all layers to read in this input */
};

DEFINE_VEC(ingest_image_vec, int64_t)

struct ingest_result {
	struct ingest_image_vec images; /* ids, in the archive's order, each once */
	uint32_t layers_new, layers_known;
	uint32_t provenances, caches; /* documents about builds */
	uint64_t findings;
	char notes[256]; /* what was recognised and left alone */
};

struct ingest_opts {
	const struct limits *limits;
	const char *spool_dir; /* for "-" */
	const char *cache_dir; /* for archives compressed as a whole */
	uint64_t cache_bytes;
	bool layer;  /* --layer */
	bool verify; /* also hash locations of layers already known */
	void (*progress)(void *arg, const struct ingest_progress *p); /* at most ~10 a second */
	void *progress_arg;
};

/* One input: a path or "-". The message starts with the input's name. On failure the index is
 * as it was. */
int ingest_input(struct db *db, const char *input, const struct ingest_opts *opts,
		 struct ingest_result *ret, struct err *err) _must_check_;
void ingest_result_release(struct ingest_result *r);
