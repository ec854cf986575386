/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A gzip stream as a source of its uncompressed bytes.
 *
 * Reads decode whole spans (from one seek point to the next) into a shared span cache, so that
 * the neighbours of a small file come for free. Without points the first span is the whole
 * stream.
 */
#include "io/seekpoint.h"
#include "io/source.h"
#include "io/spancache.h"

/* Spans up to here are kept in memory; of longer ones every read decodes what it needs. */
#define SEEK_SPAN_MAX ((size_t)64 << 20)

/*
 * size: of the uncompressed stream. points: moved into the source (left empty).
 * key: names this stream in the cache; two sources of equal content may share one.
 * cache is borrowed and must outlive the source.
 */
int source_open_gzip(struct source *stored, uint64_t size, struct seekpoints *points,
		     struct spancache *cache, uint64_t key, struct source **ret,
		     struct err *err) _must_check_;
