/* SPDX-License-Identifier: MIT */
#include "ingest/side.h"

void side_init(struct side *s, const struct limits *limits)
{
	*s = (struct side){.max_findings = limits->findings};
}

void side_release(struct side *s)
{
	arena_release(&s->xattr_bytes);
	arena_release(&s->finding_bytes);
	side_xattr_vec_release(&s->xattrs);
	side_finding_vec_release(&s->findings);
}

static int push_xattr(struct side *s, uint32_t handle, const struct tar_xattr *x,
		      struct err *err)
{
	struct side_xattr new = {.handle = handle};

	if (s->xattr_bytes.total + x->name.len + x->value.len > SIDE_XATTR_BYTES)
		return err_set(err, EFBIG,
			       "the extended attributes of the layer take more than %llu MiB",
			       (unsigned long long)(SIDE_XATTR_BYTES >> 20));
	new.name = arena_bytes(&s->xattr_bytes, x->name);
	new.value = x->value.len ? arena_bytes(&s->xattr_bytes, x->value) : BYTES("");
	if (!new.name.ptr || !new.value.ptr || side_xattr_vec_push(&s->xattrs, new) < 0)
		return err_oom(err);
	return 0;
}

/* By handle, then name, then order of arrival (arena pointers rise within a block only, so the
 * place in the vec decides: qsort gets pointers). */
static int compare_names(const void *x, const void *y)
{
	const struct tar_xattr *a = *(const struct tar_xattr *const *)x;
	const struct tar_xattr *b = *(const struct tar_xattr *const *)y;
	int c = bytes_cmp(a->name, b->name);

	return c ? c : (a > b) - (a < b);
}

int side_add_xattrs(struct side *s, uint32_t handle, const struct tar_xattr *x, size_t n,
		    struct err *err)
{
	_cleanup_free_ const struct tar_xattr **sorted = calloc(n + 1, sizeof(*sorted));
	int r = 0;

	if (!sorted)
		return err_oom(err);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &x[i];
	qsort(sorted, n, sizeof(*sorted), compare_names);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (i + 1 < n && bytes_equal(sorted[i]->name, sorted[i + 1]->name))
			continue;
		r = push_xattr(s, handle, sorted[i], err);
	}
	return r;
}

int side_add_finding(struct side *s, enum finding f, struct bytes path, const char *detail,
		     struct err *err)
{
	struct bytes words = bytes_from_str(detail);
	struct msg_finding new = {.finding = f};

	s->n_findings++;
	if (s->findings.n >= s->max_findings ||
	    s->finding_bytes.total + path.len + words.len > SIDE_FINDING_BYTES)
		return 0;
	new.path = path.len ? arena_bytes(&s->finding_bytes, path) : BYTES("");
	if (detail)
		new.detail =
		    bytes_make(arena_dup(&s->finding_bytes, detail, words.len), words.len);
	if (!new.path.ptr || (detail && !new.detail.ptr) ||
	    side_finding_vec_push(&s->findings, new) < 0)
		return err_oom(err);
	return 0;
}

static int compare_handles(const void *x, const void *y)
{
	const struct side_xattr *a = x, *b = y;

	if (a->handle != b->handle)
		return a->handle < b->handle ? -1 : 1;
	return bytes_cmp(a->name, b->name);
}

void side_sort(struct side *s)
{
	if (s->xattrs.n)
		qsort(s->xattrs.v, s->xattrs.n, sizeof(*s->xattrs.v), compare_handles);
}

size_t side_find_xattrs(const struct side *s, uint32_t handle, const struct side_xattr **ret)
{
	size_t low = 0, high = s->xattrs.n, n = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->xattrs.v[mid].handle < handle)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + n < s->xattrs.n && s->xattrs.v[low + n].handle == handle)
		n++;
	*ret = s->xattrs.v + low;
	return n;
}
