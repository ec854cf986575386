/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A sentence about an image's largest waste, for its summary. Folder-private.
 */
#include "model/waste.h"
#include "report/report_internal.h"

/*
 * "The largest waste is 117 MB in /app/node_modules: stored by 05 RUN npm ci, deleted by 07 RUN
 * npm prune." Of all that one layer stored and one hid for one reason, and the deepest path
 * that holds at least half of it. Lines of at most 80 columns; nothing where nothing is wasted.
 */
int waste_text(const struct catalog_image *img, const struct wastes *all, struct buf *out,
	       struct err *err) _must_check_;
