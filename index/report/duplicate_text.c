/* SPDX-License-Identifier: MIT */
#include "report/duplicate_text.h"

#include "model/dups.h"
#include "report/sentence.h"
#include "util/escape.h"

struct largest {
	struct uses uses;
	uint32_t *layers;
	struct dup_scope scope;
	struct dups dups;
	struct dup_copy_vec copies; /* of the first group */
	struct arena paths;
};

static void largest_release(struct largest *l)
{
	arena_release(&l->paths);
	dup_copy_vec_release(&l->copies);
	dups_release(&l->dups);
	free(l->layers);
	uses_release(&l->uses);
}

static int find(const struct report_ctx *ctx, struct largest *l, struct err *err)
{
	static const struct dup_limits limits = {.max_groups = 1, .order = DUPS_BY_SHIPPED};
	const struct catalog_image *img = ctx->image;
	int r;

	if (uses_make(ctx->catalog, &l->uses) < 0 ||
	    dups_scope_of_chain(&l->uses, img->layers, img->n_layers, &l->layers, &l->scope) <
		0)
		return err_oom(err);
	r = dups_find(ctx->db, ctx->forest, &l->scope, &limits, &l->dups, err);
	if (r < 0 || !l->dups.groups.n)
		return r;
	return dups_copies(ctx->db, &l->scope, &l->dups, 0, &l->copies, &l->paths, err);
}

/* Where else: under another path, else in which layer. */
static void add_again(const struct report_ctx *ctx, const struct largest *l, struct buf *text)
{
	const struct dup_copy *first = l->copies.v, *other = first + 1;
	char path[60];

	for (size_t i = 1; i < l->copies.n; i++)
		if (!bytes_equal(first->path, l->copies.v[i].path)) {
			buf_addf(text, ", again as /%s",
				 escape_short(l->copies.v[i].path, path, sizeof(path)));
			return;
		}
	for (uint32_t k = 0; k < ctx->image->n_layers; k++)
		if (ctx->image->layers[k].layer == l->uses.layers[other->layer].id) {
			buf_addf(text, ", again by layer %s", ctx->image->layers[k].nn);
			return;
		}
}

int duplicate_text(const struct report_ctx *ctx, struct buf *out, struct err *err)
{
	_cleanup_(largest_release) struct largest l = {.scope = {0}};
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	const struct dup_group *g;
	char path[60], size[16];
	int r = find(ctx, &l, err);

	if (r < 0)
		return r;
	g = l.dups.groups.v;
	if (!l.dups.groups.n || !g->shipped || l.copies.n < 2)
		return 0;
	buf_addf(&text, "/%s is shipped ",
		 escape_short(l.copies.v[0].path, path, sizeof(path)));
	if (g->copies == 2)
		buf_add_str(&text, "twice");
	else
		buf_addf(&text, "%llu times", (unsigned long long)g->copies);
	add_again(ctx, &l, &text);
	buf_addf(&text, ": %s of ", format_size(g->shipped, size));
	buf_addf(&text, "%s shipped more than once (report duplicates).",
		 format_size(l.dups.all.shipped, size));
	sentence_add(out, buf_bytes(&text));
	return buf_status(&text) < 0 || buf_status(out) < 0 ? err_oom(err) : 0;
}
