/* SPDX-License-Identifier: MIT */
#include "archive/member.h"

#include "tar/name.h"
#include "tar/walk.h"
#include "util/escape.h"

#include <inttypes.h>

#define MAX_HOPS   8 /* docker save needs one */
#define READ_BYTES KIB(64)

struct tar_reader {
	struct source *file;
	uint64_t pos;
	char *buf;
};

struct collector {
	struct members *members;
	struct buf name; /* scratch */
};

void members_release(struct members *m)
{
	member_vec_release(&m->v);
	arena_release(&m->names);
}

static int stream_read(void *arg, const void **ret_p, size_t *ret_n, struct err *err)
{
	struct tar_reader *t = arg;
	int r = source_pread(t->file, t->buf, READ_BYTES, t->pos, ret_n, err);

	*ret_p = t->buf;
	t->pos += r < 0 ? 0 : *ret_n;
	return r;
}

static int stream_skip(void *arg, uint64_t n, uint64_t *ret_n, struct err *err)
{
	struct tar_reader *t = arg;

	(void)err;
	*ret_n = MIN(n, t->file->size - t->pos);
	t->pos += *ret_n;
	return 0;
}

static enum member_kind kind_of(enum tar_type type)
{
	switch (type) {
	case TAR_FILE:
		return MEMBER_FILE;
	case TAR_SYMLINK:
		return MEMBER_SYMLINK;
	case TAR_HARDLINK:
		return MEMBER_HARDLINK;
	default:
		return MEMBER_OTHER;
	}
}

/* GNU tar stores a file that is named twice as a hard link to itself: no news. */
static int links_to_itself(const struct member *m, struct buf *scratch)
{
	int r;

	if (m->kind != MEMBER_HARDLINK)
		return 0;
	r = name_normalise(m->target, scratch);
	if (r < 0)
		return r;
	return r == 0 && bytes_equal(buf_bytes(scratch), m->name);
}

static int on_entry(void *arg, const struct tar_entry *e, struct err *err)
{
	struct collector *c = arg;
	struct members *ms = c->members;
	struct member m = {.kind = kind_of(e->type),
			   .sparse = e->n_regions > 0,
			   .offset = e->offset,
			   .len = e->size,
			   .order = ms->v.n};
	int r;

	buf_clear(&c->name);
	r = name_normalise(e->path, &c->name);
	if (r < 0)
		return err_oom(err);
	if (r > 0 || c->name.len == 0)
		return 1;
	m.name = arena_bytes(&ms->names, buf_bytes(&c->name));
	m.target = arena_bytes(&ms->names, e->link);
	if (!m.name.ptr || (e->link.len && !m.target.ptr))
		return err_oom(err);
	buf_clear(&c->name);
	r = links_to_itself(&m, &c->name);
	if (r == 0)
		r = member_vec_push(&ms->v, m);
	return r < 0 ? err_oom(err) : 1;
}

/* What is odd about the outer tar and no reason to refuse it, nobody needs to know. */
static int on_finding(void *arg, enum finding f, struct bytes path, const char *detail,
		      struct err *err)
{
	(void)arg, (void)f, (void)path, (void)detail, (void)err;
	return 0;
}

static int collect(struct source *file, const struct limits *limits, struct members *m,
		   struct err *err)
{
	_cleanup_free_ char *buf = malloc(READ_BYTES);
	struct tar_reader reader = {.file = file, .buf = buf};
	struct tar_stream stream = {&reader, stream_read, stream_skip};
	struct collector c = {.members = m, .name = BUF_INIT};
	struct tar_visitor v = {.arg = &c, .entry = on_entry, .finding = on_finding};
	struct tar_totals totals;
	int r;

	if (!buf)
		return err_oom(err);
	r = tar_walk(&stream, limits, false, &v, &totals, err);
	buf_release(&c.name);
	return r;
}

static int compare(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int c = bytes_cmp(a->name, b->name);

	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* The names that decide which images there are. */
static bool must_be_unique(struct bytes name)
{
	return bytes_starts_with(name, BYTES("blobs/")) ||
	       bytes_equal(name, BYTES("index.json")) ||
	       bytes_equal(name, BYTES("manifest.json"));
}

static int same_bytes(struct source *file, const struct member *a, const struct member *b,
		      struct err *err)
{
	_cleanup_free_ char *buf = malloc(2 * READ_BYTES);
	size_t na, nb;
	int r;

	if (!buf)
		return err_oom(err);
	for (uint64_t at = 0; at < a->len; at += na) {
		size_t n = MIN(a->len - at, READ_BYTES);

		r = source_pread(file, buf, n, a->offset + at, &na, err);
		if (r == 0)
			r = source_pread(file, buf + n, n, b->offset + at, &nb, err);
		if (r < 0)
			return r;
		if (na == 0 || na != nb || memcmp(buf, buf + n, na) != 0)
			return 0;
	}
	return 1;
}

/* 1 if a second member of the same name says the same as the first. */
static int same_member(struct source *file, const struct member *a, const struct member *b,
		       struct err *err)
{
	if (a->kind != b->kind || !bytes_equal(a->target, b->target))
		return 0;
	if (a->kind != MEMBER_FILE)
		return 1;
	if (a->len != b->len || a->sparse || b->sparse)
		return 0;
	return same_bytes(file, a, b, err);
}

/* The vec is sorted: keeps the last of each name. */
static int drop_repeated(struct source *file, struct members *m, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < m->v.n; i++) {
		const struct member *x = &m->v.v[i];
		struct member *prev = n ? &m->v.v[n - 1] : NULL;
		char shown[200];
		int r;

		if (!prev || !bytes_equal(prev->name, x->name)) {
			m->v.v[n++] = *x;
			continue;
		}
		r = must_be_unique(x->name) ? same_member(file, prev, x, err) : 1;
		if (r < 0)
			return r;
		if (r == 0)
			return err_set(err, EBADMSG,
				       "%s: twice in the archive, with different content",
				       escape_short(x->name, shown, sizeof(shown)));
		*prev = *x;
	}
	m->v.n = n;
	return 0;
}

int members_read(struct source *file, const struct limits *limits, struct members *ret,
		 struct err *err)
{
	struct members m = {0};
	int r;

	r = collect(file, limits, &m, err);
	if (r == 0 && m.v.n) {
		qsort(m.v.v, m.v.n, sizeof(*m.v.v), compare);
		r = drop_repeated(file, &m, err);
	}
	if (r < 0) {
		members_release(&m);
		return r;
	}
	*ret = m;
	return 0;
}

const struct member *members_find(const struct members *m, struct bytes name)
{
	size_t lo = 0, hi = m->v.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = bytes_cmp(m->v.v[mid].name, name);

		if (c == 0)
			return &m->v.v[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static struct bytes parent_of(struct bytes name)
{
	while (name.len && name.ptr[name.len - 1] != '/')
		name.len--;
	return name;
}

/* Where a link leads, as a name of the archive. 1 if it leads out of it. */
static int link_target(const struct member *m, struct buf *out)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (m->kind == MEMBER_SYMLINK && m->target.len && m->target.ptr[0] != '/')
		buf_add_bytes(&path, parent_of(m->name));
	buf_add_bytes(&path, m->target);
	if (buf_status(&path) < 0)
		return -ENOMEM;
	buf_clear(out);
	return name_normalise(buf_bytes(&path), out);
}

/* One hop. */
static int follow(const struct members *m, const struct member *from, const struct member **ret,
		  struct err *err)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	char shown[160], target[160];
	int r = link_target(from, &name);

	if (r < 0)
		return err_oom(err);
	*ret = r == 0 ? members_find(m, buf_bytes(&name)) : NULL;
	if (*ret)
		return 0;
	return err_set(err, EBADMSG, "%s: a link to %s, which is not in the archive",
		       escape_short(from->name, shown, sizeof(shown)),
		       escape_short(from->target, target, sizeof(target)));
}

static int check_file(const struct member *m, struct err *err)
{
	char shown[200];

	if (m->kind != MEMBER_FILE)
		return err_set(err, EBADMSG, "%s: not a regular file",
			       escape_short(m->name, shown, sizeof(shown)));
	if (m->sparse)
		return err_set(err, EBADMSG,
			       "%s: stored as a sparse file (pack the archive again without "
			       "tar's --sparse)",
			       escape_short(m->name, shown, sizeof(shown)));
	return 1;
}

int members_resolve(const struct members *m, struct bytes name, const struct member **ret,
		    struct err *err)
{
	_cleanup_(buf_release) struct buf plain = BUF_INIT;
	const struct member *at;
	char shown[200];
	int r = name_normalise(name, &plain);

	if (r < 0)
		return err_oom(err);
	at = r == 0 ? members_find(m, buf_bytes(&plain)) : NULL;
	if (!at)
		return 0;
	for (int hops = 0; at->kind == MEMBER_SYMLINK || at->kind == MEMBER_HARDLINK; hops++) {
		if (hops == MAX_HOPS)
			return err_set(err, EBADMSG,
				       "%s: links in circles, or over more than %d",
				       escape_short(name, shown, sizeof(shown)), MAX_HOPS);
		r = follow(m, at, &at, err);
		if (r < 0)
			return r;
	}
	*ret = at;
	return check_file(at, err);
}
