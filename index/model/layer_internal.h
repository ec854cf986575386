/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Insides of struct layer that only index/model and its tests may use.
 *
 * struct layer_builder: a nametree of names and, apart from it, the stored entries ("inodes")
 * that names stand for. The two are separate because names move and inodes stay: after
 * "f one; g link f; f two" the name f stands for a second inode and g still for the first.
 *
 * struct layer_loader: rows in sequence order -> struct layer. layer_load() feeds it from the
 * index, tests from a builder.
 */
#include "model/layer.h"
#include "model/nametree.h"
#include "util/spill.h"

enum stored_flag {
	STORED_IMPLIED = 1, /* a parent that the tar does not hold */
	STORED_PENDING = 2, /* hard link whose target was not there yet */
	STORED_LATER = 4,   /* pending: the target came later, or never from elsewhere */
	STORED_LOST = 8,    /* pending: the target cannot be anywhere */
	STORED_XATTRS = 16,
	STORED_HASHED = 32,
	STORED_COUNTED = 64, /* its bytes are in the totals */
};

#define STORED_NO_DATA UINT64_MAX

/*
 * One stored entry; its index is layer_add()'s handle. This is what later members need to know
 * of it and stays in memory; what only its row needs is the struct detail of the same index,
 * and may be in a file: a layer of two million entries has to fit.
 */
struct stored {
	uint32_t extra; /* symlink, pending: in links */
	uint32_t first; /* sequence of its first name, once numbered */
	uint32_t names; /* how many, once numbered */
	uint16_t mode;
	uint8_t flags;
};
DEFINE_VEC(stored_vec, struct stored)

struct detail {
	uint64_t size; /* regular: bytes; devices: major << 32 | minor */
	uint64_t data; /* offset in the tar, or STORED_NO_DATA */
	int64_t mtime;
	uint32_t mtime_nsec, uid, gid;
	unsigned char xxh128[16], sha256[32]; /* with STORED_HASHED */
};

DEFINE_VEC(link_vec, struct bytes)

/* Regular files whose stored bytes are not simply `size` of them. Ascending by handle. */
struct sparse_note {
	uint32_t handle;
	uint64_t stored;
	struct bytes map;
};
DEFINE_VEC(sparse_note_vec, struct sparse_note)

struct layer_builder {
	struct nametree names; /* item: index in stored; tag: enum entry_kind by name */
	struct stored_vec stored;
	struct spill details; /* struct detail, as many as stored */
	struct link_vec links;
	struct sparse_note_vec sparse;
	struct arena arena;
	struct limits limits;
	uint64_t made; /* names and implied directories, against the limit entries */
	layer_finding_fn finding;
	void *arg;
};

/* The stored entry behind a name. */
static inline struct stored *stored_of(const struct layer_builder *b, uint32_t name)
{
	return &b->stored.v[nametree_at(&b->names, name)->item];
}

enum target_state {
	TARGET_FOUND,
	TARGET_ABSENT,  /* nothing of that name in this layer */
	TARGET_BLOCKED, /* the way goes through a non-directory of this layer */
};

/* Looks a path up among the names so far, without following anything. */
enum target_state layer_find_target(const struct layer_builder *b, struct bytes path,
				    uint32_t *ret_name);

/* ---- rows into a layer ---- */

struct layer_loader {
	struct layer *layer;
	size_t cap;
	struct err *err;
};

/* expect: how many rows to make room for. */
int layer_loader_init(struct layer_loader *l, int64_t id, uint64_t expect,
		      struct err *err) _must_check_;
/* The next row. -EBADMSG for anything layer_finish() cannot have emitted. */
int layer_loader_row(struct layer_loader *l, const struct entry_row *row) _must_check_;
int layer_loader_done(struct layer_loader *l, struct layer **ret) _must_check_;
void layer_loader_release(struct layer_loader *l);
