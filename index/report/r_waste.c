/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

#include "model/waste.h"

static const struct column columns[] = {
    {"path", COLUMN_TEXT},
    {"bytes", COLUMN_NUMBER},
    {"size", COLUMN_NUMBER},
    {"reason", COLUMN_TEXT},
    {"mark", COLUMN_TEXT},
    {"stored_layer", COLUMN_TEXT},
    {"stored_instruction", COLUMN_TEXT},
    {"hidden_layer", COLUMN_TEXT},
    {"hidden_instruction", COLUMN_TEXT},
    {"hidden_by", COLUMN_TEXT},
    {"stored_again", COLUMN_TEXT},
};

static void add_layer(struct table *t, const struct catalog_layer *l)
{
	table_str(t, l->nn);
	table_text(t, l->instruction);
}

/* The path of a node of the layer that hid the row; none: unknown. */
static int add_path(struct table *t, const struct wastes *all, const struct waste *w,
		    uint32_t node)
{
	if (node == WASTE_NOWHERE) {
		table_unknown(t);
		return 0;
	}
	return report_path_cell(t, all->tree->layers[w->hider]->nodes, node);
}

static int add_row(struct table *t, const struct catalog_image *img, const struct wastes *all,
		   const struct waste *w, const char *mark)
{
	const struct node *nodes = all->tree->layers[w->layer]->nodes;
	int r = report_path_cell(t, nodes, w->node);

	table_number(t, w->bytes);
	table_number(t, S_ISREG(nodes[w->node].mode) ? nodes[w->node].size : 0);
	table_str(t, waste_reason_name(w->reason));
	table_str(t, mark);
	add_layer(t, &img->layers[w->layer]);
	add_layer(t, &img->layers[w->hider]);
	if (r == 0)
		r = add_path(t, all, w, w->by);
	return r < 0 ? r : add_path(t, all, w, w->again);
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	const struct catalog_image *img = ctx->image;
	_cleanup_(tree_unrefp) struct tree *tree = NULL;
	_cleanup_(wastes_release) struct wastes all = {0};
	struct table t;
	int r = forest_tree(ctx->forest, img->id, img->n_layers, &tree, err);

	if (r == 0)
		r = wastes_make(ctx->forest, tree, &all, err);
	if (r < 0)
		return r;
	table_begin(&t, "waste", columns, ARRAY_SIZE(columns), format == REPORT_JSON, out);
	vec_foreach (w, &all.rows)
		if (add_row(&t, img, &all, w, w->package_db ? "package-db" : NULL) < 0)
			return err_oom(err);
	vec_foreach (w, &all.linked)
		if (add_row(&t, img, &all, w, "linked") < 0)
			return err_oom(err);
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_waste = {
    "waste", REPORT_IMAGE, REPORT_TABLE,
    "every stored file the image does not show: why, and which layers stored and hid it",
    render};
