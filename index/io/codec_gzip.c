/* SPDX-License-Identifier: MIT */
/* gzip (RFC 1952): members one after the other; seek points on the way, if wanted. */
#include "io/codec_internal.h"
#include "io/gzip_frame.h"
#include "io/inflate.h"
#include "io/window.h"

struct gzip_decoder {
	struct decoder d;
	struct inflater *inflater;
	bool inside; /* in the middle of a member */
	uint32_t crc;
	uint64_t member;      /* bytes of this member so far */
	uint64_t last;        /* out of the last seek point */
	struct window window; /* the last output, for seek points and for going on */
};

static int gzip_init(struct decoder *d, struct err *err)
{
	return inflater_new(&((struct gzip_decoder *)d)->inflater) < 0 ? err_oom(err) : 0;
}

static bool point_is_due(const struct gzip_decoder *g)
{
	return g->d.points && g->window.total - g->last >= MAX(g->d.spacing, (uint64_t)1);
}

/* Stops where the next point is due, however much the caller has room for. */
static size_t until_point(const struct gzip_decoder *g, size_t n)
{
	uint64_t done = g->window.total - g->last;

	if (!g->d.points || done >= g->d.spacing)
		return n;
	return (size_t)MIN((uint64_t)n, g->d.spacing - done);
}

static int add_point(struct gzip_decoder *g, struct seekpoint *p, struct err *err)
{
	p->out = g->last = g->window.total;
	return seekpoints_add(g->d.points, p) < 0 ? err_oom(err) : 0;
}

/* A member begins: it can be decoded from here without any window. */
static int member_point(struct gzip_decoder *g, uint64_t in, struct err *err)
{
	struct seekpoint p = {.in = in};

	if (!g->d.points || (g->d.points->points.n && !point_is_due(g)))
		return 0;
	return add_point(g, &p, err);
}

static int block_point(struct gzip_decoder *g, struct err *err)
{
	unsigned char packed[WINDOW_PACKED_MAX];
	struct seekpoint p = {.window = packed};
	size_t unused;
	int r = window_pack(&g->window, packed, &p.window_len, err);

	if (r < 0)
		return r;
	inflater_unused(g->inflater, &unused, &p.bits);
	p.in = input_offset(&g->d.in) - unused;
	r = add_point(g, &p, err);
	if (r < 0)
		return r;
	if (window_resume(&g->window, g->inflater) < 0)
		return err_set(err, EIO, "gzip: the decoder cannot go on");
	return 0;
}

/* 1 inside a member, 0 at the end of the stream: what follows is no member. */
static int begin_member(struct gzip_decoder *g, struct err *err)
{
	uint64_t at = input_offset(&g->d.in);
	int r = gzip_header(&g->d.in, err);

	if (r == 0 && at == 0)
		return err_set(err, EBADMSG, "gzip: no header at offset 0");
	if (r <= 0)
		return r;
	window_begin(&g->window);
	inflater_reset(g->inflater);
	g->crc = 0;
	g->member = 0;
	g->inside = true;
	r = member_point(g, at, err);
	return r < 0 ? r : 1;
}

static int end_member(struct gzip_decoder *g, struct err *err)
{
	unsigned bits;
	size_t unused;

	inflater_unused(g->inflater, &unused, &bits);
	input_back(&g->d.in, unused);
	g->inside = false;
	return gzip_trailer(&g->d.in, g->crc, g->member, err);
}

static int step(struct gzip_decoder *g, unsigned char *buf, size_t n, size_t *ret_n,
		struct err *err)
{
	struct inflate_io io;
	enum inflate_status status;
	int r = input_fill(&g->d.in, err);

	if (r < 0)
		return r;
	if (point_is_due(g))
		inflater_want_boundary(g->inflater);
	n = until_point(g, n);
	io = (struct inflate_io){g->d.in.p, g->d.in.len, buf, n};
	r = inflater_step(g->inflater, &io, &status);
	if (r < 0)
		return err_set(err, EBADMSG, "gzip: damaged data near offset %llu",
			       (unsigned long long)input_offset(&g->d.in));
	*ret_n = n - io.out_len;
	if (status == INFLATE_MORE && g->d.in.len == 0 && *ret_n == 0)
		return err_set(err, EBADMSG, "gzip: the data ends early, at offset %llu",
			       (unsigned long long)input_offset(&g->d.in));
	input_take(&g->d.in, g->d.in.len - io.in_len);
	g->crc = inflate_crc32(g->crc, buf, *ret_n);
	g->member += *ret_n;
	window_add(&g->window, buf, *ret_n);
	if (status == INFLATE_BOUNDARY)
		return block_point(g, err);
	return status == INFLATE_END ? end_member(g, err) : 0;
}

static int gzip_read(struct decoder *d, unsigned char *buf, size_t n, size_t *ret_n,
		     struct err *err)
{
	struct gzip_decoder *g = (struct gzip_decoder *)d;

	while (*ret_n == 0) {
		int r = g->inside ? 1 : begin_member(g, err);

		if (r == 0)
			d->ended = true;
		if (r <= 0)
			return r;
		r = step(g, buf, n, ret_n, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void gzip_release(struct decoder *d)
{
	inflater_free(((struct gzip_decoder *)d)->inflater);
}

const struct codec_ops codec_gzip = {.name = "gzip",
				     .size = sizeof(struct gzip_decoder),
				     .init = gzip_init,
				     .read = gzip_read,
				     .release = gzip_release};
