/* SPDX-License-Identifier: MIT */
#include "fs/ops.h"

#include "fs/vfile.h"

/* The attributes of an inode other than a rendered file, as an entry of a directory. */
static int entry_of(struct fs_ctx *ctx, uint64_t ino, double timeout,
		    struct fuse_entry_param *ret)
{
	_cleanup_(target_release) struct target t;
	struct target_attr a;
	int r = target_open(ctx, ino, &t);

	if (r == 0)
		r = target_stat(ctx, &t, &a);
	if (r < 0)
		return r;
	/* A link whose target follows the index changes although its directory may not. */
	attr_entry(&a.st, MIN(timeout, target_entry_timeout(&t)), a.timeout, ret);
	return 0;
}

static int lookup_fixed(fuse_req_t req, const struct target *dir, struct bytes name,
			struct fuse_entry_param *ret)
{
	double timeout = target_entry_timeout(dir);
	struct layout_ref ref;
	int r = layout_find(dir->catalog, &dir->i, name, &ref);

	if (r < 0)
		return r;
	if (r == 0) {
		attr_negative(timeout, ret);
		return 0;
	}
	if (ref.what != LAYOUT_REF_FILE)
		return entry_of(fs_ctx_of(req), ref.ino, timeout, ret);
	op_render_entry(req, &ref.file, ATTR_GROWING);
	return 1;
}

static int lookup_child(struct fs_ctx *ctx, const struct target *dir, struct bytes name,
			struct fuse_entry_param *ret)
{
	uint32_t index = view_child(&dir->view, dir->i.index, name);
	struct stat st;
	int r;

	if (index == 0) {
		attr_negative(ATTR_FOREVER, ret);
		return 0;
	}
	r = target_node_stat(ctx, &dir->view, index, &st);
	if (r == 0)
		attr_entry(&st, ATTR_FOREVER, ATTR_FOREVER, ret);
	return r;
}

/* 0 and an entry to reply; 1: somebody else replies. */
static int lookup(fuse_req_t req, const struct target *dir, struct bytes name,
		  struct fuse_entry_param *ret)
{
	struct fs_ctx *ctx = fs_ctx_of(req);

	/* "." and ".." come with file handles only: open_by_handle_at(2), NFS. */
	if (bytes_equal(name, BYTES(".")))
		return entry_of(ctx, dir->ino, ATTR_GROWING, ret);
	if (!target_is_dir(dir))
		return -ENOTDIR;
	if (bytes_equal(name, BYTES("..")))
		return entry_of(ctx, target_parent(dir), ATTR_GROWING, ret);
	if (name.len > 255)
		return -ENAMETOOLONG;
	if (dir->i.class == INODE_DIR)
		return lookup_child(ctx, dir, name, ret);
	return lookup_fixed(req, dir, name, ret);
}

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	_cleanup_(target_release) struct target dir;
	struct fuse_entry_param e;
	int r = target_open(fs_ctx_of(req), parent, &dir);

	if (r == 0)
		r = lookup(req, &dir, bytes_from_str(name), &e);
	if (r == 0)
		fuse_reply_entry(req, &e);
	else if (r < 0)
		fs_reply_error(req, r);
}

static void forget(struct fs_ctx *ctx, fuse_ino_t ino, uint64_t lookups)
{
	if (inode_decode(ino).class == INODE_RENDERED)
		vfile_forget(ctx->vfiles, ino, lookups);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	forget(fs_ctx_of(req), ino, lookups);
	fuse_reply_none(req);
}

void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget(fs_ctx_of(req), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

/* A version never changes. */
static int rendered_stat(struct fs_ctx *ctx, uint64_t ino, struct target_attr *ret)
{
	struct attr_owner owner = {ctx->uid, ctx->gid, ctx->started};
	struct vfile f;
	int r = vfile_get(ctx->vfiles, ino, &f);

	if (r < 0)
		return r;
	owner.time = f.mtime;
	attr_fixed(S_IFREG, ino, f.size, &owner, &ret->st);
	ret->timeout = ATTR_FOREVER;
	return 0;
}

static int any_stat(struct fs_ctx *ctx, uint64_t ino, struct target_attr *ret)
{
	_cleanup_(target_release) struct target t = {0};
	int r;

	if (inode_decode(ino).class == INODE_RENDERED)
		return rendered_stat(ctx, ino, ret);
	r = target_open(ctx, ino, &t);
	return r < 0 ? r : target_stat(ctx, &t, ret);
}

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct target_attr a;
	int r = any_stat(fs_ctx_of(req), ino, &a);

	(void)fi;
	if (r < 0)
		fs_reply_error(req, r);
	else
		fuse_reply_attr(req, &a.st, a.timeout);
}

static int read_link(const struct target *t, struct buf *ret)
{
	if (t->i.class == INODE_FIXED)
		return layout_target(t->catalog, &t->i, ret);
	if (!t->node || !S_ISLNK(t->node->mode))
		return -EINVAL;
	return buf_add(ret, t->node->link, t->node->size);
}

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	_cleanup_(buf_release) struct buf link = BUF_INIT;
	_cleanup_(target_release) struct target t;
	int r = target_open(fs_ctx_of(req), ino, &t);

	if (r == 0)
		r = read_link(&t, &link);
	if (r < 0)
		fs_reply_error(req, r);
	else
		fuse_reply_readlink(req, buf_str(&link));
}
