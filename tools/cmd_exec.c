/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "fs/mount.h"
#include "process.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static const struct opt opts[] = {
    {"layer", 0, NULL, "INPUT is a bare layer or root file system tar"},
    {"limit", 0, "NAME=VALUE", "change a limit on untrusted input"},
    {0},
};

static void run_child(const char *dir, char **argv, const struct rlimit *files)
{
	const char *shell = getenv("SHELL");
	char *const plain[] = {(char *)(uintptr_t)(shell && *shell ? shell : "/bin/sh"), NULL};
	char *const *cmd = argv[0] ? argv : plain;

	signal(SIGPIPE, SIG_DFL);
	process_restore_files(files);
	if (chdir(dir) == 0 && setenv("STAGEFS_MOUNT", dir, 1) == 0)
		execvp(cmd[0], cmd);
	fprintf(stderr, "stagefs: %s: %m\n", cmd[0]);
	_exit(127);
}

/* The command's exit status, 128 + signal as shells say it. */
static int run_inside(const char *dir, char **argv, const struct rlimit *files, int *ret_status,
		      struct err *err)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return err_sys(err, errno, "fork");
	if (pid == 0)
		run_child(dir, argv, files);
	/* Ctrl-C is for the command: we stay to unmount. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "waitpid");
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

static int make_mount_point(char **ret, struct err *err)
{
	const char *tmp = getenv("TMPDIR");

	if (asprintf(ret, "%s/stagefs.XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0)
		return err_oom(err);
	return mkdtemp(*ret) ? 0 : err_sys(err, errno, "%s", *ret);
}

static int mount_and_run(struct session *s, const struct ingest_image_vec *ids, char **argv,
			 int *ret_status, struct err *err)
{
	_cleanup_free_ char *dir = NULL;
	struct mount_opts mount = {.db_path = s->paths.db,
				   .cache_dir = s->paths.cache,
				   .cache_bytes = s->cache_bytes,
				   .images = ids->v,
				   .n_images = ids->n,
				   .background_log = process_syslog()};
	struct err later = ERR_INIT;
	int r = make_mount_point(&dir, err), u;

	process_share_heap();
	if (r == 0)
		r = mount_run(&mount, dir, err);
	if (r < 0)
		return r;
	r = run_inside(dir, argv, &s->files_before, ret_status, err);
	u = mount_umount(dir, r < 0 ? &later : err);
	rmdir(dir);
	return r < 0 ? r : u;
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(ingest_image_vec_release) struct ingest_image_vec ids = {0};
	int inputs = 0, status = 0, r;

	while (inputs < argc && inputs != o->dashes)
		inputs++;
	if (inputs == 0)
		return err_set(err, EINVAL, "usage: stagefs exec INPUT... -- [COMMAND...]");
	r = session_index(s, argv, inputs, o, &ids, err);
	session_close(s);
	if (r == 0)
		r = mount_and_run(s, &ids, argv + inputs, &status, err);
	return r < 0 ? r : status;
}

const struct cmd cmd_exec = {
    .name = "exec",
    .args = "INPUT... -- [CMD...]",
    .summary = "run a command (default $SHELL) inside a private mount, gone afterwards",
    .details =
	"The working directory is the mount; STAGEFS_MOUNT is its path. The exit status is\n"
	"the command's.",
    .opts = opts,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
