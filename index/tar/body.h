/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * How much data a member has in the tar, and where it belongs in the file: sizes from header
 * and pax, sparse maps of all four kinds. Folder-private, part of check.c's verdict: what is
 * in doubt here is refused, since everything behind it would be read wrongly.
 */
#include "tar/check.h"

/* Of the body in the stream, as the header block says. */
int body_header_size(const struct check *c, const char *block, uint64_t *ret,
		     struct err *err) _must_check_;
/* c->m.body from the header's size and the pax records. */
int body_settle_size(struct check *c, uint64_t in_header, struct err *err) _must_check_;
/* Size, regions and stored bytes of the entry; an inline map goes from body to headers. */
int body_settle(struct check *c, char type, const char *block, struct err *err) _must_check_;
