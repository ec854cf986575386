/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The config document of an image: DiffIDs, history, platform.
 *
 * Source: OCI image-spec config.md; docker's image.go. A member of the wrong type refuses the
 * image: what one reader ignores another shows. history may be missing, null, shorter or longer
 * than the layers (it is a claim, aligned later); rootfs may be missing where there are no
 * layers (trap 13).
 */
#include "archive/archive.h"
#include "util/json.h"

DEFINE_VEC(diff_id_vec, struct digest)

/*
 * Reads img->config and fills os, architecture, variant, created and history. 0 or -errno,
 * without a prefix.
 */
int image_config_read(struct archive_image *img, const struct limits *limits,
		      struct diff_id_vec *diff_ids, struct err *err) _must_check_;
/* Gives the layers their DiffIDs; refuses other counts. */
int image_config_assign(struct archive_image *img, const struct diff_id_vec *diff_ids,
			struct err *err) _must_check_;
/* Refuses more layers than limit layers. */
int image_config_check_layers(size_t n, const struct limits *limits,
			      struct err *err) _must_check_;

/* Allocated copy of a text that may hold no NUL; *ret untouched if absent. 0 or -errno. */
int json_copy_text(const json_t *obj, const char *key, char **ret,
		   struct err *err) _must_check_;
/* One entry of a history list into h. */
int image_history_read(const json_t *entry, struct archive_history *h,
		       struct err *err) _must_check_;
void image_history_release(struct archive_history *h);
