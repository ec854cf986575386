/* SPDX-License-Identifier: MIT */
#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>

void buf_release(struct buf *b)
{
	free(b->ptr);
	*b = BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->ptr)
		b->ptr[0] = 0;
}

int buf_reserve(struct buf *b, size_t extra)
{
	size_t want, cap;
	char *p;

	if (add_overflows(b->len, extra, &want) || add_overflows(want, 1, &want))
		goto fail;
	if (want <= b->cap)
		return 0;
	cap = MAX(b->cap + b->cap / 2, (size_t)64);
	cap = MAX(cap, want);
	p = realloc(b->ptr, cap);
	if (!p)
		goto fail;
	b->ptr = p;
	b->cap = cap;
	b->ptr[b->len] = 0;
	return 0;
fail:
	b->failed = true;
	return -ENOMEM;
}

int buf_add(struct buf *b, const void *p, size_t n)
{
	/* Bytes of the buf itself move with it. */
	uintptr_t at = (uintptr_t)p - (uintptr_t)b->ptr;
	bool own = b->ptr && at < b->len;
	int r = buf_reserve(b, n);

	if (r < 0)
		return r;
	if (own)
		p = b->ptr + at;
	if (n)
		memcpy(b->ptr + b->len, p, n);
	b->len += n;
	b->ptr[b->len] = 0;
	return 0;
}

int buf_add_bytes(struct buf *b, struct bytes s)
{
	return buf_add(b, s.ptr, s.len);
}

int buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n, r;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return -EINVAL;
	}
	r = buf_reserve(b, (size_t)n);
	if (r < 0)
		return r;
	va_start(ap, fmt);
	vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

int buf_status(const struct buf *b)
{
	return b->failed ? -ENOMEM : 0;
}

char *buf_steal(struct buf *b)
{
	char *p = b->ptr;

	*b = BUF_INIT;
	return p;
}
