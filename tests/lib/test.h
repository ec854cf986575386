/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * cmocka with its includes in the order it wants. A test file is tests/unit/<folder>/
 * test_<file>.c, one group, test functions named <file>__<property>.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/err.h"

/* The call succeeds; on failure shows the message. */
#define assert_ok(expr, err)                                                                \
	do {                                                                                \
		int _r = (expr);                                                            \
		if (_r < 0)                                                                 \
			fail_msg("%s: %d: %s", #expr, _r, (err)->msg);                      \
	} while (0)

#define assert_bytes_equal_str(b, s)                                                        \
	do {                                                                                \
		assert_int_equal((b).len, strlen(s));                                       \
		assert_memory_equal((b).ptr, s, strlen(s));                                 \
	} while (0)
