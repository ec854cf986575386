/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes: the image's own, listed; and ours, which answer to their names but are
 * not listed, so that `cp -a` and `rsync -X` do not carry them off.
 *
 * Programs ask for attributes that are not there far more often than for those that are:
 * `ls -l` asks four times for every file. EOPNOTSUPP for security.selinux and system.* makes it
 * stop asking; node.xattrs answers the rest without SQL.
 */
#include "fs/ops.h"

#include "util/digest.h"

#include <linux/limits.h>

#define OURS "user.stagefs."
/* XXH3-128 of nothing: the index has no hash for empty files. */
#define XXH128_EMPTY "99aa06d3014798d86001c324468d497f"

/* ---- ours ---- */

static int value_layer(struct fs_ctx *ctx, const struct target *t, int64_t entry,
		       struct buf *ret)
{
	const struct catalog_stored_layer *l =
	    catalog_stored_layer(t->catalog, ENTRY_LAYER(entry));

	(void)ctx;
	return l ? buf_add_str(ret, l->diff_id) : -ENODATA;
}

static bool has_line(const struct buf *b, struct bytes line)
{
	struct bytes rest = buf_bytes(b);

	while (rest.len) {
		struct bytes have = bytes_make(rest.ptr, bytes_find(rest, '\n'));

		if (bytes_equal(have, line))
			return true;
		rest = bytes_skip(rest, MIN(rest.len, have.len + 1));
	}
	return false;
}

/* One line for each different instruction that made this layer in some image. */
static int value_instruction(struct fs_ctx *ctx, const struct target *t, int64_t entry,
			     struct buf *ret)
{
	const struct catalog *c = t->catalog;

	(void)ctx;
	for (size_t i = 0; i < c->n_images; i++) {
		for (uint32_t k = 0; k < c->images[i].n_layers; k++) {
			const struct catalog_layer *l = &c->images[i].layers[k];

			if (l->layer != ENTRY_LAYER(entry) || l->instruction.len == 0 ||
			    has_line(ret, l->instruction))
				continue;
			if (ret->len)
				(void)buf_add_char(ret, '\n');
			(void)buf_add_bytes(ret, l->instruction);
		}
	}
	if (buf_status(ret) < 0)
		return -ENOMEM;
	return ret->len ? 0 : -ENODATA;
}

static int add_line(struct buf *ret, struct bytes line)
{
	if (!line.len || has_line(ret, line))
		return 0;
	if (ret->len)
		(void)buf_add_char(ret, '\n');
	return buf_add_bytes(ret, line);
}

/* Where a layer's files came from, as far as its instruction says. */
static int add_layer_origin(const struct catalog_stage *s, uint32_t position, struct buf *ret)
{
	_cleanup_(buf_release) struct buf image = BUF_INIT;

	for (uint32_t k = 0; k < s->s->n_edges; k++) {
		const struct build_edge *e = &s->s->edges[k];

		if (e->kind != EDGE_COPY || e->position != position)
			continue;
		switch (e->source) {
		case SOURCE_STAGE:
			return add_line(ret,
					bytes_from_str(s->build->stages[e->source_stage].name));
		case SOURCE_IMAGE:
			buf_addf(&image, "image:%s", e->source_ref ? e->source_ref : "");
			return add_line(ret, buf_bytes(&image));
		case SOURCE_CONTEXT:
			return add_line(ret, BYTES("@context"));
		default:
			return add_line(ret, BYTES("@unknown"));
		}
	}
	for (uint32_t k = 0; k < s->s->n_instructions; k++)
		if (s->s->instructions[k].position == position)
			return add_line(ret, BYTES("@made"));
	return add_line(ret, BYTES("@unknown"));
}

/* Every stage that has the entry's layer among its own: those that made it. */
static int each_owner(const struct target *t, int64_t entry,
		      int (*add)(const struct catalog_stage *s, uint32_t position,
				 struct buf *ret),
		      struct buf *ret)
{
	const struct catalog *c = t->catalog;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_builds; i++)
		for (uint32_t k = 0; r == 0 && k < c->builds[i].n_stages; k++) {
			const struct catalog_stage *s = &c->builds[i].stages[k];
			uint32_t at = catalog_stage_position(s, ENTRY_LAYER(entry));

			if (c->builds[i].shown && at &&
			    at > (s->s->base_known ? s->s->base_layers : 0))
				r = add(s, at, ret);
		}
	return r < 0 || ret->len ? r : -ENODATA;
}

static int add_stage_name(const struct catalog_stage *s, uint32_t position, struct buf *ret)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	(void)position;
	buf_addf(&name, "%s/%s", s->build->name, s->name);
	return buf_status(&name) < 0 ? -ENOMEM : add_line(ret, buf_bytes(&name));
}

static int value_stage(struct fs_ctx *ctx, const struct target *t, int64_t entry,
		       struct buf *ret)
{
	(void)ctx;
	return each_owner(t, entry, add_stage_name, ret);
}

static int value_origin(struct fs_ctx *ctx, const struct target *t, int64_t entry,
			struct buf *ret)
{
	(void)ctx;
	return each_owner(t, entry, add_layer_origin, ret);
}

static int value_xxh128(struct fs_ctx *ctx, const struct target *t, int64_t entry,
			struct buf *ret)
{
	struct entry_row row;
	char hex[33];
	int r;

	if (!S_ISREG(t->node->mode))
		return -ENODATA;
	if (t->node->size == 0)
		return buf_add_str(ret, XXH128_EMPTY);
	r = entries_find(ctx->xattr_db, entry, &row, NULL);
	if (r < 0)
		return r;
	if (r == 0 || row.xxh128.len != 16)
		return -ENODATA;
	hex_encode(row.xxh128.ptr, 16, hex);
	return buf_add_str(ret, hex);
}

static int value_copies(struct fs_ctx *ctx, const struct target *t, int64_t entry,
			struct buf *ret)
{
	struct entry_row row;
	uint64_t copies = 0;
	int r;

	if (!S_ISREG(t->node->mode))
		return -ENODATA;
	r = entries_find(ctx->xattr_db, entry, &row, NULL);
	if (r == 0 || (r == 1 && row.xxh128.len == 0))
		return -ENODATA;
	if (r == 1)
		r = entries_count_copies(ctx->xattr_db, &row, &copies, NULL);
	return r < 0 ? r : buf_addf(ret, "%llu", (unsigned long long)copies);
}

static const struct ours {
	const char *name;
	int (*value)(struct fs_ctx *ctx, const struct target *t, int64_t entry,
		     struct buf *ret);
} ours[] = {
    {OURS "layer", value_layer},   {OURS "instruction", value_instruction},
    {OURS "stage", value_stage},   {OURS "origin", value_origin},
    {OURS "xxh128", value_xxh128}, {OURS "copies", value_copies},
};

/* Who serves the mount, for mount_umount(). */
static int get_of_root(struct bytes name, struct buf *ret)
{
	if (!bytes_equal(name, BYTES(OURS "pid")))
		return -ENODATA;
	return buf_addf(ret, "%ld", (long)getpid());
}

static int get_ours(struct fs_ctx *ctx, struct target *t, int64_t entry, struct bytes name,
		    struct buf *ret)
{
	/* The kernel refuses user.* on other types; an implied directory is in no tar. */
	if (entry == 0 || !(S_ISREG(t->node->mode) || S_ISDIR(t->node->mode)))
		return -ENODATA;
	if (!t->catalog)
		t->catalog = growth_catalog(ctx->growth, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (bytes_equal(name, bytes_from_str(ours[i].name)))
			return ours[i].value(ctx, t, entry, ret);
	return -ENODATA;
}

/* ---- the image's own ---- */

/* What another overlay left behind says nothing about a merged tree, and would be obeyed if
 * the tree was copied to an overlay. A file has one inode in all views: there it is hidden. */
static bool is_hidden(const struct target *t, struct bytes name)
{
	bool raw_dir = t->i.class == INODE_DIR && t->view.raw;

	return !raw_dir && bytes_starts_with(name, BYTES("trusted.overlay."));
}

struct find_xattr {
	struct bytes name;
	struct buf *value;
};

static int match_xattr(void *arg, struct bytes name, struct bytes value)
{
	struct find_xattr *f = arg;

	if (!bytes_equal(name, f->name))
		return 0;
	return buf_add_bytes(f->value, value) < 0 ? -ENOMEM : 1;
}

static int get_stored(struct fs_ctx *ctx, const struct target *t, int64_t entry,
		      struct bytes name, struct buf *ret)
{
	struct find_xattr f = {name, ret};
	int r = 0;

	if (entry && t->node->xattrs && !is_hidden(t, name))
		r = xattrs_each(ctx->xattr_db, entry, match_xattr, &f, NULL);
	if (r < 0)
		return r;
	return r == 1 ? 0 : -ENODATA;
}

/* ENODATA, or what makes programs stop asking. */
static int absent(struct bytes name)
{
	if (bytes_equal(name, BYTES("security.selinux")) ||
	    bytes_starts_with(name, BYTES("system.")))
		return -EOPNOTSUPP;
	return -ENODATA;
}

/* Calls that need no SQL do not wait for those that do. */
static int get_value(struct fs_ctx *ctx, struct target *t, struct bytes name, struct buf *ret)
{
	int64_t entry = t->node ? t->node->inode : 0;
	bool our = bytes_starts_with(name, BYTES(OURS));
	int r;

	if (t->ino == INODE_ROOT)
		return get_of_root(name, ret);
	if (!t->node || (!our && !t->node->xattrs))
		return -ENODATA;
	pthread_mutex_lock(&ctx->xattr_lock);
	r = get_stored(ctx, t, entry, name, ret);
	if (r == -ENODATA && our)
		r = get_ours(ctx, t, entry, name, ret);
	pthread_mutex_unlock(&ctx->xattr_lock);
	return r;
}

static void reply_value(fuse_req_t req, const struct buf *value, size_t size, size_t max,
			int too_long)
{
	if (value->len > max)
		fs_reply_error(req, too_long);
	else if (size == 0)
		fuse_reply_xattr(req, value->len);
	else if (value->len > size)
		fs_reply_error(req, -ERANGE);
	else
		fuse_reply_buf(req, value->ptr, value->len);
}

/* Rendered files have none; they need no target. */
static int open_target(struct fs_ctx *ctx, fuse_ino_t ino, struct target *t)
{
	if (inode_decode(ino).class != INODE_RENDERED)
		return target_open(ctx, ino, t);
	*t = (struct target){.ino = ino};
	return 0;
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	_cleanup_(buf_release) struct buf value = BUF_INIT;
	_cleanup_(target_release) struct target t;
	int r = open_target(fs_ctx_of(req), ino, &t);

	if (r == 0)
		r = get_value(fs_ctx_of(req), &t, bytes_from_str(name), &value);
	if (r == -ENODATA)
		r = absent(bytes_from_str(name));
	if (r < 0)
		fs_reply_error(req, r);
	else
		reply_value(req, &value, size, XATTR_SIZE_MAX, -E2BIG);
}

struct list_xattrs {
	const struct target *t;
	struct buf *names;
};

static int add_name(void *arg, struct bytes name, struct bytes value)
{
	struct list_xattrs *l = arg;

	(void)value;
	if (is_hidden(l->t, name))
		return 0;
	(void)buf_add_bytes(l->names, name);
	return buf_add_char(l->names, 0);
}

static int list_names(struct fs_ctx *ctx, const struct target *t, struct buf *ret)
{
	struct list_xattrs l = {t, ret};
	int r;

	if (!t->node || !t->node->xattrs || t->node->inode == 0)
		return 0;
	pthread_mutex_lock(&ctx->xattr_lock);
	r = xattrs_each(ctx->xattr_db, t->node->inode, add_name, &l, NULL);
	pthread_mutex_unlock(&ctx->xattr_lock);
	return r;
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	_cleanup_(buf_release) struct buf names = BUF_INIT;
	_cleanup_(target_release) struct target t;
	int r = open_target(fs_ctx_of(req), ino, &t);

	if (r == 0)
		r = list_names(fs_ctx_of(req), &t, &names);
	if (r < 0)
		fs_reply_error(req, r);
	else
		reply_value(req, &names, size, XATTR_LIST_MAX, -E2BIG);
}
