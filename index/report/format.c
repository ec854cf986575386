/* SPDX-License-Identifier: MIT */
/* Sizes for people. */
#include "report/report.h"

#include <stdio.h>

const char *format_size(uint64_t bytes, char out[16])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	size_t u = 0;

	/* 999.5 would print as 1000 */
	while (v >= 999.5 && u + 1 < ARRAY_SIZE(units)) {
		v /= 1000;
		u++;
	}
	if (u == 0)
		snprintf(out, 16, "%llu B", (unsigned long long)bytes);
	else
		snprintf(out, 16, "%.*f %s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, units[u]);
	return out;
}

const char *format_size_du(uint64_t bytes, char out[16])
{
	static const char units[] = "KMGTPE";
	uint64_t unit = 1024, tenths;
	size_t u = 0;

	if (bytes < 1024) {
		snprintf(out, 16, "%llu", (unsigned long long)bytes);
		return out;
	}
	while (bytes / unit >= 1024 && u + 2 < sizeof(units)) {
		unit *= 1024;
		u++;
	}
	/* Rounded up, one decimal below ten: as coreutils' human_readable(). */
	tenths = bytes / unit * 10 + (bytes % unit * 10 + unit - 1) / unit;
	if (tenths < 100) {
		snprintf(out, 16, "%llu.%llu%c", (unsigned long long)tenths / 10,
			 (unsigned long long)tenths % 10, units[u]);
	} else {
		snprintf(out, 16, "%llu%c",
			 (unsigned long long)(bytes / unit + (bytes % unit != 0)), units[u]);
	}
	return out;
}
