/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct ready: how a background process tells the one that started it that it is ready, or
 * why not. One message over a pipe; no message at all means that it died.
 */
#include "util/err.h"

struct ready {
	int read, write;
};

#define READY_INIT                                                                             \
	(struct ready)                                                                         \
	{                                                                                      \
		-1, -1                                                                         \
	}

int ready_init(struct ready *r, struct err *err) _must_check_;
void ready_release(struct ready *r);

/* In the starting process, after the fork: waits for the message; 0, or the failure sent. */
int ready_wait(struct ready *r, struct err *err) _must_check_;
/* In the background process: once; the second is not sent. result: 0 or -errno. */
void ready_tell(struct ready *r, int result, const struct err *err);
