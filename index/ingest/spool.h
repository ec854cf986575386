/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Spooling: standard input becomes a file in the data directory, named by the SHA-256 of its
 * bytes, so that the same stream twice is one file. Dropped by gc.
 */
#include "util/err.h"

/*
 * Copies in_fd to <dir>/<32 hex>.tar. *ret_path is its path (free() it), *ret_fd open for
 * reading. 1: the file was made; 0: it was there already.
 */
int spool_stream(int in_fd, const char *dir, char **ret_path, int *ret_fd,
		 struct err *err) _must_check_;
