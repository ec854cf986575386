/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Names given to a handful of images, as text, so that tests of them can be read. Images have
 * the ids 1, 2, ... and digests of one repeated hex digit unless a test says otherwise.
 */
#include "model/naming.h"
#include "test.h"

#define DIGEST_OF(c) "sha256:" c c c c c c c c c c c c c c c c

/* sixteen of four: "1111" -> 64 digits */
#define D1 DIGEST_OF("1111")
#define D2 DIGEST_OF("2222")
#define D3 DIGEST_OF("3333")

struct named {
	struct naming n;
	const struct naming_image *images;
	size_t n_images;
};

/* For a linux/amd64 machine. */
void name_them(struct named *ret, const struct naming_image *images, size_t n_images,
	       const struct naming_tag *tags, size_t n_tags);
void named_release(struct named *n);

#define NAME(ret, images, tags)                                                                \
	name_them(ret, images, ARRAY_SIZE(images), tags, ARRAY_SIZE(tags))

/* What is listed, one a line: "name 1" a directory of image 1, "name -> target" a symlink. */
void assert_listed(const struct named *n, const char *want);
/* What typing text gives: the image's id, 0 unknown, -EEXIST. */
int64_t typed(const struct named *n, const char *text);
/* Every image has one directory, symlinks lead to the directory of their image, entries are
 * sorted and of one to 255 bytes without '/', control bytes, "." and "..". */
void assert_sound(const struct named *n);
