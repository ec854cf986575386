/* SPDX-License-Identifier: MIT */
#include "record.h"

#include "util/escape.h"

void record_init(struct record *r)
{
	*r = (struct record){.limits = LIMITS_DEFAULT};
}

static void drop_xattrs(struct record *r)
{
	for (size_t i = 0; i < r->n_xattrs; i++) {
		free((void *)(uintptr_t)r->xattrs[i].name.ptr);
		free((void *)(uintptr_t)r->xattrs[i].value.ptr);
	}
	free(r->xattrs);
	r->xattrs = NULL;
	r->n_xattrs = 0;
}

void record_release(struct record *r)
{
	buf_release(&r->text);
	drop_xattrs(r);
}

static struct bytes copy_bytes(struct bytes s)
{
	char *p = malloc(s.len + 1);

	memcpy(p, s.len ? s.ptr : "", s.len);
	return bytes_make(p, s.len);
}

static int on_read(void *arg, const void **ret, size_t *ret_n, struct err *err)
{
	struct record *r = arg;
	size_t n = MIN(r->piece ? r->piece : SIZE_MAX, r->tar.len - r->at);

	(void)err;
	*ret = r->tar.ptr + r->at;
	*ret_n = n;
	r->at += n;
	return 0;
}

/* Skips half of what is asked: a stream may do less than it is told to. */
static int on_skip(void *arg, uint64_t n, uint64_t *ret_n, struct err *err)
{
	struct record *r = arg;

	(void)err;
	*ret_n = MIN(n / 2, (uint64_t)(r->tar.len - r->at));
	r->at += *ret_n;
	r->skipped += *ret_n;
	return 0;
}

static void add_xattrs(struct record *r, const struct tar_entry *e)
{
	for (size_t i = 0; i < e->n_xattrs; i++) {
		size_t want = (r->n_xattrs + 1) * sizeof(*r->xattrs);

		r->xattrs = realloc(r->xattrs, want);
		r->xattrs[r->n_xattrs].name = copy_bytes(e->xattrs[i].name);
		r->xattrs[r->n_xattrs++].value = copy_bytes(e->xattrs[i].value);
	}
}

static int on_entry(void *arg, const struct tar_entry *e, struct err *err)
{
	static const char *const types[] = {"file", "dir",   "symlink", "link",
					    "char", "block", "fifo"};
	struct record *r = arg;

	(void)err;
	r->last = *e;
	add_xattrs(r, e);
	buf_addf(&r->text, "%s ", types[e->type]);
	escape_text(&r->text, e->path);
	if (e->link.len) {
		buf_add_str(&r->text, " -> ");
		escape_text(&r->text, e->link);
	}
	buf_addf(&r->text, " %04o %u:%u", e->mode, e->uid, e->gid);
	if (e->type == TAR_CHAR || e->type == TAR_BLOCK)
		buf_addf(&r->text, " %u,%u", e->rdev_major, e->rdev_minor);
	buf_addf(&r->text, " %llu", (unsigned long long)e->size);
	if (r->fail_entry || r->skip_entries || e->type != TAR_FILE)
		buf_add_char(&r->text, '\n');
	else if (e->size)
		buf_add_char(&r->text, ' ');
	return r->fail_entry ?: r->skip_entries;
}

static int on_data(void *arg, const void *p, size_t n, uint64_t off, struct err *err)
{
	struct record *r = arg;

	(void)err;
	if (r->last.n_regions)
		buf_addf(&r->text, "@%llu:", (unsigned long long)off);
	return escape_text(&r->text, bytes_make(p, n));
}

static int on_end(void *arg, struct err *err)
{
	struct record *r = arg;

	(void)err;
	return buf_add_char(&r->text, '\n');
}

static int on_finding(void *arg, enum finding f, struct bytes path, const char *detail,
		      struct err *err)
{
	struct record *r = arg;

	(void)err;
	buf_addf(&r->text, "! %s ", finding_code(f));
	escape_text(&r->text, path);
	if (detail)
		buf_addf(&r->text, " (%s)", detail);
	return buf_add_char(&r->text, '\n');
}

int record_walk(struct record *r, struct bytes tar, struct err *err)
{
	struct tar_stream in = {r, on_read, r->can_skip ? on_skip : NULL};
	struct tar_visitor v = {r, on_entry, r->no_data ? NULL : on_data, on_end, on_finding};

	buf_clear(&r->text);
	drop_xattrs(r);
	r->tar = tar;
	r->at = r->skipped = 0;
	return tar_walk(&in, &r->limits, r->allow_empty, &v, &r->totals, err);
}
