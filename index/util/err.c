/* SPDX-License-Identifier: MIT */
#include "util/err.h"

#include <stdio.h>
#include <string.h>

_printf_(4, 0) static int set_message(struct err *err, int code, const char *suffix,
				      const char *fmt, va_list ap)
{
	char text[sizeof(err->msg)]; /* the old message may be an argument */
	int n;

	if (!err)
		return -code;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (suffix && n >= 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, ": %s", suffix);
	err->code = -code;
	strcpy(err->msg, text);
	return -code;
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = set_message(err, code, NULL, fmt, ap);
	va_end(ap);
	return r;
}

int err_sys(struct err *err, int code, const char *fmt, ...)
{
	char text[128];
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = set_message(err, code, strerror_r(code, text, sizeof(text)), fmt, ap);
	va_end(ap);
	return r;
}

int err_prefix(struct err *err, int r, const char *fmt, ...)
{
	char text[sizeof(err->msg)];
	va_list ap;
	int n;

	if (!err)
		return r;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, ": %s", err->msg);
	strcpy(err->msg, text);
	return r;
}

int err_oom(struct err *err)
{
	return err_set(err, ENOMEM, "out of memory");
}
