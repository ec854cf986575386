/* SPDX-License-Identifier: MIT */
#include "model/nametree.h"

#include <endian.h>
#include <sys/random.h>

#define FIRST_BUCKETS 64u

/* ---- the hash: SipHash-1-3 of parent and name ---- */

static uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

static uint64_t load_word(const char *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
	return le64toh(word);
}

static uint32_t hash_of(const struct nametree *t, uint32_t parent, struct bytes name)
{
	uint64_t v[4] = {
	    t->key[0] ^ 0x736f6d6570736575,
	    t->key[1] ^ 0x646f72616e646f6d,
	    t->key[0] ^ 0x6c7967656e657261,
	    t->key[1] ^ 0x7465646279746573,
	};

	sip_word(v, (uint64_t)parent << 32 | name.len);
	for (; name.len >= 8; name = bytes_skip(name, 8))
		sip_word(v, load_word(name.ptr, 8));
	sip_word(v, load_word(name.ptr, name.len));
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]) & t->mask;
}

/* ---- tree ---- */

static struct bytes name_of(const struct name_node *n)
{
	return bytes_make(n->name, n->len);
}

static int resize(struct nametree *t, uint32_t buckets, struct err *err)
{
	uint32_t *fresh = calloc(buckets, sizeof(*fresh));

	if (!fresh)
		return err_oom(err);
	free(t->buckets);
	t->buckets = fresh;
	t->mask = buckets - 1;
	for (uint32_t i = 1; i < t->nodes.n; i++) {
		struct name_node *n = nametree_at(t, i);
		uint32_t h;

		if (n->dead)
			continue;
		h = hash_of(t, n->parent, name_of(n));
		n->chain = fresh[h];
		fresh[h] = i;
	}
	return 0;
}

int nametree_init(struct nametree *t, struct err *err)
{
	const struct name_node root = {.name = ""};

	*t = (struct nametree){.live = 1};
	/* Without entropy the addresses of this process have to do. */
	if (getrandom(t->key, sizeof(t->key), GRND_NONBLOCK) != sizeof(t->key))
		t->key[0] = (uintptr_t)t;
	if (name_node_vec_push(&t->nodes, root) < 0)
		return err_oom(err);
	return resize(t, FIRST_BUCKETS, err);
}

void nametree_release(struct nametree *t)
{
	name_node_vec_release(&t->nodes);
	free(t->buckets);
	t->buckets = NULL;
}

uint32_t nametree_find(const struct nametree *t, uint32_t parent, struct bytes name)
{
	uint32_t i = t->buckets[hash_of(t, parent, name)];

	while (i) {
		const struct name_node *n = nametree_at(t, i);

		if (n->parent == parent && bytes_equal(name_of(n), name))
			return i;
		i = n->chain;
	}
	return 0;
}

int nametree_add(struct nametree *t, uint32_t parent, struct bytes name, uint32_t *ret,
		 struct err *err)
{
	struct name_node n = {.name = name.ptr, .len = (uint8_t)name.len, .parent = parent};
	uint32_t i = (uint32_t)t->nodes.n;
	uint32_t h;

	if (t->nodes.n >= UINT32_MAX)
		return err_set(err, EFBIG, "over %u names in one tree", UINT32_MAX);
	if (t->live > t->mask && resize(t, (t->mask + 1) * 2, err) < 0)
		return -ENOMEM;
	h = hash_of(t, parent, name);
	n.chain = t->buckets[h];
	n.next = nametree_at(t, parent)->first;
	if (name_node_vec_push(&t->nodes, n) < 0)
		return err_oom(err);
	t->buckets[h] = i;
	if (n.next)
		nametree_at(t, n.next)->prev = i;
	nametree_at(t, parent)->first = i;
	t->live++;
	*ret = i;
	return 0;
}

/* Takes a node without children out of its bucket and from among its siblings. */
static void unlink_leaf(struct nametree *t, uint32_t i)
{
	struct name_node *n = nametree_at(t, i);
	uint32_t *link = &t->buckets[hash_of(t, n->parent, name_of(n))];

	while (*link != i)
		link = &nametree_at(t, *link)->chain;
	*link = n->chain;
	if (n->prev)
		nametree_at(t, n->prev)->next = n->next;
	else
		nametree_at(t, n->parent)->first = n->next;
	if (n->next)
		nametree_at(t, n->next)->prev = n->prev;
	n->dead = true;
	t->live--;
}

void nametree_clear(struct nametree *t, uint32_t node)
{
	uint32_t at = node;

	/* Always down the first branch, cutting leaves on the way back: no stack needed. */
	for (;;) {
		while (nametree_at(t, at)->first)
			at = nametree_at(t, at)->first;
		if (at == node)
			return;
		unlink_leaf(t, at);
		at = nametree_at(t, at)->parent;
	}
}

void nametree_remove(struct nametree *t, uint32_t node)
{
	nametree_clear(t, node);
	unlink_leaf(t, node);
}

uint32_t nametree_next(const struct nametree *t, uint32_t top, uint32_t at)
{
	if (nametree_at(t, at)->first)
		return nametree_at(t, at)->first;
	for (; at != top; at = nametree_at(t, at)->parent) {
		if (nametree_at(t, at)->next)
			return nametree_at(t, at)->next;
	}
	return 0;
}

/* ---- numbering ---- */

static int by_name(const void *a, const void *b, void *arg)
{
	const struct nametree *t = arg;
	const struct name_slot *x = a, *y = b;

	return bytes_cmp(name_of(nametree_at(t, x->node)), name_of(nametree_at(t, y->node)));
}

static void sort_slots(const struct nametree *t, struct name_slot *v, size_t n)
{
	if (n > 1)
		qsort_r(v, n, sizeof(*v), by_name, (void *)(uintptr_t)t);
}

int nametree_number(const struct nametree *t, struct name_slot_vec *ret, struct err *err)
{
	name_slot_vec_clear(ret);
	if (name_slot_vec_reserve(ret, t->live) < 0)
		return err_oom(err);
	ret->v[ret->n++] = (struct name_slot){0};
	for (uint32_t i = 0; i < ret->n; i++) {
		uint32_t first = (uint32_t)ret->n;

		for (uint32_t c = nametree_at(t, ret->v[i].node)->first; c;
		     c = nametree_at(t, c)->next)
			ret->v[ret->n++] = (struct name_slot){.node = c, .parent = i};
		ret->v[i].first = first;
		ret->v[i].count = (uint32_t)ret->n - first;
		sort_slots(t, ret->v + first, ret->n - first);
	}
	return 0;
}
