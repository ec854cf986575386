/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Freeing what nothing uses: layers without an image, layers that killed runs left staged,
 * archives without a location, spool files without an archive; and what the rest costs.
 */
#include "store/db.h"

struct gc_opts {
	const char *spool_dir, *cache_dir;
	bool spool; /* also copies of standard input that images still use */
	bool cache; /* also every decoded copy */
};

struct gc_result {
	uint64_t layers, staged, archives;
	uint64_t spool_files, spool_bytes, cache_bytes;
	uint64_t index_bytes; /* given back by the index file */
};

/* db: a write connection. */
int gc_run(struct db *db, const struct gc_opts *opts, struct gc_result *ret, struct err *err)
    _must_check_;

struct gc_usage {
	uint64_t index_bytes, index_free, spool_bytes, spool_files, cache_bytes, cache_files;
};

int gc_usage(struct db *db, const struct gc_opts *opts, struct gc_usage *ret, struct err *err)
    _must_check_;
