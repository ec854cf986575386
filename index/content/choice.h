/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Which of a layer's locations to read from. Folder-private.
 *
 * In order: where nothing went wrong before, hashed before not hashed, plain before gzip
 * before what needs a decoded copy; else as the index gives them.
 */
#include "content/opened.h"
#include "util/vec.h"

/*
 * Opens the best location that works, hashing it first where that is needed. When none does:
 * -EBADMSG if bytes were wrong, else -ESTALE if an archive has changed, else -ENOENT.
 */
int choice_open(const struct opener *opener, int64_t layer, struct opened **ret,
		struct err *err) _must_check_;
/* The same place after its archive was touched, hashed again; -ESTALE if its bytes changed. */
int choice_renew(const struct opener *opener, const struct opened *old, struct opened **ret,
		 struct err *err) _must_check_;
/* All locations, in the order of the index. -ESTALE if there is no such layer. */
DEFINE_VEC(location_vec, struct location_row)
int choice_list(const struct opener *opener, int64_t layer, struct layer_row *ret_row,
		struct location_vec *ret, struct err *err) _must_check_;
