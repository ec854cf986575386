/* SPDX-License-Identifier: MIT */
#include "mountpath.h"

#include "util/buf.h"

#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>

/*
 * Where trees stand below a mount: I is the name of an image, B of a build, S of a stage, * of
 * anything. What follows is inside the tree. The first that fits as far as the path goes.
 */
static const char *const places[] = {
    "images/I/rootfs",
    "images/I/layers/*",
    "images/I",
    "stages/B/S/rootfs",
    "stages/B/S/diff",
    "stages/B/S/layers/*",
    "stages/B/S",
    ".stagefs/steps/I/*",
    ".stagefs/wasted/I/*",
    ".stagefs/from/stages/B/S/*",
    ".stagefs/from/I/*",
    ".stagefs/left-behind/B/S",
};

void mountpath_release(struct mountpath *m)
{
	free(m->image);
	free(m->stage);
	free(m->inside);
	*m = (struct mountpath){0};
}

/* realpath(3) of what there is of it, then the rest as it is. NULL: not even its beginning. */
static char *real_path(const char *path)
{
	_cleanup_free_ char *head = strdup(path);
	_cleanup_(buf_release) struct buf full = BUF_INIT;
	char real[PATH_MAX];
	char *slash;

	if (!head)
		return NULL;
	while (!realpath(head, real)) {
		slash = strrchr(head, '/');
		if (!slash || slash == head)
			return NULL;
		*slash = 0;
	}
	buf_add_str(&full, real);
	buf_add_str(&full, path + strlen(head));
	return buf_status(&full) < 0 ? NULL : buf_steal(&full);
}

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

static bool take(struct bytes word, struct bytes name, struct mountpath *ret)
{
	char **to = bytes_equal(word, BYTES("I")) || bytes_equal(word, BYTES("B")) ? &ret->image
		    : bytes_equal(word, BYTES("S"))                                ? &ret->stage
										   : NULL;

	if (!to)
		return bytes_equal(word, BYTES("*")) || bytes_equal(word, name);
	*to = strndup(name.ptr, name.len);
	return *to != NULL;
}

static bool fits(const char *place, struct bytes path, struct mountpath *ret)
{
	struct bytes words = bytes_from_str(place), word, name;

	while (bytes_next_component(&words, &word))
		if (!bytes_next_component(&path, &name) || !take(word, name, ret)) {
			mountpath_release(ret);
			return false;
		}
	if (path.len > 1)
		ret->inside = strndup(path.ptr, path.len);
	return true;
}

int mountpath_parse(const char *path, struct mountpath *ret)
{
	_cleanup_free_ char *real = real_path(path);
	const char *rest = real ? below_mount(real) : NULL;

	*ret = (struct mountpath){0};
	for (size_t i = 0; rest && i < ARRAY_SIZE(places); i++)
		if (fits(places[i], bytes_from_str(rest), ret))
			break;
	return 0;
}
