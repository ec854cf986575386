/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A sentence about what an image ships more than once. Folder-private.
 */
#include "report/report_internal.h"

/*
 * "/usr/lib/a is shipped twice, again as /opt/copy: 300 B of 1.2 kB shipped more than once
 * (report duplicates)." of ctx->image: the content that costs most. Nothing if there is none.
 */
int duplicate_text(const struct report_ctx *ctx, struct buf *out, struct err *err) _must_check_;
