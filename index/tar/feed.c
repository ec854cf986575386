/* SPDX-License-Identifier: MIT */
#include "tar/feed.h"

static int refill(struct feed *f, struct err *err)
{
	const void *p = NULL;
	size_t n = 0;
	int r;

	if (f->n || f->ended)
		return 0;
	r = f->in->read(f->in->arg, &p, &n, err);
	if (r < 0)
		return r;
	f->p = p;
	f->n = n;
	f->ended = n == 0;
	return 0;
}

static void advance(struct feed *f, size_t n)
{
	f->p += n;
	f->n -= n;
	f->pos += n;
}

int feed_take(struct feed *f, size_t max, const char **ret, size_t *ret_n, struct err *err)
{
	int r = refill(f, err);

	if (r < 0)
		return r;
	*ret = f->p;
	*ret_n = MIN(f->n, max);
	advance(f, *ret_n);
	return 0;
}

int feed_append(struct feed *f, size_t n, struct buf *out, struct err *err)
{
	while (n) {
		const char *p;
		size_t got;
		int r = feed_take(f, n, &p, &got, err);

		if (r < 0)
			return r;
		if (!got)
			return 1;
		if (buf_add(out, p, got) < 0)
			return err_oom(err);
		n -= got;
	}
	return 0;
}

int feed_seek(struct feed *f, uint64_t n, uint64_t *ret_n, struct err *err)
{
	size_t have = (size_t)MIN((uint64_t)f->n, n);
	uint64_t sought = 0;
	int r = 0;

	advance(f, have);
	if (n > have && f->in->skip && !f->ended)
		r = f->in->skip(f->in->arg, n - have, &sought, err);
	f->pos += sought;
	*ret_n = have + sought;
	return r < 0 ? r : 0;
}

int feed_skip(struct feed *f, uint64_t n, struct err *err)
{
	while (n) {
		uint64_t sought;
		const char *p;
		size_t got = 0;
		int r = feed_seek(f, n, &sought, err);

		n -= sought;
		if (r == 0 && n)
			r = feed_take(f, (size_t)MIN(n, (uint64_t)SIZE_MAX), &p, &got, err);
		if (r < 0)
			return r;
		if (n && !got)
			return 1;
		n -= got;
	}
	return 0;
}
