/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * --layer: the whole file is one layer, an image of its own, named after the file.
 */
#include "archive/reader.h"

int bare_read(struct reader *r, struct source *file, const char *base_name,
	      struct err *err) _must_check_;
/* "app.tar.gz", "app.tgz", "app": all "app". */
struct bytes bare_name(struct bytes file_name);
