/* SPDX-License-Identifier: MIT */
#include "model/layer_hashes.h"

#include "store/hashes.h"
#include "store/layers.h"

static int grow(struct layer_hashes *l, uint32_t seq)
{
	uint32_t cap = MAX(seq + 1, l->cap + l->cap / 2);
	struct layer_hash *v = reallocarray(l->v, cap, sizeof(*v));

	if (!v)
		return -ENOMEM;
	memset(v + l->cap, 0, (cap - l->cap) * sizeof(*v));
	l->v = v;
	l->cap = cap;
	return 0;
}

static int take(void *arg, const struct hash_row *row)
{
	struct layer_hashes *l = arg;
	uint32_t seq = ENTRY_SEQ(row->entry);

	if (seq >= l->cap && grow(l, seq) < 0)
		return -ENOMEM;
	memcpy(l->v[seq].xxh128, row->xxh128, sizeof(l->v[seq].xxh128));
	l->v[seq].size = row->size;
	l->n = seq + 1; /* rows come by entry */
	return 0;
}

int layer_hashes_load(struct db *db, int64_t layer, struct layer_hashes **ret, struct err *err)
{
	_cleanup_(layer_hashes_unrefp) struct layer_hashes *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_oom(err);
	l->layer = layer;
	l->refs = 1;
	r = hashes_each(db, layer, take, l, err);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	*ret = steal_ptr(&l);
	return 0;
}

struct layer_hashes *layer_hashes_ref(struct layer_hashes *l)
{
	__atomic_add_fetch(&l->refs, 1, __ATOMIC_RELAXED);
	return l;
}

void layer_hashes_unref(struct layer_hashes *l)
{
	if (!l || __atomic_sub_fetch(&l->refs, 1, __ATOMIC_ACQ_REL))
		return;
	free(l->v);
	free(l);
}

size_t layer_hashes_memory(const struct layer_hashes *l)
{
	return sizeof(*l) + (size_t)l->cap * sizeof(*l->v);
}

const unsigned char *layer_hashes_at(const struct layer_hashes *l, uint32_t seq)
{
	return seq < l->n && l->v[seq].size ? l->v[seq].xxh128 : NULL;
}
