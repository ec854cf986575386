/* SPDX-License-Identifier: MIT */
#include "ingest/process.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PIPE_BYTES ((int)MIB(1))
#define KEEP_MAX   8

static int compare_int(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void close_between(unsigned first, unsigned last)
{
	if (first > last)
		return;
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	/* Kernels before 5.9 */
	for (unsigned fd = first; fd <= MIN(last, 65535u); fd++)
		close((int)fd);
}

/* Everything above standard error but the ascending n descriptors of keep. */
static void close_others(int *keep, size_t n)
{
	unsigned next = STDERR_FILENO + 1;

	qsort(keep, n, sizeof(*keep), compare_int);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < (int)next)
			continue;
		close_between(next, (unsigned)keep[i] - 1);
		next = (unsigned)keep[i] + 1;
	}
	close_between(next, ~0u);
}

/* Standard input and output of the command are none of the parser's business. */
static void detach_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

static void confine(pid_t parent, const int *keep, size_t n_keep, int fd)
{
	int all[KEEP_MAX + 1] = {fd};
	size_t n = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1); /* it died before the line above */
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < n_keep && n < ARRAY_SIZE(all); i++)
		if (keep[i] >= 0)
			all[n++] = keep[i];
	detach_stdio();
	close_others(all, n);
}

int process_start(const int *keep, size_t n_keep, int (*run)(void *arg, int fd), void *arg,
		  struct process *ret, struct err *err)
{
	pid_t parent = getpid();
	int fds[2];

	*ret = PROCESS_INIT;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES); /* only a matter of speed */
	ret->pid = fork();
	if (ret->pid == 0) {
		confine(parent, keep, n_keep, fds[1]);
		_exit(run(arg, fds[1]));
	}
	close(fds[1]);
	if (ret->pid < 0) {
		int saved = errno;

		close(fds[0]);
		return err_sys(err, saved, "cannot start the parser process");
	}
	ret->fd = fds[0];
	return 0;
}

static int reap(struct process *p, int *ret_status)
{
	pid_t pid;

	do
		pid = waitpid(p->pid, ret_status, 0);
	while (pid < 0 && errno == EINTR);
	p->pid = -1;
	return pid < 0 ? -errno : 0;
}

int process_wait(struct process *p, struct err *err)
{
	int status = 0, r;

	r = reap(p, &status);
	if (r == -ECHILD)
		return 0; /* SIGCHLD is ignored: nobody can say how it ended */
	if (r < 0)
		return err_sys(err, -r, "cannot wait for the parser process");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_set(err, EIO, "a layer takes too much CPU time (limit cpu-seconds)");
	if (WIFSIGNALED(status))
		return err_set(err, EIO,
			       "the parser process died (signal %d) (please report this)",
			       WTERMSIG(status));
	if (WEXITSTATUS(status))
		return err_set(err, EIO, "the parser process failed (status %d)",
			       WEXITSTATUS(status));
	return 0;
}

void process_release(struct process *p)
{
	int status;

	closep(&p->fd);
	p->fd = -1;
	if (p->pid < 0)
		return;
	kill(p->pid, SIGKILL);
	(void)reap(p, &status);
}

void process_limit_cpu(uint64_t seconds)
{
	struct rlimit limit;
	struct rusage used;

	if (!seconds || getrusage(RUSAGE_SELF, &used) < 0 || getrlimit(RLIMIT_CPU, &limit) < 0)
		return;
	limit.rlim_cur = (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec + seconds;
	if (limit.rlim_max != RLIM_INFINITY)
		limit.rlim_cur = MIN(limit.rlim_cur, limit.rlim_max);
	setrlimit(RLIMIT_CPU, &limit);
}
