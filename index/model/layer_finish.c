/* SPDX-License-Identifier: MIT */
/*
 * The end of a layer's tar: what can only be said once every member has gone by.
 */
#include "model/layer_internal.h"
#include "model/whiteout.h"
#include "util/buf.h"

static int path_of(const struct nametree *t, uint32_t node, struct buf *ret)
{
	size_t len = 0, at;

	for (uint32_t n = node; n; n = nametree_at(t, n)->parent)
		len += nametree_at(t, n)->len + 1u;
	buf_clear(ret);
	if (!len)
		return 0;
	if (buf_reserve(ret, len) < 0)
		return -ENOMEM;
	ret->len = at = len - 1;
	ret->ptr[at] = 0;
	for (uint32_t n = node; n; n = nametree_at(t, n)->parent) {
		const struct name_node *nn = nametree_at(t, n);

		at -= nn->len;
		memcpy(ret->ptr + at, nn->name, nn->len);
		if (at)
			ret->ptr[--at] = '/';
	}
	return 0;
}

static int note_name(const struct layer_builder *b, enum finding f, uint32_t name,
		     struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (!b->finding)
		return 0;
	if (path_of(&b->names, name, &path) < 0)
		return err_oom(err);
	return b->finding(b->arg, f, buf_bytes(&path), NULL, err);
}

/* ---- hard links whose target was not there ---- */

/*
 * All verdicts fall before the first name is dropped: whether a link is lost must not depend
 * on which of its neighbours was looked at first.
 */
static void judge_pending(struct layer_builder *b)
{
	uint32_t name;

	vec_foreach (s, &b->stored) {
		if (!(s->flags & STORED_PENDING))
			continue;
		switch (layer_find_target(b, b->links.v[s->extra], &name)) {
		case TARGET_FOUND:
			s->flags |= STORED_LATER;
			break;
		case TARGET_BLOCKED:
			s->flags |= STORED_LOST;
			break;
		case TARGET_ABSENT:
			break;
		}
	}
}

static int settle_link(struct layer_builder *b, uint32_t name, struct err *err)
{
	uint8_t flags = stored_of(b, name)->flags;
	enum finding f = FINDING_LINK_TARGET_LOWER;
	int r;

	/* Metadata of AUFS is for this layer's own links only. */
	if (flags & STORED_LOST || nametree_at(&b->names, name)->tag == ENTRY_META)
		f = FINDING_LINK_TARGET_MISSING;
	if (flags & STORED_LATER)
		f = FINDING_LINK_TARGET_LATER;
	r = note_name(b, f, name, err);
	if (r == 0 && f != FINDING_LINK_TARGET_LOWER)
		nametree_remove(&b->names, name);
	return r;
}

static int settle_links(struct layer_builder *b, struct err *err)
{
	int r = 0;

	judge_pending(b);
	for (uint32_t i = 1; i < b->names.nodes.n && r == 0; i++) {
		if (!nametree_at(&b->names, i)->dead && stored_of(b, i)->flags & STORED_PENDING)
			r = settle_link(b, i, err);
	}
	return r;
}

/* ---- whiteouts beside what they name ---- */

static int note_whiteouts(const struct layer_builder *b, struct err *err)
{
	int r = 0;

	for (uint32_t i = 1; i < b->names.nodes.n && r == 0; i++) {
		const struct name_node *n = nametree_at(&b->names, i);
		struct bytes name = bytes_make(n->name, n->len);

		if (!n->dead && n->tag == ENTRY_WHITEOUT &&
		    nametree_find(&b->names, n->parent, whiteout_target(name)))
			r = note_name(b, FINDING_WHITEOUT_SAME_LAYER, i, err);
	}
	return r;
}

/* ---- rows ---- */

static enum entry_kind kind_of(const struct name_node *name, const struct stored *s)
{
	if (name->tag != ENTRY_PLAIN)
		return (enum entry_kind)name->tag;
	if (s->flags & STORED_IMPLIED)
		return ENTRY_IMPLIED;
	return s->flags & STORED_PENDING ? ENTRY_LINK_LOWER : ENTRY_PLAIN;
}

static int by_handle(const void *a, const void *b)
{
	const struct sparse_note *x = a, *y = b;

	return (x->handle > y->handle) - (x->handle < y->handle);
}

static void fill_content(const struct layer_builder *b, uint32_t handle, const struct detail *d,
			 struct entry_row *row)
{
	const struct sparse_note key = {.handle = handle}, *sparse;

	row->size = row->stored = d->size;
	if (d->data != STORED_NO_DATA)
		row->data = (int64_t)d->data;
	if (b->stored.v[handle].flags & STORED_HASHED) {
		row->xxh128 = bytes_make(d->xxh128, sizeof(d->xxh128));
		row->sha256 = bytes_make(d->sha256, sizeof(d->sha256));
	}
	if (!b->sparse.n)
		return;
	sparse = bsearch(&key, b->sparse.v, b->sparse.n, sizeof(key), by_handle);
	if (sparse) {
		row->stored = sparse->stored;
		row->sparse = sparse->map;
	}
}

/* Borrows from the builder and from d. */
static struct entry_row make_row(const struct layer_builder *b, const struct name_slot *slot,
				 uint32_t seq, const struct detail *d)
{
	const struct name_node *name = nametree_at(&b->names, slot->node);
	const struct stored *s = &b->stored.v[name->item];
	struct entry_row row = {
	    .id = ENTRY_ID(0, seq),
	    .parent = slot->parent,
	    .name = bytes_make(name->name, name->len),
	    .kind = kind_of(name, s),
	    .inode = ENTRY_ID(0, s->first),
	    .mode = s->mode,
	    .uid = d->uid,
	    .gid = d->gid,
	    .mtime = d->mtime,
	    .mtime_nsec = d->mtime_nsec,
	    .nlink = s->names,
	    .data = -1,
	    .xattrs = s->flags & STORED_XATTRS,
	};

	if (S_ISCHR(s->mode) || S_ISBLK(s->mode)) {
		row.rdev_major = (uint32_t)(d->size >> 32);
		row.rdev_minor = (uint32_t)d->size;
	} else if (S_ISLNK(s->mode) || s->flags & STORED_PENDING) {
		row.link = b->links.v[s->extra];
	} else if (S_ISREG(s->mode)) {
		fill_content(b, name->item, d, &row);
	}
	return row;
}

/* A hard-link group is known by its first name in sequence order. */
static void group_names(struct layer_builder *b, const struct name_slot_vec *slots)
{
	for (uint32_t i = 0; i < slots->n; i++) {
		struct stored *s = stored_of(b, slots->v[i].node);

		if (!s->names++)
			s->first = i;
	}
}

static void count_bytes(struct stored *s, const struct entry_row *row,
			struct layer_totals *totals)
{
	if (row->kind != ENTRY_PLAIN || !S_ISREG(row->mode) || s->flags & STORED_COUNTED)
		return;
	s->flags |= STORED_COUNTED;
	if (add_overflows(totals->content_bytes, row->size, &totals->content_bytes))
		totals->content_bytes = UINT64_MAX;
}

int layer_finish(struct layer_builder *b,
		 int (*emit)(void *arg, const struct entry_row *row, uint32_t handle,
			     struct err *err),
		 void *arg, struct layer_totals *ret, struct err *err)
{
	_cleanup_(name_slot_vec_release) struct name_slot_vec slots = {0};
	int r;

	*ret = (struct layer_totals){0};
	r = settle_links(b, err);
	if (r == 0)
		r = note_whiteouts(b, err);
	if (r == 0)
		r = nametree_number(&b->names, &slots, err);
	if (r == 0)
		group_names(b, &slots);
	for (uint32_t i = 0; i < slots.n && r == 0; i++) {
		uint32_t handle = nametree_at(&b->names, slots.v[i].node)->item;
		struct stored *s = &b->stored.v[handle];
		struct entry_row row;
		struct detail d;

		r = spill_get(&b->details, handle, &d, err);
		if (r < 0)
			break;
		row = make_row(b, &slots.v[i], i, &d);
		count_bytes(s, &row, ret);
		ret->entries++;
		r = emit(arg, &row, s->flags & STORED_IMPLIED ? UINT32_MAX : handle, err);
	}
	return r;
}
