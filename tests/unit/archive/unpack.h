/* SPDX-License-Identifier: MIT */
#pragma once
/* The members of a committed tar.xz. Apart, because libarchive has a struct archive too. */
#include "util/buf.h"

/* Calls member() with the base name and bytes of every regular file. */
void unpack_fixture(const char *name, void (*member)(void *arg, const char *, struct buf *),
		    void *arg);
/* What gzip -d makes of it. */
void unpack_gzip(const struct buf *file, struct buf *ret);
