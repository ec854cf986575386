/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Records of a pax extended header: "<length> <key>=<value>\n". Pure; folder-private.
 *
 * Source: POSIX pax, "pax Extended Header". The structure is the frame of everything behind
 * it, so damage is an error and nothing is guessed (libarchive only warns).
 */
#include "util/bytes.h"

struct pax_record {
	struct bytes key, value; /* may hold NUL; the key is never empty */
};

/*
 * Takes the next record off *rest. 1 with *ret, 0 at the end, -EBADMSG with *ret_why (static
 * text) for damage.
 */
int pax_next(struct bytes *rest, struct pax_record *ret, const char **ret_why) _must_check_;
