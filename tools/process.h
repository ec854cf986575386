/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a command asks of the system for its own process: more descriptors, and a place for the
 * log lines of a mount that has left the terminal.
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

/* A sink that hands lines to syslog: facility daemon, ident "stagefs" and the process id. */
log_sink process_syslog(void);
