/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * From a virtual file to its bytes: a report of the registry, or a document as it is stored.
 * Uses its db connection: one thread at a time.
 */
#include "fs/layout.h"

struct render_from {
	const struct catalog *catalog;
	struct forest *forest;
	struct db *db;
};

/* -ESTALE: the image is gone. */
int render_file(const struct render_from *from, const struct layout_file *file, struct buf *ret,
		struct err *err) _must_check_;
