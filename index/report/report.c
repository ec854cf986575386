/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

const struct report *const reports[] = {&report_images,
					&report_layers_index,
					&report_summary,
					&report_layers,
					&report_files,
					&report_waste,
					&report_history,
					&report_findings,
					&report_stages_index,
					&report_stages,
					&report_stages_build,
					&report_stage_summary,
					&report_instructions,
					&report_copied_in,
					&report_copied_out,
					&report_left_behind,
					&report_duplicates_index,
					&report_duplicates_image,
					&report_duplicates_build,
					&report_duplicates_stage,
					&report_tree_image,
					&report_tree_stage,
					NULL};

static const char *const exts[REPORT_FORMATS] = {
    [REPORT_TXT] = "txt", [REPORT_TSV] = "tsv", [REPORT_JSON] = "json", [REPORT_NCDU] = "ncdu"};

const struct report *report_find(enum report_scope scope, const char *name)
{
	for (const struct report *const *r = reports; *r; r++)
		if ((*r)->scope == scope && strcmp((*r)->name, name) == 0)
			return *r;
	return NULL;
}

const char *report_format_ext(enum report_format f)
{
	return exts[f];
}

int report_path_cell(struct table *t, const struct node *nodes, uint32_t index)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, shown = BUF_INIT;

	if (node_path(nodes, index, &path) < 0)
		return -ENOMEM;
	buf_add_char(&shown, '/');
	buf_add_bytes(&shown, buf_bytes(&path));
	if (buf_status(&shown) < 0)
		return -ENOMEM;
	table_text(t, buf_bytes(&shown));
	return 0;
}

bool report_pull_bytes(const struct catalog_image *img, uint64_t *ret)
{
	*ret = 0;
	for (uint32_t i = 0; i < img->n_layers; i++) {
		const struct catalog_layer *l = &img->layers[i];

		if (l->blob_bytes < 0 || !l->codec || strcmp(l->codec, "none") == 0)
			return false;
		*ret += (uint64_t)l->blob_bytes;
	}
	return true;
}

int report_measure(const struct report_ctx *ctx, const struct catalog_image *img,
		   struct image_measure *ret, struct err *err)
{
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	int r = forest_tree(ctx->forest, img->id, img->n_layers, &t, err);

	memset(ret, 0, sizeof(*ret));
	if (r < 0)
		return r;
	ret->layers = calloc(t->n_layers + 1, sizeof(*ret->layers));
	if (!ret->layers)
		return err_oom(err);
	if (attribute_totals(t, &ret->totals) < 0)
		return err_oom(err);
	r = attribute_layers(t, ret->layers, err);
	for (uint32_t i = 0; r == 0 && i < t->n_layers; i++) {
		ret->content += ret->layers[i].content;
		ret->visible += ret->layers[i].visible;
		ret->wasted += ret->layers[i].wasted;
	}
	return r;
}
