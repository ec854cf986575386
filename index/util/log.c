/* SPDX-License-Identifier: MIT */
#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>

/* The only file-scope state of index/: where lines go. Set once, before threads. */
static log_sink sink;

void log_set_sink(log_sink s)
{
	sink = s;
}

void log_line(const char *fmt, ...)
{
	char line[1200];
	va_list ap;

	if (!sink)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sink(line);
}
