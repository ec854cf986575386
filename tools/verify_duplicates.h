/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * `stagefs verify --duplicates`: what the report calls equal is compared byte by byte.
 */
#include "index_session.h"

/*
 * Every group of duplicates of the index, or (n > 0) of the layers of these images together:
 * each copy with the first. One line for each pair that differs or cannot be read, naming both;
 * unless quiet, one at the end that says what was compared. 0; 1: a pair was named; or an
 * error.
 */
int verify_duplicates(struct session *s, const int64_t *images, size_t n,
		      struct err *err) _must_check_;
