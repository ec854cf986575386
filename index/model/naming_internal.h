/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What naming.c (text to image) and naming_build.c (images to names) share. Folder-private.
 */
#include "model/naming.h"

/* The hex of an image's config digest. */
static inline struct bytes naming_hex(const struct naming_image *i)
{
	struct bytes digest = bytes_from_str(i->config_digest);
	size_t colon = bytes_find(digest, ':');

	return colon < digest.len ? bytes_skip(digest, colon + 1) : digest;
}
