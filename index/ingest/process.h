/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The parser process: a fork that keeps nothing open but what it parses, a pipe and standard
 * error, dies with its parent, leaves no core and ends with _exit.
 */
#include "util/err.h"

#include <sys/types.h>

struct process {
	pid_t pid;
	int fd; /* the reading end of its pipe */
};

#define PROCESS_INIT                                                                           \
	(struct process)                                                                       \
	{                                                                                      \
		-1, -1                                                                         \
	}

/* keep: descriptors that stay open in the child (-1 entries are passed over). run gets the
 * writing end; its answer is the exit status. */
int process_start(const int *keep, size_t n_keep, int (*run)(void *arg, int fd), void *arg,
		  struct process *ret, struct err *err) _must_check_;
/* Waits. 0 when it ended with status 0, else -EIO and a message that says how it ended. */
int process_wait(struct process *p, struct err *err) _must_check_;
/* Kills and reaps it, if it still runs; closes the pipe. Safe after process_wait(). */
void process_release(struct process *p);

/* In the parser: from here on `seconds` more CPU seconds, then SIGXCPU. 0: no limit. */
void process_limit_cpu(uint64_t seconds);
