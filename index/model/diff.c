/* SPDX-License-Identifier: MIT */
#include "model/diff.h"

struct differ {
	const struct node *a, *b;
	struct hashes *hashes;
	int (*cb)(void *arg, const struct diff_entry *e);
	void *arg;
	struct err *err;
	struct buf path;
};

/* A pair of directories that is being gone through; one of them may be missing. */
struct level {
	uint32_t a, a_end, b, b_end; /* children still to come */
	size_t path;                 /* length of the directory's path */
};
DEFINE_VEC(level_vec, struct level)

static int same_content(struct differ *d, const struct node *a, const struct node *b, bool *ret)
{
	const unsigned char *x, *y;
	int r = hashes_of(d->hashes, a, &x, d->err);

	if (r == 0)
		r = hashes_of(d->hashes, b, &y, d->err);
	*ret = r == 0 && (!x || !y ? x == y : memcmp(x, y, 16) == 0);
	return r;
}

static int same(struct differ *d, const struct node *a, const struct node *b, bool *ret)
{
	*ret = a->mode == b->mode && a->uid == b->uid && a->gid == b->gid;
	if (!*ret || node_is_dir(a) || a->inode == b->inode)
		return 0;
	if (S_ISREG(a->mode)) {
		*ret = a->size == b->size;
		return *ret ? same_content(d, a, b, ret) : 0;
	}
	if (S_ISLNK(a->mode))
		*ret = a->size == b->size && memcmp(a->link, b->link, a->size) == 0;
	else
		*ret = a->rdev_major == b->rdev_major && a->rdev_minor == b->rdev_minor;
	return 0;
}

static int tell(struct differ *d, const struct node *a, const struct node *b)
{
	struct diff_entry e = {.path = buf_bytes(&d->path), .a = a, .b = b};
	bool equal = false;
	int r = 0;

	e.kind = !a ? DIFF_ADDED : !b ? DIFF_REMOVED : DIFF_CHANGED;
	if (a && b)
		r = same(d, a, b, &equal);
	return r || equal ? r : d->cb(d->arg, &e);
}

static struct level open_level(const struct differ *d, const struct node *a,
			       const struct node *b)
{
	struct level l = {.path = d->path.len};

	if (a && node_is_dir(a)) {
		l.a = a->first;
		l.a_end = a->first + a->count;
	}
	if (b && node_is_dir(b)) {
		l.b = b->first;
		l.b_end = b->first + b->count;
	}
	return l;
}

/* The next child of either directory, by name; of both if they share it. */
static void next_pair(const struct differ *d, struct level *l, const struct node **a,
		      const struct node **b)
{
	const struct node *x = l->a < l->a_end ? &d->a[l->a] : NULL;
	const struct node *y = l->b < l->b_end ? &d->b[l->b] : NULL;
	int c = !x ? 1 : !y ? -1 : bytes_cmp(node_name(x), node_name(y));

	*a = c <= 0 ? x : NULL;
	*b = c >= 0 ? y : NULL;
	l->a += c <= 0;
	l->b += c >= 0;
}

static int step(struct differ *d, struct level_vec *levels)
{
	struct level *l = &levels->v[levels->n - 1];
	const struct node *a, *b;
	int r;

	d->path.len = l->path;
	if (l->a == l->a_end && l->b == l->b_end) {
		levels->n--;
		return 0;
	}
	next_pair(d, l, &a, &b);
	if (d->path.len)
		buf_add_char(&d->path, '/');
	buf_add_bytes(&d->path, node_name(a ? a : b));
	if (buf_status(&d->path) < 0)
		return -ENOMEM;
	r = tell(d, a, b);
	if (r || !((a && node_is_dir(a)) || (b && node_is_dir(b))))
		return r;
	return level_vec_push(levels, open_level(d, a, b));
}

int diff_trees(const struct tree *a, const struct tree *b, struct hashes *hashes,
	       int (*cb)(void *arg, const struct diff_entry *e), void *arg, struct err *err)
{
	struct differ d = {a->nodes, b->nodes, hashes, cb, arg, err, BUF_INIT};
	_cleanup_(level_vec_release) struct level_vec levels = {0};
	int r = level_vec_push(&levels, open_level(&d, a->nodes, b->nodes));

	while (r == 0 && levels.n)
		r = step(&d, &levels);
	buf_release(&d.path);
	return r == -ENOMEM ? err_oom(err) : r;
}
