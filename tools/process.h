/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a command asks of the system for its own process: more descriptors, one heap, and a
 * place for the log lines of a mount that has left the terminal.
 */
#include "util/log.h"

#include <sys/resource.h>

/*
 * Raises the soft limit of open files to the hard one: a directory input costs a descriptor
 * per layer. *ret_before is what it was, for a child that runs somebody else's program (which
 * may use select(2)); a limit that cannot be read or raised stays as it is.
 */
void process_raise_files(struct rlimit *ret_before);
void process_restore_files(const struct rlimit *before);

/*
 * One heap for all threads, before the first of them starts. glibc gives each thread its own,
 * and what a large report frees in one is not there for the next. A mount's threads wait for
 * the database and the disk, not for malloc.
 */
void process_share_heap(void);

/* A sink that hands lines to syslog: facility daemon, ident "stagefs" and the process id. */
log_sink process_syslog(void);
