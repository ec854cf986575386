/* SPDX-License-Identifier: MIT */
#include "model/hashes.h"

void hashes_release(struct hashes *h)
{
	vec_foreach (l, &h->layers)
		layer_hashes_unref(*l);
	layer_hashes_vec_release(&h->layers);
}

static int find_layer(struct hashes *h, int64_t layer, const struct layer_hashes **ret,
		      struct err *err)
{
	struct layer_hashes *l;
	int r;

	vec_foreach (known, &h->layers)
		if ((*known)->layer == layer) {
			*ret = *known;
			return 0;
		}
	r = forest_hashes(h->forest, NULL, layer, &l, err);
	if (r < 0)
		return r;
	if (layer_hashes_vec_push(&h->layers, l) < 0) {
		layer_hashes_unref(l);
		return err_oom(err);
	}
	*ret = l;
	return 0;
}

int hashes_of(struct hashes *h, const struct node *n, const unsigned char **ret,
	      struct err *err)
{
	const struct layer_hashes *l = NULL;
	int r;

	*ret = NULL;
	if (!S_ISREG(n->mode) || !n->size || !n->inode)
		return 0;
	r = find_layer(h, ENTRY_LAYER(n->inode), &l, err);
	if (r == 0)
		*ret = layer_hashes_at(l, ENTRY_SEQ(n->inode));
	return r;
}

int hashes_same(struct hashes *h, const struct node *a, const struct node *b, struct err *err)
{
	const unsigned char *x, *y;
	int r;

	if ((a->mode & S_IFMT) != (b->mode & S_IFMT) || a->size != b->size)
		return 0;
	if (S_ISLNK(a->mode))
		return memcmp(a->link, b->link, a->size) == 0;
	if (!S_ISREG(a->mode))
		return node_is_dir(a) || !node_is_device(a) ||
		       (a->rdev_major == b->rdev_major && a->rdev_minor == b->rdev_minor);
	if (!a->size)
		return 1;
	r = hashes_of(h, a, &x, err);
	if (r == 0)
		r = hashes_of(h, b, &y, err);
	return r < 0 ? r : x && y && memcmp(x, y, 16) == 0;
}
