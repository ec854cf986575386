/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Log lines of the driver: one line per event that a person should know of (an archive
 * changed under the mount, a dead mount cleared). The sink is set once by tools/ before any
 * thread starts; without one, lines are dropped. Not for errors that a caller gets in an err.
 */
#include "util/macro.h"

typedef void (*log_sink)(const char *line);

void log_set_sink(log_sink sink);
void log_line(const char *fmt, ...) _printf_(1, 2);
