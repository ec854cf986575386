/* SPDX-License-Identifier: MIT */
#include "model/layer_copies.h"

#include "store/contents.h"
#include "store/layers.h"

static int grow(struct layer_copies *l, uint32_t seq)
{
	uint32_t cap = MAX(seq + 1, l->cap + l->cap / 2);
	uint32_t *copies = reallocarray(l->copies, cap, sizeof(*copies));

	if (!copies)
		return -ENOMEM;
	memset(copies + l->cap, 0, (cap - l->cap) * sizeof(*copies));
	l->copies = copies;
	l->cap = cap;
	return 0;
}

static int take(void *arg, int64_t entry, uint64_t copies)
{
	struct layer_copies *l = arg;
	uint32_t seq = ENTRY_SEQ(entry);

	if (seq >= l->cap && grow(l, seq) < 0)
		return -ENOMEM;
	l->copies[seq] = (uint32_t)MIN(copies, (uint64_t)UINT32_MAX);
	l->n = seq + 1; /* rows come by entry */
	return 0;
}

int layer_copies_load(struct db *db, int64_t layer, struct layer_copies **ret, struct err *err)
{
	_cleanup_(layer_copies_unrefp) struct layer_copies *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_oom(err);
	l->refs = 1;
	r = contents_count(db, layer, take, l, err);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	*ret = steal_ptr(&l);
	return 0;
}

struct layer_copies *layer_copies_ref(struct layer_copies *l)
{
	__atomic_add_fetch(&l->refs, 1, __ATOMIC_RELAXED);
	return l;
}

void layer_copies_unref(struct layer_copies *l)
{
	if (!l || __atomic_sub_fetch(&l->refs, 1, __ATOMIC_ACQ_REL))
		return;
	free(l->copies);
	free(l);
}

size_t layer_copies_memory(const struct layer_copies *l)
{
	return sizeof(*l) + (size_t)l->cap * sizeof(*l->copies);
}

uint32_t layer_copies_at(const struct layer_copies *l, uint32_t seq)
{
	return seq < l->n ? l->copies[seq] : 0;
}
