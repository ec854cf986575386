/* SPDX-License-Identifier: MIT */
/*
 * Reading in the middle of a gzip stream.
 *
 * A deflate stream cannot be entered just anywhere. A decoder needs three things: the bit where
 * a block begins (blocks do not begin at byte borders), the up to 32 KiB of output before it
 * (the window, which later data may copy from), and nothing else: no state survives the end of
 * a block. zlib's author showed in examples/zran.c that noting {bit position, window} every few
 * megabytes while decoding once is enough to enter at those places ever after. The index
 * keeps such seek points, a window packed to about 11 KiB each; stored next to a layer of
 * 400 MB they cost some 3 MB.
 *
 * Making points must not slow down indexing. zlib can stop at block ends (Z_BLOCK); ISA-L, more
 * than twice as fast, has no such call. But it has two fields that give one: `bfinal`, "this
 * block is the last", and `block_state`. While ISA-L is in the middle of a block that is *not*
 * the last, we set bfinal: at the end of this block it then believes the stream has ended,
 * flushes its output and stops in state FINISH, with the bits it has read ahead still in
 * read_in. That is the position: input offset less read_in_length / 8 bytes, and
 * read_in_length % 8 bits of the byte before. To go on, the state is initialised, given the
 * window as a dictionary and its own read_in back; resuming at a stored point later does the
 * same with the bits taken from the byte before the point. (inflate_isal.c; 0.3 % slower than
 * plain decoding at 4 MiB spacing.)
 *
 * What this relies on: bfinal is only looked at when a block ends; a block's own data do not
 * depend on it; isal_inflate_init keeps nothing. The unit test decodes from every point of
 * streams with stored, fixed and dynamic blocks, at several levels and over several members,
 * and compares with the whole. A wrong point could never give wrong bytes silently in the
 * mount either: -o verify=always compares SHA-256, and `stagefs verify` reads it all.
 *
 * Layout of a read: the points cut the output into spans. A read decodes the span it falls into
 * as a whole into the span cache, because a file's neighbours are what is read next (one span
 * costs about as much as a thousand reads of decoded data). A span may run over the end of a
 * member into the next ones (eStargz has a member per file). Spans over 64 MiB, which only a
 * stream without usable block ends has, are decoded up to the wanted bytes without being kept.
 */
#include "io/seek_gzip.h"

#include "io/gzip_frame.h"
#include "io/inflate.h"
#include "io/window.h"

struct gzip_source {
	struct source s;
	struct source *stored;
	struct seekpoints points;
	struct spancache *cache; /* borrowed */
	uint64_t key;
};

/* One way through the stored bytes, from a point. */
struct run {
	struct input in;
	struct inflater *inflater;
	bool inside; /* in a member */
};

static void run_release(struct run *r)
{
	inflater_free(r->inflater);
	input_release(&r->in);
}

/* The byte before the point holds its first bits, in its upper end. */
static int enter_block(struct run *run, const struct seekpoint *p, struct err *err)
{
	unsigned char window[INFLATE_WINDOW], before = 0;
	ssize_t len = window_unpack(p->window, p->window_len, window);
	size_t got = 1;
	int r = 0;

	if (p->bits)
		r = source_pread(run->in.source, &before, 1, p->in - 1, &got, err);
	if (r < 0)
		return r;
	if (len < 0 || got != 1 ||
	    inflater_resume(run->inflater, p->bits, before >> (8 - p->bits), window,
			    (size_t)len) < 0)
		return err_set(err, EBADMSG,
			       "a seek point of the index is damaged (index the "
			       "archive again)");
	run->inside = true;
	return 0;
}

static int run_start(struct run *run, struct source *stored, const struct seekpoint *p,
		     struct err *err)
{
	*run = (struct run){0};
	if (input_init(&run->in, stored, p->in) < 0 || inflater_new(&run->inflater) < 0)
		return err_oom(err);
	return p->window_len ? enter_block(run, p, err) : 0;
}

static int next_member(struct run *run, struct err *err)
{
	int r = gzip_header(&run->in, err);

	if (r == 0)
		return err_set(err, EBADMSG, "gzip: the data ends early");
	inflater_reset(run->inflater);
	run->inside = r > 0;
	return MIN(r, 0);
}

/* The trailer's eight bytes: its CRC is over the whole member, of which we saw a part. */
static int leave_member(struct run *run, struct err *err)
{
	unsigned bits;
	size_t unused;

	inflater_unused(run->inflater, &unused, &bits);
	input_back(&run->in, unused);
	run->inside = false;
	for (int i = 0; i < 8; i++) {
		unsigned char c;
		int r = input_byte(&run->in, &c, err);

		if (r <= 0)
			return r < 0 ? r : err_set(err, EBADMSG, "gzip: the data ends early");
	}
	return 0;
}

/* Exactly n bytes of output. */
static int run_read(struct run *run, unsigned char *buf, size_t n, struct err *err)
{
	struct inflate_io io = {.out = buf, .out_len = n};

	while (io.out_len) {
		enum inflate_status status;
		size_t before = io.out_len;
		int r = run->inside ? 0 : next_member(run, err);

		if (r == 0)
			r = input_fill(&run->in, err);
		if (r < 0)
			return r;
		io.in = run->in.p;
		io.in_len = run->in.len;
		if (inflater_step(run->inflater, &io, &status) < 0 ||
		    (status == INFLATE_MORE && run->in.len == 0 && io.out_len == before))
			return err_set(err, EBADMSG, "gzip: damaged data near offset %llu",
				       (unsigned long long)input_offset(&run->in));
		input_take(&run->in, run->in.len - io.in_len);
		if (status == INFLATE_END)
			r = leave_member(run, err);
		if (r < 0)
			return r;
	}
	return 0;
}

struct span_job {
	struct gzip_source *g;
	const struct seekpoint *point;
};

static int fill_span(void *arg, void *buf, size_t len, struct err *err)
{
	struct span_job *job = arg;
	struct run run;
	int r = run_start(&run, job->g->stored, job->point, err);

	if (r == 0)
		r = run_read(&run, buf, len, err);
	run_release(&run);
	return r;
}

/* Decodes and drops `skip` bytes, then n into buf: for spans too large to keep. */
static int read_uncached(struct gzip_source *g, const struct seekpoint *p, uint64_t skip,
			 unsigned char *buf, size_t n, struct err *err)
{
	_cleanup_free_ unsigned char *sink = malloc(KIB(256));
	struct run run;
	int r = sink ? run_start(&run, g->stored, p, err) : err_oom(err);

	if (!sink)
		return r;
	while (r == 0 && skip) {
		size_t piece = (size_t)MIN(skip, KIB(256));

		r = run_read(&run, sink, piece, err);
		skip -= piece;
	}
	if (r == 0)
		r = run_read(&run, buf, n, err);
	run_release(&run);
	return r;
}

/* Index of the last point at or before off. */
static size_t find_point(const struct gzip_source *g, uint64_t off)
{
	size_t lo = 0, hi = g->points.points.n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (g->points.points.v[mid].out <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* The part of a read that falls into one span; *ret_n how much that was. */
static int read_span(struct gzip_source *g, unsigned char *buf, size_t n, uint64_t off,
		     size_t *ret_n, struct err *err)
{
	size_t i = find_point(g, off);
	const struct seekpoint *p = &g->points.points.v[i];
	uint64_t end = i + 1 < g->points.points.n ? p[1].out : g->s.size;
	struct span_job job = {g, p};
	struct span *span;
	int r;

	*ret_n = (size_t)MIN((uint64_t)n, end - off);
	if (end - p->out > SEEK_SPAN_MAX)
		return read_uncached(g, p, off - p->out, buf, *ret_n, err);
	r = spancache_get(g->cache, g->key, p->out, (size_t)(end - p->out), fill_span, &job,
			  &span, err);
	if (r < 0)
		return r;
	memcpy(buf, span_bytes(span).ptr + (off - p->out), *ret_n);
	spancache_put(g->cache, span);
	return 0;
}

static int gzip_pread(struct source *s, void *buf, size_t n, uint64_t off, struct err *err)
{
	unsigned char *p = buf;

	while (n) {
		size_t got;
		int r = read_span((struct gzip_source *)s, p, n, off, &got, err);

		if (r < 0)
			return r;
		p += got;
		off += got;
		n -= got;
	}
	return 0;
}

static void gzip_free(struct source *s)
{
	struct gzip_source *g = (struct gzip_source *)s;

	seekpoints_release(&g->points);
	source_unref(g->stored);
	free(g);
}

static const struct source_ops gzip_ops = {gzip_pread, gzip_free};

/* Points from the index are data, too: ascending, inside the stream, the first at 0. */
static bool points_are_sound(const struct seekpoints *p, uint64_t size, uint64_t stored)
{
	for (size_t i = 0; i < p->points.n; i++) {
		const struct seekpoint *x = &p->points.v[i];

		if (x->out > size || x->in > stored || x->bits > 7 || (x->bits && !x->in) ||
		    (i == 0 ? x->out != 0 : x->out <= x[-1].out))
			return false;
	}
	return true;
}

int source_open_gzip(struct source *stored, uint64_t size, struct seekpoints *points,
		     struct spancache *cache, uint64_t key, struct source **ret,
		     struct err *err)
{
	const struct seekpoint start = {0};
	struct gzip_source *g;

	if (points->points.n == 0 && seekpoints_add(points, &start) < 0)
		return err_oom(err);
	if (!points_are_sound(points, size, stored->size))
		return err_set(err, EBADMSG,
			       "the seek points of the index are damaged (index the "
			       "archive again)");
	g = calloc(1, sizeof(*g));
	if (!g)
		return err_oom(err);
	g->s = (struct source){&gzip_ops, size, 1, -1};
	g->stored = source_ref(stored);
	g->points = *points;
	*points = (struct seekpoints){0};
	g->cache = cache;
	g->key = key;
	*ret = &g->s;
	return 0;
}
