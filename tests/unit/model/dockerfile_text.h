/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A parsed Dockerfile as text, to be compared: stages with their base and lines, instructions
 * with lines, flags, text (JSON form: [strings]), COPY sources and destination, {mounts}, and
 * heredocs as <<fd-'name(content). What an ONBUILD defers stands behind "=>".
 */
#include "model/dockerfile.h"
#include "util/buf.h"

void dockerfile_text(const struct dockerfile *d, struct buf *out);
