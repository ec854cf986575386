/* SPDX-License-Identifier: MIT */
#include "model/attribute.h"

/*
 * The stored entries of a tree that were met already, one bit each. Names of one stored entry
 * need not be told by their link count: a hard link into a lower layer gives a second name to
 * an entry whose own layer knows of one.
 */
struct seen {
	struct layer *const *layers;
	uint32_t n_layers;
	unsigned char **bits; /* per position, made on first use */
};

static void seen_release(struct seen *s)
{
	for (uint32_t i = 0; s->bits && i < s->n_layers; i++)
		free(s->bits[i]);
	free(s->bits);
}

static int seen_init(struct seen *s, struct layer *const *layers, uint32_t n_layers)
{
	*s = (struct seen){layers, n_layers, calloc((size_t)n_layers + 1, sizeof(*s->bits))};
	return s->bits ? 0 : -ENOMEM;
}

/* The highest position at which the layer of a stored entry stands; n_layers: nowhere. */
static uint32_t position_of(const struct seen *s, int64_t inode)
{
	int64_t id = ENTRY_LAYER(inode);

	for (uint32_t i = s->n_layers; i-- > 0;)
		if (s->layers[i] && s->layers[i]->id == id)
			return i;
	return s->n_layers;
}

/* 1 for the first name of a stored entry, with its position; 0 for the others. */
static int first_name(struct seen *s, const struct node *n, uint32_t *ret_at)
{
	uint32_t at = position_of(s, n->inode), seq = ENTRY_SEQ(n->inode);
	unsigned char *bits, bit = (unsigned char)(1u << (seq & 7));

	if (at == s->n_layers || seq >= s->layers[at]->n)
		return 0;
	bits = s->bits[at];
	if (!bits) {
		bits = s->bits[at] = calloc(s->layers[at]->n / 8 + 1, 1);
		if (!bits)
			return -ENOMEM;
	}
	if (bits[seq / 8] & bit)
		return 0;
	bits[seq / 8] |= bit;
	*ret_at = at;
	return 1;
}

/* Sparse files of hostile sizes: sums stay at the top. */
static void add_capped(uint64_t *sum, uint64_t n)
{
	if (add_overflows(*sum, n, sum))
		*sum = UINT64_MAX;
}

static bool is_content(const struct node *n)
{
	return S_ISREG(n->mode) && n->kind == ENTRY_PLAIN;
}

/* A layer that stands twice is stored once: what it holds counts at the higher position. */
static bool stands_again(const struct tree *t, uint32_t at)
{
	for (uint32_t i = at + 1; i < t->n_layers; i++)
		if (t->layers[i] && t->layers[i]->id == t->layers[at]->id)
			return true;
	return false;
}

static int add_content(struct seen *s, const struct layer *l, struct layer_bytes *ret)
{
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < l->n; i++) {
		uint32_t at;

		if (!is_content(&l->nodes[i]))
			continue;
		r = first_name(s, &l->nodes[i], &at);
		if (r > 0)
			add_capped(&ret[at].content, l->nodes[i].size);
	}
	return r < 0 ? r : 0;
}

static int count_content(const struct tree *t, struct layer_bytes *ret)
{
	_cleanup_(seen_release) struct seen s;
	int r = seen_init(&s, t->layers, t->n_layers);

	for (uint32_t i = 0; r == 0 && i < t->n_layers; i++)
		if (t->layers[i] && !stands_again(t, i))
			r = add_content(&s, t->layers[i], ret);
	return r;
}

static int count_visible(const struct tree *t, struct layer_bytes *ret)
{
	_cleanup_(seen_release) struct seen s;
	int r = seen_init(&s, t->layers, t->n_layers);

	for (uint32_t i = 0; r >= 0 && i < t->n; i++) {
		uint32_t at;

		if (!is_content(&t->nodes[i]))
			continue;
		r = first_name(&s, &t->nodes[i], &at);
		if (r > 0) {
			add_capped(&ret[at].visible, t->nodes[i].size);
			ret[at].files++;
		}
	}
	return r < 0 ? r : 0;
}

int attribute_layers(const struct tree *t, struct layer_bytes *ret, struct err *err)
{
	int r;

	memset(ret, 0, t->n_layers * sizeof(*ret));
	r = count_content(t, ret);
	if (r == 0)
		r = count_visible(t, ret);
	if (r < 0)
		return err_oom(err);
	for (uint32_t i = 0; i < t->n_layers; i++)
		ret[i].wasted = ret[i].content - ret[i].visible;
	return 0;
}

static void add_total(const struct node *n, struct tree_totals *ret)
{
	ret->blocks += node_blocks(n);
	if (S_ISREG(n->mode)) {
		ret->files++;
		add_capped(&ret->bytes, n->size);
	} else if (S_ISLNK(n->mode)) {
		ret->symlinks++;
		ret->symlink_bytes += n->size;
	} else {
		ret->others++;
	}
}

int attribute_totals(const struct tree *t, struct tree_totals *ret)
{
	_cleanup_(seen_release) struct seen s;
	int r = seen_init(&s, t->layers, t->n_layers);

	memset(ret, 0, sizeof(*ret));
	for (uint32_t i = 0; r >= 0 && i < t->n; i++) {
		uint32_t at;

		if (node_is_dir(&t->nodes[i])) {
			ret->dirs++;
			continue;
		}
		r = first_name(&s, &t->nodes[i], &at);
		if (r > 0)
			add_total(&t->nodes[i], ret);
	}
	return r < 0 ? r : 0;
}
