/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Compiler attributes, cleanup helpers and checked arithmetic.
 *
 * What it is: the few macros that every file of stagefs may use.
 * What it is not: a place for anything that could be a function.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define _must_check_   __attribute__((warn_unused_result))
#define _printf_(f, a) __attribute__((format(printf, f, a)))
#define _unused_       __attribute__((unused))
/* _cleanup_(fn) calls fn(&variable) when the variable leaves its scope. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* Take the value out of *p and leave NULL: hands ownership over. */
#define steal_ptr(p)                                                                           \
	({                                                                                     \
		__typeof__(*(p)) _taken = *(p);                                                \
		*(p) = NULL;                                                                   \
		_taken;                                                                        \
	})

/* x_freep() for `_cleanup_(x_freep) struct x *`, from x_free(struct x *). */
#define DEFINE_CLEANUP(type, fn)                                                               \
	static inline void fn##p(type *p)                                                      \
	{                                                                                      \
		if (*p)                                                                        \
			fn(*p);                                                                \
	}

static inline void freep(void *p)
{
	free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(freep)

/* Closes the descriptor unless it is negative; keeps errno. */
static inline void closep(const int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		close(*fd);
		errno = saved;
	}
}
#define _cleanup_close_ _cleanup_(closep)

static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Checked arithmetic: true when the result does not fit (as the builtins answer). */
#define add_overflows(a, b, res) __builtin_add_overflow((a), (b), (res))
#define mul_overflows(a, b, res) __builtin_mul_overflow((a), (b), (res))
