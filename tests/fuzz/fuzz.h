/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * What a fuzz target is: a function that takes any bytes, must return, and aborts when stagefs
 * breaks a promise. libFuzzer calls it with bytes it makes up (meson option 'fuzzers'),
 * fuzz_main.c with the files of corpus/<target>/ in every ordinary test run.
 *
 * A refusal with a message is a fine answer; so a target checks what must hold of answers, and
 * that a refusal says why (fuzz_refused).
 */
#include "util/bytes.h"
#include "util/err.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_check(cond)                                                                       \
	do {                                                                                   \
		if (!(cond)) {                                                                 \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);             \
			abort();                                                               \
		}                                                                              \
	} while (0)

/* A failure has its code, one line of words, and nothing that a terminal would obey. */
static inline void fuzz_refused(int r, const struct err *err)
{
	fuzz_check(r < 0 && err->code < 0 && err->msg[0]);
	for (const char *p = err->msg; *p; p++)
		fuzz_check((unsigned char)*p >= 0x20 && *p != 0x7f);
}
