/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * An engine that builds images, docker or podman, as a program: which one there is, its
 * commands as words, run or printed for a shell. Its standard output goes to our standard
 * error: it is talk, no result.
 */
#include "util/buf.h"
#include "util/err.h"
#include "util/vec.h"

#include <sys/types.h>

DEFINE_VEC(word_vec, char *)

/* Owns its words. */
void words_release(struct word_vec *v);
/* Adds "<a><rest>". -ENOMEM. */
int words_add(struct word_vec *v, const char *a, const char *rest) _must_check_;
/* As a shell would have to read it. */
void words_quote(struct buf *out, const char *word);
void words_show(struct buf *out, const struct word_vec *words);

/* "docker" or "podman", the first that PATH has; NULL. */
const char *engine_find(void);
/* in, out: descriptors of its standard input and output, or -1: ours, and our standard error.
 */
int engine_start(struct word_vec *words, int in, int out, pid_t *ret,
		 struct err *err) _must_check_;
/* -EIO where it failed; `what` names the work in the message: "docker build of stage 'deps'".
 */
int engine_wait(pid_t pid, const char *what, struct err *err) _must_check_;
