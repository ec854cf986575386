/* SPDX-License-Identifier: MIT */
#include "hostile.h"

#include <archive.h>
#include <archive_entry.h>

#define FIXTURE TEST_FIXTURES "/hostile-layers.tar.xz"

void hostile_release(struct hostile_vec *v)
{
	vec_foreach (c, v) {
		free(c->name);
		buf_release(&c->data);
	}
	hostile_vec_release(v);
}

/* One line of the manifest; its three columns share one allocation. */
static int add_case(struct hostile_vec *v, struct bytes line)
{
	struct hostile_case c = {.name = strndup(line.ptr, line.len)};

	if (!c.name)
		return -ENOMEM;
	c.verdict = strchr(c.name, '\t');
	c.note = c.verdict ? strchr(c.verdict + 1, '\t') : NULL;
	if (!c.note || hostile_vec_push(v, c) < 0) {
		free(c.name);
		return c.note ? -ENOMEM : -EINVAL;
	}
	*v->v[v->n - 1].verdict++ = 0;
	*v->v[v->n - 1].note++ = 0;
	return 0;
}

static int add_manifest(struct hostile_vec *v, struct bytes text)
{
	int r = 0;

	while (text.len && r == 0) {
		size_t n = bytes_find(text, '\n');

		r = add_case(v, bytes_make(text.ptr, n));
		text = bytes_skip(text, MIN(n + 1, text.len));
	}
	return r;
}

static int read_all(struct archive *a, struct buf *out)
{
	char piece[16384];
	la_ssize_t n;

	while ((n = archive_read_data(a, piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)n);
	return n < 0 ? -EIO : buf_status(out);
}

/* The manifest is the first member, and the others follow in its order. */
static int add_member(struct hostile_vec *v, size_t *at, struct archive *a, const char *name)
{
	_cleanup_(buf_release) struct buf manifest = BUF_INIT;

	if (!v->n) {
		int r = read_all(a, &manifest);

		return r < 0 ? r : add_manifest(v, buf_bytes(&manifest));
	}
	if (*at == v->n || strcmp(v->v[*at].name, name) != 0)
		return -EINVAL;
	return read_all(a, &v->v[(*at)++].data);
}

static int load(struct hostile_vec *v, struct archive *a)
{
	struct archive_entry *e;
	size_t at = 0;
	int r = 0;

	archive_read_support_filter_xz(a);
	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, FIXTURE, 65536) != ARCHIVE_OK)
		return -EIO;
	while (r == 0 && archive_read_next_header(a, &e) == ARCHIVE_OK)
		r = add_member(v, &at, a, archive_entry_pathname(e));
	return r == 0 && (!v->n || at != v->n) ? -EINVAL : r;
}

int hostile_load(struct hostile_vec *ret, struct err *err)
{
	struct archive *a = archive_read_new();
	int r;

	*ret = (struct hostile_vec){0};
	r = a ? load(ret, a) : -ENOMEM;
	if (r < 0) {
		hostile_release(ret);
		r = err_sys(err, -r, "cannot read %s", FIXTURE);
	}
	archive_read_free(a);
	return r;
}
