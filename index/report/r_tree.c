/* SPDX-License-Identifier: MIT */
/*
 * The merged tree of an image or a stage as an ncdu export: `ncdu -f` and `gdu -f` open it
 * without a mount. The numbers are those of the mount's rootfs: sizes, blocks and inodes.
 *
 * Source: dev.yorhel.nl/ncdu/jsonfmt, version 1.2. Names are bytes there as here: those that
 * are no UTF-8 stand as they are, for which ncdu has an ear and a JSON parser may have none.
 * "hlnkc" is only on entries with several names in this tree, which are to be counted once.
 */
#include "report/report_internal.h"

#include "model/tree.h"
#include "util/escape.h"

#define BLOCK 512

struct export
{
	const struct node *nodes;
	int64_t *inodes; /* of all names that are no directories, sorted */
	size_t n;
	struct buf *out;
};

static int by_number(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return (a > b) - (a < b);
}

static int list_inodes(struct export *x, const struct tree *t)
{
	x->inodes = calloc(t->n + 1u, sizeof(*x->inodes));
	if (!x->inodes)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->n; i++)
		if (!node_is_dir(&t->nodes[i]))
			x->inodes[x->n++] = t->nodes[i].inode;
	qsort(x->inodes, x->n, sizeof(*x->inodes), by_number);
	return 0;
}

/* How many names an inode has in the tree. */
static size_t names_of(const struct export *x, int64_t inode)
{
	size_t low = 0, high = x->n, n = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (x->inodes[mid] < inode)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + n < x->n && x->inodes[low + n] == inode)
		n++;
	return n;
}

static void add_size(struct buf *out, const char *key, uint64_t v)
{
	if (v)
		buf_addf(out, ",\"%s\":%llu", key, (unsigned long long)v);
}

/* A directory has no size of its own and stays open. */
static void add_entry(const struct export *x, const struct node *n, struct bytes name)
{
	bool dir = node_is_dir(n);
	size_t names = dir ? 1 : names_of(x, n->inode);

	buf_add_str(x->out, dir ? "[{\"name\":" : "{\"name\":");
	escape_json_bytes(x->out, name);
	if (!dir) {
		if (S_ISREG(n->mode) || S_ISLNK(n->mode))
			add_size(x->out, "asize", n->size);
		add_size(x->out, "dsize", node_blocks(n) * BLOCK);
		add_size(x->out, "ino", (uint64_t)n->inode);
	}
	if (names > 1)
		buf_addf(x->out, ",\"hlnkc\":true,\"nlink\":%zu", names);
	buf_add_str(x->out, dir || S_ISREG(n->mode) ? "}" : ",\"notreg\":true}");
}

/* Depth first; siblings stand beside one another, so that the way back needs no memory. */
static void add_tree(const struct export *x)
{
	uint32_t at = 0;

	for (;;) {
		const struct node *n = &x->nodes[at];

		if (at)
			add_entry(x, n, node_name(n));
		if (node_is_dir(n) && n->count) {
			at = n->first;
			buf_add_str(x->out, ",\n");
			continue;
		}
		if (node_is_dir(n))
			buf_add_char(x->out, ']');
		while (at && at + 1 == x->nodes[x->nodes[at].parent].first +
					   x->nodes[x->nodes[at].parent].count) {
			at = x->nodes[at].parent;
			buf_add_char(x->out, ']');
		}
		if (!at)
			return;
		at++;
		buf_add_str(x->out, ",\n");
	}
}

static int write_export(const struct tree *t, const char *name, struct buf *out,
			struct err *err)
{
	struct export x = {.nodes = t->nodes, .out = out};

	if (list_inodes(&x, t) < 0)
		return err_oom(err);
	buf_add_str(out, "[1,2,{\"progname\":\"stagefs\"},\n");
	add_entry(&x, &t->nodes[0], bytes_from_str(name));
	add_tree(&x);
	buf_add_str(out, "]\n");
	free(x.inodes);
	return buf_status(out) < 0 ? err_oom(err) : 0;
}

static int render_image(const struct report_ctx *ctx, enum report_format format,
			struct buf *out, struct err *err)
{
	const struct catalog_image *img = ctx->image;
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	int r = forest_tree(ctx->forest, img->id, img->n_layers, &t, err);

	(void)format;
	return r < 0 ? r : write_export(t, img->name, out, err);
}

/* A stage whose layers no input holds has a tree of nothing. */
static int render_stage(const struct report_ctx *ctx, enum report_format format,
			struct buf *out, struct err *err)
{
	static struct node nothing = {.mode = S_IFDIR | 0755};
	const struct tree empty = {.nodes = &nothing, .n = 1};
	const struct catalog_stage *s = ctx->stage;
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	int r = 0;

	(void)format;
	if (s->n_layers)
		r = forest_stage_tree(ctx->forest, s->s->id, s->n_layers, &t, err);
	return r < 0 ? r : write_export(t ? t : &empty, s->name, out, err);
}

const struct report report_tree_image = {
    "tree", REPORT_IMAGE, 1u << REPORT_NCDU,
    "the image's tree as ncdu exports it, for ncdu -f and gdu -f", render_image};
const struct report report_tree_stage = {
    "tree", REPORT_STAGE, 1u << REPORT_NCDU,
    "the stage's tree as ncdu exports it, for ncdu -f and gdu -f", render_stage};
