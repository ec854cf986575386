/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Maps of sparse files: gathering regions and judging them. Folder-private.
 *
 * Source: GNU tar manual, "Storing Sparse Files": old GNU (typeflag S), pax 0.0, 0.1, 1.0.
 * A map is only good if the regions ascend without overlap, end inside the real size and hold
 * exactly the stored bytes. libarchive accepts much more.
 */
#include "tar/walk.h"
#include "util/vec.h"

DEFINE_VEC(region_vec, struct tar_region)

struct sparse_map {
	struct region_vec regions; /* with stored bytes, ascending */
	uint64_t count;            /* regions named, empty ones too */
	uint64_t end;              /* of the last region */
	uint64_t stored;
	uint64_t half; /* pax 0.0 and text maps: an offset that waits for its length */
	bool has_half;
};

#define SPARSE_NAMES_PER_BLOCK 21

void sparse_release(struct sparse_map *m);
void sparse_clear(struct sparse_map *m);

/* 0, -ENOMEM, or -EBADMSG with *ret_why (static text). */
int sparse_add(struct sparse_map *m, int64_t off, int64_t len, uint64_t limit,
	       const char **ret_why) _must_check_;
/* One number of a flat list offset, length, offset, length ... */
int sparse_add_number(struct sparse_map *m, struct bytes text, uint64_t limit,
		      const char **ret_why) _must_check_;
/* "off,len,off,len" of pax 0.1 */
int sparse_add_list(struct sparse_map *m, struct bytes text, uint64_t limit,
		    const char **ret_why) _must_check_;
/* n pairs of 12-byte fields; stops at the first unused one. */
int sparse_add_fields(struct sparse_map *m, const char *p, size_t n, uint64_t limit,
		      const char **ret_why) _must_check_;
/* The whole map against the file's real size and the bytes the tar holds. */
int sparse_judge(const struct sparse_map *m, uint64_t real_size, uint64_t stored,
		 const char **ret_why) _must_check_;
