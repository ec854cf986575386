/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Paths inside a mount of stagefs, as arguments: mnt/images/app:1/rootfs/etc/passwd names the
 * image app:1 and its /etc/passwd, mnt/stages/app:1/build/diff/x the stage build of app:1 and
 * /x. Every tree of an image or a stage will do, those in .stagefs/ too.
 */
#include "util/err.h"

struct mountpath {
	char *image;  /* name of the image, or of the build; NULL: path leads into no mount */
	char *stage;  /* NULL: none was named */
	char *inside; /* the path in the tree, with its leading slash; NULL: the tree's own
		       * root, or above it */
};

/* What does not exist is taken at its word from the first missing component on: a file that a
 * later layer deleted can be named. 0 or -ENOMEM. */
int mountpath_parse(const char *path, struct mountpath *ret) _must_check_;
void mountpath_release(struct mountpath *m);
