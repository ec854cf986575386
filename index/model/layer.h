/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct layer: one layer's tar members as a set.
 *
 * What it is: the semantics *within* one tar, in tar order, as an extractor would see them:
 * later entries replace earlier ones, hard links resolve to what is there at that moment,
 * missing parents are implied, entries below a symlink or a non-directory of the same layer
 * are left out. Whiteouts are rows like any other, marked with their kind; what they hide is
 * model/merge.c's business.
 *
 * Two uses: ingest builds one with layer_add() and emits its rows sorted by (parent, name);
 * fs, report and merge load one from the index with layer_load().
 *
 * Invariants of a finished layer: nodes[0] is the root; nodes are numbered breadth first, the
 * children of a directory are contiguous and sorted by name bytes; index == sequence of the
 * entry's rowid. A finished layer is immutable and may be shared between threads.
 * Memory: sizeof(struct node), 64 bytes, a node plus names.
 */
#include "model/node.h"
#include "store/layers.h"
#include "util/arena.h"
#include "util/finding.h"
#include "util/limits.h"
#include "util/vec.h"

/* ---- building (ingest) ---- */

struct layer_builder;

/* What ingest knows of a tar member. Borrowed during the call. */
struct layer_member {
	struct bytes path; /* normalised: no leading slash, "" is the root */
	struct bytes link; /* symlink: verbatim; hard link: normalised target path */
	uint32_t mode;     /* with type bits; hard links: S_IFREG and hard_link set */
	bool hard_link;
	uint32_t uid, gid, rdev_major, rdev_minor;
	int64_t mtime;
	uint32_t mtime_nsec;
	uint64_t size, stored, data;
	struct bytes sparse; /* as the entry column */
	bool has_xattrs;
};

typedef int (*layer_finding_fn)(void *arg, enum finding f, struct bytes path,
				const char *detail, struct err *err);

/* spill_fd: a file for what does not fit in memory (util/spill.h), borrowed; -1 for none. */
int layer_builder_new(const struct limits *limits, int spill_fd, layer_finding_fn finding,
		      void *arg, struct layer_builder **ret, struct err *err) _must_check_;
void layer_builder_free(struct layer_builder *b);
DEFINE_CLEANUP(struct layer_builder *, layer_builder_free)

/*
 * Adds one member. 0 and *ret_handle, or 1: left out (a finding was made). *ret_handle names
 * the stored entry until finish: for layer_set_hashes and the caller's own side tables
 * (xattrs). -EFBIG at the limits path-bytes, depth, entries.
 */
int layer_add(struct layer_builder *b, const struct layer_member *m, uint32_t *ret_handle,
	      struct err *err) _must_check_;
/* Content hashes of a regular file, when its data has gone by. */
int layer_set_hashes(struct layer_builder *b, uint32_t handle, const unsigned char xxh128[16],
		     const unsigned char sha256[32], struct err *err) _must_check_;

struct layer_totals {
	uint64_t entries, content_bytes;
};

/*
 * Ends the tar: settles forward and missing hard links, marks hard links into lower layers,
 * sorts, numbers. Emits every row in sequence order with ids of layer 0 (ENTRY_ID(0, seq));
 * handle is layer_add's of the row's stored entry (UINT32_MAX for implied directories). The
 * row and its bytes are lent during the call.
 */
int layer_finish(struct layer_builder *b,
		 int (*emit)(void *arg, const struct entry_row *row, uint32_t handle,
			     struct err *err),
		 void *arg, struct layer_totals *ret, struct err *err) _must_check_;

/* ---- loading (everybody else) ---- */

struct layer_twin {
	uint32_t seq;
	int64_t entry; /* the representative, of any layer */
};
DEFINE_VEC(layer_twin_vec, struct layer_twin)

struct layer {
	int64_t id;
	struct node *nodes;
	uint32_t n;
	struct layer_twin_vec twins; /* by seq: few files have one */
	struct arena names;
	uint32_t refs; /* atomic */
};

/* From the index. -ESTALE if the layer's row is gone. */
int layer_load(struct db *db, int64_t id, struct layer **ret, struct err *err) _must_check_;
struct layer *layer_ref(struct layer *l);
void layer_unref(struct layer *l);
DEFINE_CLEANUP(struct layer *, layer_unref)
/* The twin of a stored file of this layer, as the entry column; 0: none, it is its own. */
int64_t layer_twin(const struct layer *l, int64_t inode);
/* Bytes held, for the cache's accounts. */
size_t layer_memory(const struct layer *l);
