/* SPDX-License-Identifier: MIT */
#include "fs/mount.h"

#include "fs/mountpoint.h"
#include "fs/ready.h"
#include "fs/serve.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#define PATIENCE 10000 /* milliseconds for a serving process to end after its mount */

/* Paths that stay good when the serving process leaves the current directory. */
struct paths {
	char *db, *cache, *mountpoint;
};

static void paths_release(struct paths *p)
{
	free(p->db);
	free(p->cache);
	free(p->mountpoint);
}

/* The directory may not be there yet. */
static int make_absolute(const char *path, char **ret, struct err *err)
{
	_cleanup_free_ char *cwd = NULL;

	if (path[0] != '/')
		cwd = getcwd(NULL, 0);
	if (path[0] != '/' && !cwd)
		return err_sys(err, errno, "current directory");
	if (asprintf(ret, "%s%s%s", cwd ? cwd : "", cwd ? "/" : "", path) < 0) {
		*ret = NULL;
		return err_oom(err);
	}
	return 0;
}

static int resolve_paths(const struct mount_opts *opts, const char *mountpoint,
			 struct paths *ret, struct err *err)
{
	int r = mountpoint_resolve(mountpoint, &ret->mountpoint, err);

	if (r < 0)
		return r;
	ret->db = realpath(opts->db_path, NULL);
	if (!ret->db && errno == ENOENT)
		return err_set(err, ENOENT, "%s: no index (stagefs index INPUT makes one)",
			       opts->db_path);
	if (!ret->db)
		return err_sys(err, errno, "%s", opts->db_path);
	return opts->cache_dir ? make_absolute(opts->cache_dir, &ret->cache, err) : 0;
}

/* ---- serving ---- */

/* Calls on_ready when the mount can be entered; failures before that are the result. */
static int serve(const struct mount_opts *opts, const char *path, void (*on_ready)(void *arg),
		 void *arg, struct err *err)
{
	_cleanup_(server_freep) struct server *s = NULL;
	int r = server_new(opts, &s, err);

	if (r == 0)
		r = server_mount(s, path, err);
	if (r == 0)
		r = server_loop(s, on_ready, arg, err);
	return r;
}

static int prepare_and_serve(const struct mount_opts *opts, const char *path,
			     void (*on_ready)(void *arg), void *arg, struct err *err)
{
	bool created = false;
	int r = mountpoint_prepare(path, &created, err);

	if (r == 0)
		r = serve(opts, path, on_ready, arg, err);
	if (created)
		rmdir(path);
	return r;
}

/* ---- background ---- */

struct background {
	struct ready ready;
	log_sink log;
};

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* What the caller had open (a lock, the end of a pipe) must not stay open as long as the mount.
 */
static void leave_descriptors(unsigned int keep)
{
	const unsigned int first = STDERR_FILENO + 1;

	if (keep > first)
		close_range(first, keep - 1, 0);
	close_range(keep < first ? first : keep + 1, ~0U, 0);
}

/* Standard streams are kept until now: the caller may wait for their end. */
static void background_ready(void *arg)
{
	struct background *b = arg;

	if (b->log)
		log_set_sink(b->log);
	leave_terminal();
	ready_tell(&b->ready, 0, NULL);
}

_Noreturn static void serve_in_background(const struct mount_opts *opts, const char *path,
					  struct background *b)
{
	struct err err = ERR_INIT;
	int r;

	close(steal_fd(&b->ready.read));
	leave_descriptors((unsigned int)b->ready.write);
	setsid();
	r = chdir("/") < 0 ? err_sys(&err, errno, "/") : 0;
	if (r == 0)
		r = prepare_and_serve(opts, path, background_ready, b, &err);
	ready_tell(&b->ready, r, &err);
	/* Not exit(): what the caller registered or left in stdio buffers is the caller's. */
	_exit(r < 0);
}

static int run_in_background(const struct mount_opts *opts, const char *path, struct err *err)
{
	struct background b = {READY_INIT, opts->background_log};
	int r = ready_init(&b.ready, err);
	pid_t pid;

	if (r < 0)
		return r;
	pid = fork();
	if (pid == 0)
		serve_in_background(opts, path, &b);
	r = pid < 0 ? err_sys(err, errno, "fork") : ready_wait(&b.ready, err);
	ready_release(&b.ready);
	if (pid > 0 && r < 0)
		waitpid(pid, NULL, 0);
	return r;
}

int mount_run(const struct mount_opts *opts, const char *mountpoint, struct err *err)
{
	_cleanup_(paths_release) struct paths paths = {0};
	struct mount_opts o = *opts;
	int r = resolve_paths(opts, mountpoint, &paths, err);

	if (r < 0)
		return r;
	o.db_path = paths.db;
	o.cache_dir = paths.cache;
	if (!o.foreground)
		return run_in_background(&o, paths.mountpoint, err);
	return prepare_and_serve(&o, paths.mountpoint, o.ready, o.ready_arg, err);
}

int mount_check(const char *path, struct err *err)
{
	_cleanup_free_ char *absolute = NULL;
	bool missing;
	int r = mountpoint_resolve(path, &absolute, err);

	return r < 0 ? r : mountpoint_check(absolute, &missing, err);
}

/* ---- unmounting ---- */

/* A descriptor that becomes readable when the process that serves the mount ends; -1 if it
 * cannot be known: another user's mount, another process namespace. */
static int open_server(const char *path)
{
	char text[32] = "";
	ssize_t n = getxattr(path, "user.stagefs.pid", text, sizeof(text) - 1);
	long pid = n > 0 ? atol(text) : 0;

	if (pid <= 0 || pid == getpid())
		return -1;
	return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

static int unmount_live(const char *path, struct err *err)
{
	_cleanup_close_ int server = open_server(path);
	struct pollfd wait = {.fd = server, .events = POLLIN};
	int r = mountpoint_unmount(path, false, err);

	if (r == 0 && server >= 0)
		while (poll(&wait, 1, PATIENCE) < 0 && errno == EINTR)
			;
	return r;
}

int mount_umount(const char *path, struct err *err)
{
	_cleanup_free_ char *absolute = NULL;
	enum mountpoint_state state;
	int r = mountpoint_resolve(path, &absolute, err);

	if (r == 0)
		r = mountpoint_state(absolute, &state, err);
	if (r < 0)
		return r;
	if (state == MOUNTPOINT_DEAD)
		return mountpoint_unmount(absolute, true, err);
	if (state != MOUNTPOINT_OURS)
		return err_set(err, EINVAL, "%s: stagefs is not mounted here", path);
	return unmount_live(absolute, err);
}
