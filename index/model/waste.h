/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What an image stores and does not show: one row for each stored entry, other than a
 * directory, of which the final tree shows no name. Of N copies of a path N - 1 are rows.
 *
 * An entry with several names (hard links) is gone when the last of them is: it is one row, and
 * none as long as one name shows; a name of it that a layer stored anew is listed in `linked`,
 * with no bytes: a chmod of one of two names stores the content twice, and both copies show.
 * The sum of a layer's rows is its wasted_bytes (model/attribute.h); a layer that stands twice
 * is stored once and has its rows at the higher position. Each row has one reason, the first
 * that holds:
 *
 *   metadata-only  the layer that hid it stores the same content at the same path again, as
 *                  chmod, chown and touch do
 *   overwritten    a later layer stores something else of the same type at its path
 *   moved          deleted, and the layer that did it stores the same content under another
 *                  path: mv, or a renamed directory. Equal content is size and XXH3-128; empty
 *                  files, symlinks and devices have none to be known by.
 *   deleted        its path is gone, or a directory or another type of file stands there
 *   never-visible  no tree ever showed it: nothing can stand at its path
 */
#include "model/forest.h"
#include "model/versions.h"

enum waste_reason {
	WASTE_METADATA,
	WASTE_MOVED,
	WASTE_OVERWRITTEN,
	WASTE_DELETED,
	WASTE_NEVER_VISIBLE,
};

#define WASTE_NOWHERE UINT32_MAX

struct waste {
	struct bytes path;    /* of its first name, as its layer stores it */
	uint64_t bytes;       /* regular files; of others 0 */
	uint32_t layer, node; /* position and node: the entry */
	uint32_t hider;       /* position of the layer that hid it; NEVER_VISIBLE: its own */
	uint32_t by;    /* node there: the whiteout, the marker, what stands in its place or in
			 * that    of a directory above it */
	uint32_t again; /* METADATA, MOVED: node there with the same content; WASTE_NOWHERE */
	enum waste_reason reason;
	/* A package database that every run of a package manager rewrites whole: nobody's
	 * mistake, but a reason to merge RUNs. Only of what was overwritten or stored again. */
	bool package_db;
};
DEFINE_VEC(waste_vec, struct waste)

struct wastes {
	struct tree *tree;
	struct waste_vec rows; /* largest first, then by path, then by layer */
	struct waste_vec
	    linked; /* METADATA or OVERWRITTEN names of entries that show: by path */
	struct arena paths;
};

/* The forest is asked for hashes only. */
int wastes_make(struct forest *f, struct tree *t, struct wastes *ret,
		struct err *err) _must_check_;
void wastes_release(struct wastes *w);

/* "overwritten" */
const char *waste_reason_name(enum waste_reason r);
/* A path without its leading slash. */
bool waste_is_package_db(struct bytes path);
