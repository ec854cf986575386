/* SPDX-License-Identifier: MIT */
#include "fs/mountpoint.h"

#include "fs/stderr.h"
#include "util/log.h"

#include <limits.h>
#include <mntent.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>

#define FSTYPE "fuse.stagefs"

extern char **environ;

/* realpath() of the parent and the last component as it is. */
static int resolve_last(const char *path, char **ret, struct err *err)
{
	_cleanup_free_ char *copy = strdup(path), *parent = NULL;
	char *slash, *last;

	if (!copy)
		return err_oom(err);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = 0;
	slash = strrchr(copy, '/');
	last = slash ? slash + 1 : copy;
	if (slash)
		*slash = 0;
	parent = realpath(slash == copy ? "/" : slash ? copy : ".", NULL);
	if (!parent)
		return err_sys(err, errno, "%s", path);
	if (asprintf(ret, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, last) < 0) {
		*ret = NULL;
		return err_oom(err);
	}
	return 0;
}

int mountpoint_resolve(const char *path, char **ret, struct err *err)
{
	char *real = realpath(path, NULL);

	if (real) {
		*ret = real;
		return 0;
	}
	if (errno != ENOENT && errno != ENOTCONN)
		return err_sys(err, errno, "%s", path);
	return resolve_last(path, ret, err);
}

/* Is what was mounted last on this very path one of ours? */
static int is_ours(const char *path, bool *ret, struct err *err)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent m;
	char line[2 * PATH_MAX + 256];

	if (!mounts)
		return err_sys(err, errno, "/proc/self/mounts");
	*ret = false;
	while (getmntent_r(mounts, &m, line, sizeof(line)))
		if (strcmp(m.mnt_dir, path) == 0)
			*ret = strcmp(m.mnt_type, FSTYPE) == 0;
	endmntent(mounts);
	return 0;
}

/* Asks the server itself: attributes of the root may come from the kernel for a second more. */
static bool is_dead(const char *path)
{
	struct statfs st;

	return statfs(path, &st) < 0 && (errno == ENOTCONN || errno == ECONNABORTED);
}

int mountpoint_state(const char *path, enum mountpoint_state *ret, struct err *err)
{
	bool ours;
	struct stat st;
	int e = lstat(path, &st) < 0 ? errno : 0;
	int r = is_ours(path, &ours, err);

	if (r < 0)
		return r;
	if (ours)
		*ret = is_dead(path) ? MOUNTPOINT_DEAD : MOUNTPOINT_OURS;
	else if (e == ENOENT)
		*ret = MOUNTPOINT_MISSING;
	else if (e)
		return err_sys(err, e, "%s", path);
	else
		*ret = S_ISDIR(st.st_mode) ? MOUNTPOINT_FREE : MOUNTPOINT_OTHER;
	return 0;
}

static int clear_dead(const char *path, enum mountpoint_state *ret, struct err *err)
{
	int r = mountpoint_unmount(path, true, err);

	if (r < 0)
		return r;
	log_line("%s: cleared a dead mount (its stagefs was killed)", path);
	return mountpoint_state(path, ret, err);
}

int mountpoint_check(const char *path, bool *ret_missing, struct err *err)
{
	enum mountpoint_state state;
	int r = mountpoint_state(path, &state, err);

	if (r == 0 && state == MOUNTPOINT_DEAD)
		r = clear_dead(path, &state, err);
	if (r < 0)
		return r;
	*ret_missing = state == MOUNTPOINT_MISSING;
	if (state == MOUNTPOINT_OTHER)
		return err_set(err, ENOTDIR, "%s: not a directory", path);
	if (state == MOUNTPOINT_OURS || state == MOUNTPOINT_DEAD)
		return err_set(err, EBUSY, "%s: already mounted (stagefs umount %s)", path,
			       path);
	return 0;
}

int mountpoint_prepare(const char *path, bool *ret_created, struct err *err)
{
	bool missing;
	int r = mountpoint_check(path, &missing, err);

	if (r < 0)
		return r;
	if (missing && mkdir(path, 0755) < 0)
		return err_sys(err, errno, "%s", path);
	*ret_created = missing;
	return 0;
}

static int run_fusermount(const char *path, bool lazy)
{
	char arg_u[] = "-u", arg_z[] = "-z", arg_end[] = "--", tool[] = "fusermount3";
	_cleanup_free_ char *copy = strdup(path);
	char *argv[6] = {tool, arg_u};
	size_t n = 2;
	int status = -1, e;
	pid_t pid;

	if (!copy)
		return ENOMEM;
	if (lazy)
		argv[n++] = arg_z;
	argv[n++] = arg_end;
	argv[n] = copy;
	e = posix_spawnp(&pid, tool, NULL, NULL, argv, environ);
	if (e)
		return e;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : EBUSY;
}

static int unmount_as_user(const char *path, bool lazy, struct err *err)
{
	_cleanup_(stderr_capture_end) struct stderr_capture said = STDERR_CAPTURE_INIT;
	const char *text;
	int e = stderr_capture_begin(&said, err);

	if (e < 0)
		return e;
	e = run_fusermount(path, lazy);
	text = stderr_capture_text(&said);
	if (e && *text)
		return err_set(err, e, "%s", text);
	return e ? err_sys(err, e, "fusermount3 -u %s", path) : 0;
}

int mountpoint_unmount(const char *path, bool lazy, struct err *err)
{
	if (umount2(path, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)) == 0)
		return 0;
	if (errno == EBUSY)
		return err_set(err, EBUSY,
			       "%s: in use (leave it first; fuser -vm %s shows by whom)", path,
			       path);
	if (errno != EPERM)
		return err_sys(err, errno, "%s: cannot unmount", path);
	return unmount_as_user(path, lazy, err);
}
