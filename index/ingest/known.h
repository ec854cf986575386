/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct known: the DiffIDs that the index holds, published or staged. A staged layer is whole
 * (it was committed in one transaction), so one that a killed run left is adopted as it is.
 */
#include "store/db.h"
#include "util/digest.h"
#include "util/vec.h"

DEFINE_VEC(digest_vec, struct digest)

struct known {
	struct digest_vec ids; /* sorted */
};

int known_load(struct db *db, struct known *ret, struct err *err) _must_check_;
/* For tests and for callers that have the ids already; sorts. */
int known_add(struct known *k, const struct digest *d) _must_check_;
bool known_has(const struct known *k, const struct digest *d);
void known_release(struct known *k);

/* Algorithm, then bytes: any total order. */
int digest_cmp(const struct digest *a, const struct digest *b);
