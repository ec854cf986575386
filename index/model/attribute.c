/* SPDX-License-Identifier: MIT */
#include "model/attribute.h"

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

DEFINE_VEC(inode_vec, int64_t)

/* Inodes with several names, each once, sorted: for trees with many of them. */
static int linked_inodes(const struct node *nodes, uint32_t n, struct inode_vec *ret)
{
	size_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		if (S_ISREG(nodes[i].mode) && nodes[i].nlink > 1 &&
		    inode_vec_push(ret, nodes[i].inode) < 0)
			return -ENOMEM;
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_ids);
	for (size_t i = 0; i < ret->n; i++)
		if (i == 0 || ret->v[i] != ret->v[i - 1])
			ret->v[kept++] = ret->v[i];
	ret->n = kept;
	return 0;
}

/* Sizes of regular files by inode: calls add for each stored file of the array once. */
static int each_file(const struct node *nodes, uint32_t n,
		     void (*add)(void *arg, const struct node *node), void *arg)
{
	_cleanup_(inode_vec_release) struct inode_vec linked = {0};
	_cleanup_free_ bool *done = NULL;
	int r = linked_inodes(nodes, n, &linked);

	if (r == 0 && linked.n && !(done = calloc(linked.n, sizeof(*done))))
		r = -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		if (!S_ISREG(nodes[i].mode) || nodes[i].kind != ENTRY_PLAIN)
			continue;
		if (nodes[i].nlink > 1) {
			int64_t *at = bsearch(&nodes[i].inode, linked.v, linked.n,
					      sizeof(*linked.v), compare_ids);
			bool *was = &done[at - linked.v];

			if (*was)
				continue;
			*was = true;
		}
		add(arg, &nodes[i]);
	}
	return r;
}

struct sums {
	const struct tree *t;
	struct layer_bytes *ret;
};

/* The highest position at which the layer of a stored entry stands. */
static uint32_t position_of(const struct tree *t, int64_t inode)
{
	int64_t id = ENTRY_LAYER(inode);

	for (uint32_t i = t->n_layers; i-- > 0;)
		if (t->layers[i] && t->layers[i]->id == id)
			return i;
	return UINT32_MAX;
}

static void add_visible(void *arg, const struct node *n)
{
	struct sums *s = arg;
	uint32_t at = position_of(s->t, n->inode);

	if (at == UINT32_MAX)
		return;
	s->ret[at].visible += n->size;
	s->ret[at].files++;
}

static void add_content(void *arg, const struct node *n)
{
	*(uint64_t *)arg += n->size;
}

/* A layer that stands twice is stored once: its content counts where it is visible, at the
 * highest position. */
static bool stands_again(const struct tree *t, uint32_t at)
{
	for (uint32_t i = at + 1; i < t->n_layers; i++)
		if (t->layers[i] && t->layers[i]->id == t->layers[at]->id)
			return true;
	return false;
}

int attribute_layers(const struct tree *t, struct layer_bytes *ret, struct err *err)
{
	struct sums s = {t, ret};
	int r = 0;

	memset(ret, 0, t->n_layers * sizeof(*ret));
	for (uint32_t i = 0; r == 0 && i < t->n_layers; i++)
		if (t->layers[i] && !stands_again(t, i))
			r = each_file(t->layers[i]->nodes, t->layers[i]->n, add_content,
				      &ret[i].content);
	if (r == 0)
		r = each_file(t->nodes, t->n, add_visible, &s);
	for (uint32_t i = 0; i < t->n_layers; i++)
		ret[i].wasted = ret[i].content - MIN(ret[i].content, ret[i].visible);
	return r < 0 ? err_oom(err) : 0;
}

static void add_total(void *arg, const struct node *n)
{
	struct tree_totals *t = arg;

	t->files++;
	t->bytes += n->size;
	t->blocks += (n->stored + 511) / 512;
}

void attribute_totals(const struct tree *t, struct tree_totals *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (uint32_t i = 0; i < t->n; i++) {
		const struct node *n = &t->nodes[i];

		ret->dirs += node_is_dir(n);
		ret->symlinks += S_ISLNK(n->mode);
		ret->symlink_bytes += S_ISLNK(n->mode) ? n->size : 0;
		ret->others += !node_is_dir(n) && !S_ISLNK(n->mode) && !S_ISREG(n->mode);
	}
	if (each_file(t->nodes, t->n, add_total, ret) < 0)
		ret->bytes = 0;
}
