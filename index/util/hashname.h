/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Names that would be longer than a directory entry may be (255 bytes): the first 200 bytes,
 * '~' and 12 hex digits of the SHA-256 of what the name stands for.
 */
#include "util/buf.h"

/* Shortens *name if it is over 255 bytes; `original` is what is hashed. */
int hashname_limit(struct buf *name, struct bytes original) _must_check_;
