/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct hashes: content hashes of the files of some trees, at hand while a question is
 * answered.
 *
 * A layer's are taken from the forest when one of its files is asked for, and held until
 * release. One thread.
 */
#include "model/forest.h"
#include "model/layer_hashes.h"
#include "model/node.h"
#include "util/vec.h"

DEFINE_VEC(layer_hashes_vec, struct layer_hashes *)

struct hashes {
	struct forest *forest;
	struct layer_hashes_vec layers;
};

void hashes_release(struct hashes *h);
/* XXH3-128 of the content; *ret NULL: none (empty, no file, not hashed). 0 or -errno. */
int hashes_of(struct hashes *h, const struct node *n, const unsigned char **ret,
	      struct err *err) _must_check_;
/* Do two entries hold the same: of one type, and equal in content, link target or device? 1, 0
 * or -errno. Files without a hash are equal if both are empty. */
int hashes_same(struct hashes *h, const struct node *a, const struct node *b,
		struct err *err) _must_check_;
