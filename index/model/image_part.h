/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Trees about what an image does not show, or shows no more. Made when they are asked for, kept
 * in the forest.
 *
 *   IMAGE_WASTED    NN-slug/PATH: what each layer stores and the image does not show
 *                   (model/waste.h); layers without waste have no directory
 *   IMAGE_VERSIONS  PATH.versions/NN-slug: every entry other than a directory that ever stood
 * at PATH, and an empty NN-slug.deleted where one went and no other came.
 *
 * PATH.versions that is also the name of a directory beside it gets a trailing "~", or several;
 * where it would be too long, PATH's last component is cut to 200 bytes, "~" and 12 hex digits
 * of its SHA-256. Of two entries that one layer stores at one path, the last is shown.
 */
#include "model/forest.h"
#include "model/stage_tree.h"

enum image_part { IMAGE_WASTED = STAGE_PARTS, IMAGE_VERSIONS };

int image_part(struct forest *f, const struct catalog *c, const struct catalog_image *img,
	       enum image_part part, struct tree **ret, struct err *err) _must_check_;
