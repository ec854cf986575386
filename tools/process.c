/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <malloc.h>
#include <syslog.h>

void process_raise_files(struct rlimit *ret_before)
{
	struct rlimit raised;

	*ret_before = (struct rlimit){0};
	if (getrlimit(RLIMIT_NOFILE, ret_before) < 0)
		return;
	raised = *ret_before;
	raised.rlim_cur = raised.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &raised);
}

void process_restore_files(const struct rlimit *before)
{
	if (before->rlim_max)
		(void)setrlimit(RLIMIT_NOFILE, before);
}

void process_share_heap(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
#endif
}

static void to_syslog(const char *line)
{
	syslog(LOG_WARNING, "%s", line);
}

log_sink process_syslog(void)
{
	/* Connects with the first line: by then the mount has its own process id. */
	openlog("stagefs", LOG_PID, LOG_DAEMON);
	return to_syslog;
}
