/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Paths inside a mount of stagefs, as arguments: mnt/images/app:1/rootfs/etc names app:1.
 */
#include "util/macro.h"

/* The image component of a path inside a mount's images/ tree, or NULL. Caller frees. */
char *mountpath_image(const char *path);
/* The path below images/NAME/rootfs, with its leading slash, or NULL. Caller frees. */
char *mountpath_below_rootfs(const char *path);
