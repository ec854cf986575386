/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct growth: which catalog the mount shows, and whether the index has a newer one.
 *
 * The kernel asks about directories that can grow at least once a second while somebody looks
 * at them (attr.h). growth_check() is called in those requests, and only there: a mount that
 * nobody looks at does nothing. It asks SQLite for data_version, which costs a few
 * microseconds, and only if that moved for the generation, and only if that rose it loads the
 * catalog again and lets go of cached trees, so that what was removed becomes ESTALE.
 *
 * The time: directories that can grow carry it as mtime. It rises with every new catalog and
 * never stands still or goes back, whatever the clock does: the kernel compares it to decide
 * whether its cached listing is still good, and an unchanged mtime would be stale for good.
 *
 * Threads: safe from any thread. A catalog that somebody holds stays as it is.
 */
#include "model/forest.h"

#include <time.h>

struct growth;

/* only, n_only: as catalog_load; copied. f is borrowed. db: a connection of its own, taken over
 * on success. */
int growth_new(struct db *db, struct forest *f, const int64_t *only, size_t n_only,
	       struct growth **ret, struct err *err) _must_check_;
void growth_free(struct growth *g);
DEFINE_CLEANUP(struct growth *, growth_free)

/* Looks for a newer index. A failure keeps the catalog that is there and makes a log line. */
void growth_check(struct growth *g);
/* A reference to the present catalog; *ret_time (may be NULL): the mtime that goes with it. */
struct catalog *growth_catalog(struct growth *g, struct timespec *ret_time);
