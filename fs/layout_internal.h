/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The part of the layout that is about builds and stages (layout_stages.c), and what it shares
 * with the table in layout.c. Private.
 */
#include "fs/layout.h"

/* Keys of listings: one range for each sort of name. */
#define KEY_KIND   UINT64_C(3)
#define KEY_FILE   (UINT64_C(1) << 20)
#define KEY_NUMBER (UINT64_C(1) << 40)
#define KEY_LINK   (UINT64_C(1) << 60)

struct layout_ref layout_fixed_ref(unsigned kind, uint64_t tag);
struct layout_ref layout_view_ref(enum view_kind kind, int64_t id, uint32_t pos);
struct layout_ref layout_file_ref(struct layout_file file);
int layout_add(struct layout_list *l, uint64_t key, struct bytes name,
	       struct layout_ref ref) _must_check_;
int layout_add_copy(struct layout_list *l, uint64_t key, const char *name,
		    struct layout_ref ref) _must_check_;

/* ---- layout_stages.c ---- */

/* Directories whose tag is the id of a build, of a stage; links of either. */
bool layout_is_of_build(unsigned kind);
bool layout_is_of_stage(unsigned kind);
bool layout_is_stage_link(unsigned kind);
/* What a fixed inode belongs to; NULL if it is gone, or not shown. Links too. */
const struct catalog_build *layout_build(const struct catalog *c, const struct inode *i);
const struct catalog_stage *layout_stage(const struct catalog *c, const struct inode *i);
/* The tag of a link that stands in dir. */
uint64_t layout_stage_link_tag(const struct catalog *c, const struct inode *dir, unsigned kind);
int layout_stage_target(const struct catalog *c, const struct inode *i, const char *prefix,
			struct buf *ret) _must_check_;
uint64_t layout_stage_parent(const struct catalog *c, const struct inode *i, unsigned parent);

bool layout_stage_has_layers(const struct catalog *c, const struct inode *dir);
bool layout_stage_has_base(const struct catalog *c, const struct inode *dir);
bool layout_image_has_stage(const struct catalog *c, const struct inode *dir);
int layout_list_builds(const struct catalog *c, const struct inode *dir,
		       struct layout_list *l) _must_check_;
int layout_list_stages(const struct catalog *c, const struct inode *dir,
		       struct layout_list *l) _must_check_;
int layout_list_stage(const struct catalog *c, const struct inode *dir,
		      struct layout_list *l) _must_check_;
int layout_list_stage_layers(const struct catalog *c, const struct inode *dir,
			     struct layout_list *l) _must_check_;
int layout_list_stage_origins(const struct catalog *c, const struct inode *dir,
			      struct layout_list *l) _must_check_;
int layout_list_image_origins(const struct catalog *c, const struct inode *dir,
			      struct layout_list *l) _must_check_;
int layout_list_left(const struct catalog *c, const struct inode *dir,
		     struct layout_list *l) _must_check_;
int layout_find_build(const struct catalog *c, const struct inode *dir, struct bytes name,
		      struct layout_ref *ret) _must_check_;
