/* SPDX-License-Identifier: MIT */
/*
 * Listings. An entry's offset is a key of its own, not a count of what came before it: "." is
 * 1, ".." is 2, children follow. A listing goes on behind the key it is given, so that names
 * that came or went since the last call make it neither skip nor repeat others.
 *
 * With readdirplus each entry carries its attributes and counts as a lookup, which costs us
 * nothing as numbers are not counted. Two sorts of entries are handed out with nodeid 0, which
 * the kernel takes as "a name, look it up when it matters": rendered files, which a plain ls
 * must not render, and roots of trees, which it must not load.
 */
#include "fs/ops.h"

/* As FUSE_UNKNOWN_INO of libfuse: d_ino of a file whose number comes with its lookup. */
#define UNKNOWN_INO 0xffffffff

struct listing {
	fuse_req_t req;
	char *buf;
	size_t size, used;
	bool plus;
};

/* false: it did not fit, the listing ends before it. */
static bool put(struct listing *l, const char *name, const struct fuse_entry_param *e,
		uint64_t key)
{
	char *at = l->buf + l->used;
	size_t room = l->size - l->used, need;

	if (l->plus)
		need = fuse_add_direntry_plus(l->req, at, room, name, e, (off_t)key);
	else
		need = fuse_add_direntry(l->req, at, room, name, &e->attr, (off_t)key);
	if (need > room)
		return false;
	l->used += need;
	return true;
}

/* A name and a type, without attributes. */
static bool put_bare(struct listing *l, const char *name, uint64_t ino, uint32_t type,
		     uint64_t key)
{
	struct fuse_entry_param e = {.attr = {.st_ino = ino, .st_mode = type}};

	return put(l, name, &e, key);
}

/* The kernel ignores attributes of "." and "..", and would count their lookups. */
static bool put_dots(struct listing *l, const struct target *dir, uint64_t off)
{
	if (off < 1 && !put_bare(l, ".", dir->ino, S_IFDIR, 1))
		return false;
	return off >= 2 || put_bare(l, "..", target_parent(dir), S_IFDIR, 2);
}

static const char *name_text(struct bytes name, char out[256])
{
	size_t n = MIN(name.len, (size_t)255);

	memcpy(out, name.ptr, n);
	out[n] = 0;
	return out;
}

static int list_nodes(struct listing *l, const struct target *dir, uint64_t off)
{
	struct fs_ctx *ctx = fs_ctx_of(l->req);
	uint64_t skip = off > 2 ? off - 2 : 0;

	for (uint64_t k = skip; k < dir->node->count; k++) {
		uint32_t index = dir->node->first + (uint32_t)k;
		const struct node *n = &dir->view.nodes[index];
		struct fuse_entry_param e;
		char name[256];
		struct stat st;
		int r;

		if (!view_shows(&dir->view, n))
			continue;
		r = target_node_stat(ctx, &dir->view, index, &st);
		if (r < 0)
			return r;
		attr_entry(&st, ATTR_FOREVER, ATTR_FOREVER, &e);
		if (!put(l, name_text(node_name(n), name), &e, 3 + k))
			break;
	}
	return 0;
}

/* 0 and *ret_fits; an item that is gone by now is passed over. */
static int put_item(struct listing *l, const struct layout_item *item, double timeout,
		    bool *ret_fits)
{
	_cleanup_(target_release) struct target t = {0};
	struct fuse_entry_param e;
	struct target_attr a;
	char name[256];
	int r = 0;

	name_text(item->name, name);
	if (!l->plus || item->ref.what != LAYOUT_REF_FIXED) {
		uint64_t ino = item->ref.ino ? item->ref.ino : UNKNOWN_INO;

		*ret_fits = put_bare(l, name, ino, item->ref.type, item->key);
		return 0;
	}
	r = target_open(fs_ctx_of(l->req), item->ref.ino, &t);
	if (r == 0)
		r = target_stat(fs_ctx_of(l->req), &t, &a);
	if (r < 0)
		return r == -ESTALE ? 0 : r;
	attr_entry(&a.st, MIN(timeout, target_entry_timeout(&t)), a.timeout, &e);
	*ret_fits = put(l, name, &e, item->key);
	return 0;
}

static int list_items(struct listing *l, const struct target *dir, uint64_t off)
{
	_cleanup_(layout_list_release) struct layout_list items = {0};
	double timeout = target_entry_timeout(dir);
	int r = layout_list(dir->catalog, &dir->i, &items);

	if (r < 0)
		return r;
	vec_foreach (item, &items.items) {
		bool fits = true;

		if (item->key <= off)
			continue;
		r = put_item(l, item, timeout, &fits);
		if (r < 0 || !fits)
			return r;
	}
	return 0;
}

static int list(struct listing *l, const struct target *dir, uint64_t off)
{
	if (!target_is_dir(dir))
		return -ENOTDIR;
	if (!put_dots(l, dir, off))
		return 0;
	return dir->i.class == INODE_DIR ? list_nodes(l, dir, off) : list_items(l, dir, off);
}

static void read_dir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	_cleanup_(target_release) struct target dir;
	struct fs_ctx *ctx = fs_ctx_of(req);
	struct listing l = {
	    .req = req, .buf = fs_thread_buffer(ctx, size), .size = size, .plus = plus};
	int r = target_open(ctx, ino, &dir);

	if (r == 0)
		r = l.buf ? list(&l, &dir, (uint64_t)off) : -ENOMEM;
	/* What was put is good, and an error can be reported the next time. */
	if (r < 0 && l.used == 0)
		fs_reply_error(req, r);
	else
		fuse_reply_buf(req, l.buf, l.used);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	(void)fi;
	read_dir(req, ino, size, off, false);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)fi;
	read_dir(req, ino, size, off, true);
}
