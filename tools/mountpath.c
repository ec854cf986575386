/* SPDX-License-Identifier: MIT */
#include "mountpath.h"

#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>

/* The rest of path below the deepest stagefs mount, or NULL. */
static const char *below_mount(const char *path)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const char *rest = NULL;
	struct mntent *m;
	size_t best = 0;

	while (mounts && (m = getmntent(mounts))) {
		size_t n = strlen(m->mnt_dir);

		if (strcmp(m->mnt_type, "fuse.stagefs") == 0 && n > best &&
		    strncmp(path, m->mnt_dir, n) == 0 && path[n] == '/') {
			best = n;
			rest = path + n + 1;
		}
	}
	if (mounts)
		endmntent(mounts);
	return rest;
}

char *mountpath_image(const char *path)
{
	char real[PATH_MAX];
	const char *rest;

	if (!realpath(path, real))
		return NULL;
	rest = below_mount(real);
	if (!rest || strncmp(rest, "images/", 7) != 0 || !rest[7])
		return NULL;
	return strndup(rest + 7, strcspn(rest + 7, "/"));
}

char *mountpath_below_rootfs(const char *path)
{
	char real[PATH_MAX];
	const char *rest, *name;

	if (!realpath(path, real))
		return NULL;
	rest = below_mount(real);
	if (!rest || strncmp(rest, "images/", 7) != 0)
		return NULL;
	name = rest + 7 + strcspn(rest + 7, "/");
	return strncmp(name, "/rootfs/", 8) == 0 ? strdup(name + 7) : NULL;
}
