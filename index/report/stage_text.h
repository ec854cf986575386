/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Sentences about stages, for summaries. Folder-private.
 */
#include "report/report_internal.h"

/*
 * "production ships 2.0 MB: 1.98 MB base, 24 kB copied from build." and, for each stage of the
 * build that left something, "build left 130 MB behind, 117 MB of it /app/node_modules." Lines
 * of at most 80 columns; nothing for stages without layers.
 */
int stage_text_ships(const struct report_ctx *ctx, const struct catalog_stage *s,
		     struct buf *out, struct err *err) _must_check_;
int stage_text_left(const struct report_ctx *ctx, const struct catalog_stage *s,
		    struct buf *out, struct err *err) _must_check_;
