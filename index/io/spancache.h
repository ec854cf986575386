/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct spancache: decoded spans in memory, shared by all gzip layers, bounded by bytes, the
 * least recently used dropped first. A span in use is pinned and never dropped under its user.
 *
 * Two threads that want the same span: one decodes, the other waits for it.
 * Threads: every call is safe from any thread.
 */
#include "util/bytes.h"
#include "util/err.h"

struct spancache;
struct span; /* opaque, pinned while held */

int spancache_new(uint64_t max_bytes, struct spancache **ret) _must_check_;
void spancache_free(struct spancache *c);
DEFINE_CLEANUP(struct spancache *, spancache_free)

/* Decodes one span into buf (len bytes). */
typedef int (*span_fill)(void *arg, void *buf, size_t len, struct err *err);

/* The span (key, start) of len bytes, from the cache or by fill. 0 or -errno. */
int spancache_get(struct spancache *c, uint64_t key, uint64_t start, size_t len, span_fill fill,
		  void *arg, struct span **ret, struct err *err) _must_check_;
struct bytes span_bytes(const struct span *s);
void spancache_put(struct spancache *c, struct span *s);
