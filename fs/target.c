/* SPDX-License-Identifier: MIT */
#include "fs/target.h"

static int open_stored(struct fs_ctx *ctx, struct target *t)
{
	uint32_t seq = ENTRY_SEQ(t->i.entry);
	int r = forest_layer(ctx->forest, ENTRY_LAYER(t->i.entry), &t->layer, NULL);

	if (r < 0)
		return r;
	if (seq >= t->layer->n || node_is_dir(&t->layer->nodes[seq]))
		return -ESTALE;
	t->node = &t->layer->nodes[seq];
	return 0;
}

static int open_dir(struct fs_ctx *ctx, struct target *t)
{
	int r;

	t->catalog = growth_catalog(ctx->growth, &t->grown);
	r = view_open(ctx->forest, t->catalog, &t->i.view, &t->view);
	if (r < 0)
		return r;
	if (t->i.index >= t->view.n)
		return -ESTALE;
	t->node = &t->view.nodes[t->i.index];
	return node_is_dir(t->node) || t->i.view.kind == VIEW_DUPLICATES ? 0 : -ESTALE;
}

static int open_fixed(struct fs_ctx *ctx, struct target *t)
{
	if (layout_changes(t->i.kind))
		growth_check(ctx->growth);
	t->catalog = growth_catalog(ctx->growth, &t->grown);
	return layout_check(t->catalog, &t->i);
}

int target_open(struct fs_ctx *ctx, uint64_t ino, struct target *ret)
{
	*ret = (struct target){.ino = ino, .i = inode_decode(ino)};
	switch (ret->i.class) {
	case INODE_STORED:
		return open_stored(ctx, ret);
	case INODE_DIR:
		return open_dir(ctx, ret);
	case INODE_FIXED:
		return open_fixed(ctx, ret);
	case INODE_RENDERED:
		return -EINVAL;
	case INODE_NONE:
		break;
	}
	return -ESTALE;
}

void target_release(struct target *t)
{
	view_release(&t->view);
	if (t->layer)
		layer_unref(t->layer);
	if (t->catalog)
		catalog_unref(t->catalog);
}

bool target_is_dir(const struct target *t)
{
	return (t->i.class == INODE_DIR && node_is_dir(t->node)) ||
	       (t->i.class == INODE_FIXED && S_ISDIR(layout_type(t->i.kind)));
}

double target_entry_timeout(const struct target *t)
{
	bool changes = t->i.class == INODE_FIXED && layout_changes(t->i.kind);

	/* The next generation has another directory under this name. */
	changes |=
	    t->i.class == INODE_DIR && t->i.view.kind == VIEW_DUPLICATES && t->i.index == 0;
	return changes ? ATTR_GROWING : ATTR_FOREVER;
}

static int fixed_size(const struct target *t, uint64_t *ret)
{
	_cleanup_(buf_release) struct buf target = BUF_INIT;
	int r = 0;

	*ret = layout_text(t->i.kind).len;
	if (S_ISLNK(layout_type(t->i.kind))) {
		r = layout_target(t->catalog, &t->i, &target);
		*ret = target.len;
	}
	return r;
}

static int fixed_stat(struct fs_ctx *ctx, const struct target *t, struct target_attr *ret)
{
	const struct catalog_image *image = layout_image(t->catalog, &t->i);
	struct attr_owner owner = {ctx->uid, ctx->gid, ctx->started};
	uint64_t size;
	int r = fixed_size(t, &size);

	if (r < 0)
		return r;
	if (image)
		owner.time = (struct timespec){.tv_sec = image->indexed};
	if (layout_changes(t->i.kind))
		owner.time = t->grown;
	attr_fixed(layout_type(t->i.kind), t->ino, size, &owner, &ret->st);
	ret->timeout = target_entry_timeout(t);
	return 0;
}

/* A file without an entry is the one that stands for deletions. */
static int deleted_stat(struct fs_ctx *ctx, struct stat *ret)
{
	_cleanup_(target_release) struct target t;
	struct target_attr a;
	int r = target_open(ctx, inode_fixed(LAYOUT_DELETED, 0), &t);

	if (r == 0)
		r = target_stat(ctx, &t, &a);
	if (r == 0)
		*ret = a.st;
	return r;
}

/*
 * With inodes=content a file is its twin, in every attribute: the number leads there in the
 * next request, and must find the same. A twin whose layer is gone is no twin. -ENOENT: none.
 */
static int twin_stat(struct fs_ctx *ctx, const struct node *n, struct stat *ret)
{
	_cleanup_(target_release) struct target t = {0};
	_cleanup_(layer_unrefp) struct layer *l = NULL;
	int r = forest_layer(ctx->forest, ENTRY_LAYER(n->inode), &l, NULL);
	int64_t twin = r == 0 ? layer_twin(l, n->inode) : 0;

	if (r == 0)
		r = twin ? target_open(ctx, inode_stored(twin), &t) : -ENOENT;
	if (r == 0)
		attr_node(t.node, t.ino, ret);
	return r;
}

static int stored_stat(struct fs_ctx *ctx, const struct node *n, struct stat *ret)
{
	uint64_t ino = inode_stored(n->inode);

	if (!n->inode)
		return deleted_stat(ctx, ret);
	if (ctx->inodes_content && S_ISREG(n->mode) && twin_stat(ctx, n, ret) == 0)
		return 0;
	attr_node(n, ino, ret);
	return ino ? 0 : -EOVERFLOW;
}

/* A node by its place: directories, and the links that stagefs itself adds. */
static void place_stat(const struct fs_ctx *ctx, unsigned view, const struct node *n,
		       uint64_t ino, struct stat *ret)
{
	attr_node(n, ino, ret);
	if (view != VIEW_DUPLICATES)
		return;
	ret->st_uid = ctx->uid;
	ret->st_gid = ctx->gid;
}

int target_node_stat(struct fs_ctx *ctx, const struct view *v, uint32_t index, struct stat *ret)
{
	const struct node *n = &v->nodes[index];
	uint64_t ino;

	if (!node_is_dir(n) && v->id.kind != VIEW_DUPLICATES)
		return stored_stat(ctx, n, ret);
	ino = inode_dir(&v->id, index);
	place_stat(ctx, v->id.kind, n, ino, ret);
	return ino ? 0 : -EOVERFLOW;
}

int target_stat(struct fs_ctx *ctx, const struct target *t, struct target_attr *ret)
{
	if (t->i.class == INODE_FIXED)
		return fixed_stat(ctx, t, ret);
	place_stat(ctx, t->i.class == INODE_DIR ? t->i.view.kind : 0, t->node, t->ino,
		   &ret->st);
	ret->timeout = ATTR_FOREVER;
	return 0;
}

uint64_t target_parent(const struct target *t)
{
	if (t->i.class == INODE_DIR && t->i.index != 0)
		return inode_dir(&t->view.id, t->node->parent);
	return layout_parent(t->catalog, &t->i);
}
