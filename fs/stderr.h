/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct stderr_capture: what libfuse and fusermount3 write to standard error, as text for our
 * own message instead. For single-threaded moments: the descriptor is the process's.
 */
#include "util/err.h"

struct stderr_capture {
	int saved, pipe;
	char text[600];
};

#define STDERR_CAPTURE_INIT                                                                    \
	(struct stderr_capture)                                                                \
	{                                                                                      \
		-1, -1, ""                                                                     \
	}

int stderr_capture_begin(struct stderr_capture *c, struct err *err) _must_check_;
/* Puts standard error back. The last line that was written, made safe to show; "" for none. */
const char *stderr_capture_text(struct stderr_capture *c);
/* Safe at any time, also twice. */
void stderr_capture_end(struct stderr_capture *c);
