/* SPDX-License-Identifier: MIT */
#pragma once
/* Base64 as RFC 4648 section 4 has it, padded, without line breaks. */
#include "util/buf.h"

/* Appends the decoded bytes. -EINVAL for anything else than base64; -ENOMEM. */
int base64_decode(struct bytes text, struct buf *ret) _must_check_;
