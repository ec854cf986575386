/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Typed growing arrays.
 *
 *     DEFINE_VEC(u32_vec, uint32_t)
 *     _cleanup_(u32_vec_release) struct u32_vec v = {0};
 *     r = u32_vec_push(&v, 7);        0 or -ENOMEM
 *
 * Elements are moved by realloc: pointers into a vec die with the next push.
 */
#include "util/macro.h"

#include <string.h>

/* The element type must be movable with memcpy. */
#define DEFINE_VEC(name, type)                                                                 \
	struct name {                                                                          \
		type *v;                                                                       \
		size_t n, cap;                                                                 \
	};                                                                                     \
	_unused_ static inline void name##_release(struct name *a)                             \
	{                                                                                      \
		free(a->v);                                                                    \
		memset(a, 0, sizeof(*a));                                                      \
	}                                                                                      \
	_unused_ _must_check_ static inline int name##_reserve(struct name *a, size_t want)    \
	{                                                                                      \
		size_t cap, bytes;                                                             \
		void *p;                                                                       \
                                                                                               \
		if (want <= a->cap)                                                            \
			return 0;                                                              \
		cap = MAX(a->cap + a->cap / 2, (size_t)16);                                    \
		cap = MAX(cap, want);                                                          \
		if (mul_overflows(cap, sizeof(type), &bytes))                                  \
			return -ENOMEM;                                                        \
		p = realloc(a->v, bytes);                                                      \
		if (!p)                                                                        \
			return -ENOMEM;                                                        \
		a->v = p;                                                                      \
		a->cap = cap;                                                                  \
		return 0;                                                                      \
	}                                                                                      \
	_unused_ _must_check_ static inline int name##_push(struct name *a, type x)            \
	{                                                                                      \
		int r = name##_reserve(a, a->n + 1);                                           \
                                                                                               \
		if (r < 0)                                                                     \
			return r;                                                              \
		a->v[a->n++] = x;                                                              \
		return 0;                                                                      \
	}                                                                                      \
	_unused_ static inline void name##_clear(struct name *a)                               \
	{                                                                                      \
		a->n = 0;                                                                      \
	}

#define vec_foreach(it, a) for (__typeof__((a)->v + 0) it = (a)->v; it < (a)->v + (a)->n; it++)
