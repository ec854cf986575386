/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct err: the one line that tells a person what went wrong.
 *
 * Functions that can fail return int: 0 is success, a negative value is -errno, a positive
 * value is an answer that the function's header documents. The function that *finds* a
 * failure writes the message, once; callers may put a prefix before it ("layer 3: ...") and
 * forward the code unchanged. Nothing below tools/ prints.
 *
 * A message reads "<what is wrong> (<what to do>)". Names that come from archives are passed
 * through escape_text() by whoever formats them: see util/escape.h.
 *
 * Ownership: no allocation, the buffer is inside. ERR_INIT needs no release.
 * Every `struct err *` parameter may be NULL: the message is then dropped.
 * Threads: one err belongs to one thread.
 */
#include "util/macro.h"

#include <stdarg.h>

struct err {
	int code; /* the negative code of the first err_set(), or 0 */
	char msg[1024];
};

#define ERR_INIT                                                                               \
	(struct err)                                                                           \
	{                                                                                      \
		0                                                                              \
	}

/* Stores code (positive errno) and message; returns -code, so that
 * `return err_set(err, EBADMSG, "...")` is the whole of an error path. */
int err_set(struct err *err, int code, const char *fmt, ...) _printf_(3, 4);

/* As err_set, with ": <strerror(code)>" appended. */
int err_sys(struct err *err, int code, const char *fmt, ...) _printf_(3, 4);

/* Puts "<text>: " before the message that is there; returns r, for
 * `return err_prefix(err, r, "layer %d", n)`. */
int err_prefix(struct err *err, int r, const char *fmt, ...) _printf_(3, 4);

/* -ENOMEM with its message. */
int err_oom(struct err *err);
