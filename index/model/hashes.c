/* SPDX-License-Identifier: MIT */
#include "model/hashes.h"

#include "store/hashes.h"

void hashes_release(struct hashes *h)
{
	vec_foreach (l, &h->layers) {
		free(l->xxh128);
		free(l->there);
	}
	layer_hashes_vec_release(&h->layers);
}

static int grow(struct layer_hashes *l, uint32_t seq)
{
	uint32_t n = MAX(seq + 1, l->n + l->n / 2);
	unsigned char(*hashes)[16] = reallocarray(l->xxh128, n, 16);
	unsigned char *there;

	if (!hashes)
		return -ENOMEM;
	l->xxh128 = hashes;
	there = realloc(l->there, n / 8 + 1);
	if (!there)
		return -ENOMEM;
	memset(there + (l->n ? l->n / 8 + 1 : 0), 0, n / 8 + 1 - (l->n ? l->n / 8 + 1 : 0));
	l->there = there;
	l->n = n;
	return 0;
}

static int on_hash(void *arg, const struct hash_row *row)
{
	struct layer_hashes *l = arg;
	uint32_t seq = ENTRY_SEQ(row->entry);

	if (seq >= l->n && grow(l, seq) < 0)
		return -ENOMEM;
	memcpy(l->xxh128[seq], row->xxh128, 16);
	l->there[seq / 8] |= (unsigned char)(1u << (seq & 7));
	return 0;
}

static int load(struct db *db, void *arg, struct err *err)
{
	struct layer_hashes *l = arg;
	int r = hashes_each(db, l->layer, on_hash, l, err);

	return r == -ENOMEM ? err_oom(err) : r;
}

static int find_layer(struct hashes *h, int64_t layer, const struct layer_hashes **ret,
		      struct err *err)
{
	struct layer_hashes l = {.layer = layer};
	int r;

	vec_foreach (known, &h->layers)
		if (known->layer == layer) {
			*ret = known;
			return 0;
		}
	r = forest_with_db(h->forest, load, &l, err);
	if (r == 0 && layer_hashes_vec_push(&h->layers, l) < 0)
		r = err_oom(err);
	if (r < 0) {
		free(l.xxh128);
		free(l.there);
		return r;
	}
	*ret = &h->layers.v[h->layers.n - 1];
	return 0;
}

int hashes_of(struct hashes *h, const struct node *n, const unsigned char **ret,
	      struct err *err)
{
	uint32_t seq = ENTRY_SEQ(n->inode);
	const struct layer_hashes *l;
	int r;

	*ret = NULL;
	if (!S_ISREG(n->mode) || !n->size || !n->inode)
		return 0;
	r = find_layer(h, ENTRY_LAYER(n->inode), &l, err);
	if (r == 0 && seq < l->n && l->there[seq / 8] & 1u << (seq & 7))
		*ret = l->xxh128[seq];
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
		return node_is_dir(a) || (a->first == b->first && a->count == b->count);
	if (!a->size)
		return 1;
	r = hashes_of(h, a, &x, err);
	if (r == 0)
		r = hashes_of(h, b, &y, err);
	return r < 0 ? r : x && y && memcmp(x, y, sizeof(h->layers.v->xxh128[0])) == 0;
}
