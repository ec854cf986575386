/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The parser process's program: understands the input, tells its images, then reads what the
 * plan says. Knows no SQL. Everything it says goes over the pipe (ingest/message.h).
 */
#include "ingest/known.h"
#include "io/codec.h"

struct parser_input {
	struct source *file; /* or NULL: */
	int dirfd;
	enum codec outer_codec;
	int spill_fd; /* a temporary file for large layers, or -1 */
	const char *base_name;
	const struct known *known;
	const struct limits *limits;
	bool layer, verify;
};

/* arg is a struct parser_input. The exit status: 0 also for a refusal, which is a message. */
int parser_run(void *arg, int fd);
