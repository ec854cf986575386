/* SPDX-License-Identifier: MIT */
#include "tar/walk.h"

#include "tar/check.h"

#include <archive.h>
#include <archive_entry.h>

/*
 * libarchive reads a stream that check.c has sieved: the headers of members that pass and
 * their bodies, one member at a time. Global headers, zero blocks and skipped members are not
 * in it, so its offsets are its own: `given` counts what it got. It is opened with the first
 * member, for a tar without any is none to libarchive.
 */
struct walk {
	struct check check;
	const struct tar_visitor *v;
	struct archive *a;
	struct err *err;
	int failed;     /* the code of a failed callback */
	uint64_t given; /* offset of the member's head in libarchive's stream */
	size_t head_at; /* bytes of check.head that libarchive has */
	uint64_t body_left, padding_left;
	/* where the next piece of data belongs */
	size_t region;
	uint64_t region_at;
};

static void walk_release(struct walk *w)
{
	archive_read_free(w->a);
	check_release(&w->check);
}

/* ---- what libarchive reads ---- */

static void count_body(struct walk *w, uint64_t n)
{
	uint64_t body = MIN(n, w->body_left);

	w->body_left -= body;
	w->padding_left -= n - body;
}

static la_ssize_t head_read(struct walk *w, const void **ret)
{
	size_t n = w->check.head.len - w->head_at;

	*ret = w->check.head.ptr + w->head_at;
	w->head_at += n;
	return (la_ssize_t)n;
}

static la_ssize_t stream_ended(struct walk *w, const void **ret)
{
	static const char zeros[CHECK_BLOCK];
	la_ssize_t n = (la_ssize_t)w->padding_left;

	if (w->body_left) {
		w->failed = check_refuse(&w->check, w->err, "data is cut off");
		return ARCHIVE_FATAL;
	}
	/* Go, and so docker, let the padding of the last member be missing. */
	*ret = zeros;
	w->padding_left = 0;
	return n;
}

static la_ssize_t on_read(_unused_ struct archive *a, void *arg, const void **ret)
{
	struct walk *w = arg;
	uint64_t want = w->body_left + w->padding_left;
	const char *p;
	size_t n;

	if (w->failed < 0)
		return ARCHIVE_FATAL;
	if (w->head_at < w->check.head.len)
		return head_read(w, ret);
	if (!want)
		return 0;
	w->failed =
	    feed_take(&w->check.feed, (size_t)MIN(want, (uint64_t)INT32_MAX), &p, &n, w->err);
	if (w->failed < 0)
		return ARCHIVE_FATAL;
	if (!n)
		return stream_ended(w, ret);
	count_body(w, n);
	*ret = p;
	return (la_ssize_t)n;
}

static la_int64_t on_skip(_unused_ struct archive *a, void *arg, la_int64_t request)
{
	struct walk *w = arg;
	uint64_t n = 0;

	if (w->failed < 0 || w->head_at < w->check.head.len)
		return 0;
	n = MIN((uint64_t)request, w->body_left + w->padding_left);
	w->failed = feed_seek(&w->check.feed, n, &n, w->err);
	count_body(w, n);
	return (la_int64_t)n;
}

static int open_archive(struct walk *w)
{
	w->a = archive_read_new();
	if (!w->a)
		return err_oom(w->err);
	/* Forced: there is nothing to guess, and the guess looks at less than check.c did. */
	if (archive_read_support_filter_none(w->a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(w->a) != ARCHIVE_OK ||
	    archive_read_set_format(w->a, ARCHIVE_FORMAT_TAR) != ARCHIVE_OK ||
	    archive_read_open2(w->a, w, NULL, on_read, on_skip, NULL) != ARCHIVE_OK)
		return w->failed < 0
			   ? w->failed
			   : err_set(w->err, EIO, "libarchive: %s", archive_error_string(w->a));
	return 0;
}

/* ---- one member ---- */

/* libarchive failed or said something else than check.c: who is right is not for us to tell. */
static int disagree(struct walk *w)
{
	if (w->failed < 0)
		return w->failed;
	return check_refuse(&w->check, w->err, "readers disagree about this member");
}

/* The next header of libarchive's stream is the one check.c has read. */
static int agree(struct walk *w)
{
	const struct checked *m = &w->check.m;
	struct archive_entry *entry;
	int r;

	w->head_at = 0;
	w->body_left = m->body;
	w->padding_left = m->padding;
	r = w->a ? 0 : open_archive(w);
	if (r < 0)
		return r;
	r = archive_read_next_header(w->a, &entry);
	/* RETRY is above WARN as numbers go, and means damage. WARN is about values, which are
	 * check.c's. */
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return disagree(w);
	if ((uint64_t)archive_filter_bytes(w->a, 0) != w->given + w->check.head.len)
		return disagree(w);
	if ((uint64_t)archive_entry_size(entry) != m->entry.size)
		return disagree(w);
	return 0;
}

static void next_region(struct walk *w)
{
	w->region++;
	w->region_at = 0;
}

/* A piece must be where the map says that the next stored byte belongs. */
static bool in_place(struct walk *w, uint64_t off, uint64_t n)
{
	const struct tar_entry *e = &w->check.m.entry;
	struct tar_region whole = {0, e->size};
	const struct tar_region *now = &whole;

	if (w->check.m.sparse) {
		if (w->region >= e->n_regions)
			return false;
		now = &e->regions[w->region];
	}
	if (off != now->off + w->region_at || n > now->len - w->region_at)
		return false;
	w->region_at += n;
	if (w->check.m.sparse && w->region_at == now->len)
		next_region(w);
	return true;
}

static int pass_data(struct walk *w)
{
	uint64_t left = w->check.m.entry.stored;

	w->region = 0;
	w->region_at = 0;
	while (left) {
		const void *p;
		la_int64_t off;
		size_t n;
		int r = archive_read_data_block(w->a, &p, &n, &off);

		if (r != ARCHIVE_OK)
			return disagree(w);
		if (!n)
			continue;
		if (off < 0 || n > left || !in_place(w, (uint64_t)off, n))
			return disagree(w);
		left -= n;
		r = w->v->data(w->v->arg, p, n, (uint64_t)off, w->err);
		if (r < 0)
			return r;
	}
	return w->v->end ? w->v->end(w->v->arg, w->err) : 0;
}

/* Brings libarchive, and so the stream, behind the member. */
static int finish_member(struct walk *w)
{
	int r = archive_read_data_skip(w->a);

	if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
		return disagree(w);
	if (w->body_left || w->padding_left)
		return disagree(w);
	w->given += w->check.head.len + w->check.m.body + w->check.m.padding;
	return 0;
}

static int pass_member(struct walk *w)
{
	const struct tar_entry *e = &w->check.m.entry;
	int r = agree(w);

	if (r < 0)
		return r;
	r = w->v->entry(w->v->arg, e, w->err);
	if (r < 0)
		return r;
	if (r == 0 && e->type == TAR_FILE && w->v->data)
		r = pass_data(w);
	else if (r == 0 && e->type == TAR_FILE && w->v->end)
		r = w->v->end(w->v->arg, w->err);
	return r < 0 ? r : finish_member(w);
}

/* ---- the walk ---- */

static int pass_findings(struct walk *w)
{
	const struct checked *m = &w->check.m;
	int r = 0;

	for (size_t i = 0; i < m->n_findings && r >= 0 && w->v->finding; i++)
		r = w->v->finding(w->v->arg, m->findings[i].what,
				  m->findings[i].whole ? BYTES_NULL : m->entry.path,
				  m->findings[i].detail, w->err);
	return MIN(r, 0);
}

static int walk_all(struct walk *w)
{
	int r;

	while ((r = check_next(&w->check, w->err)) > 0) {
		r = pass_findings(w);
		if (r == 0 && !w->check.m.skip)
			r = pass_member(w);
		if (r < 0)
			return r;
	}
	/* Findings of headers that no member followed. */
	return r < 0 ? r : pass_findings(w);
}

int tar_walk(const struct tar_stream *in, const struct limits *limits, bool allow_empty,
	     const struct tar_visitor *v, struct tar_totals *ret, struct err *err)
{
	_cleanup_(walk_release) struct walk w = {.v = v, .err = err};
	int r;

	check_init(&w.check, in, limits);
	r = walk_all(&w);
	if (r < 0)
		return r;
	if (!w.check.feed.pos && !allow_empty)
		return err_set(err, EBADMSG, "tar: empty, not even an end at offset 0");
	*ret = (struct tar_totals){.entries = w.check.count, .bytes = w.check.feed.pos};
	return 0;
}
