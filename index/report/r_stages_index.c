/* SPDX-License-Identifier: MIT */
/* The stages of all builds, or of one. */
#include "report/report_internal.h"

#include "model/leftbehind.h"

static const struct column columns[] = {
    {"build", COLUMN_TEXT},          {"stage", COLUMN_TEXT},
    {"stage_by", COLUMN_TEXT},       {"base", COLUMN_TEXT},
    {"base_kind", COLUMN_TEXT},      {"base_by", COLUMN_TEXT},
    {"base_layers", COLUMN_NUMBER},  {"layers", COLUMN_NUMBER},
    {"layers_by", COLUMN_TEXT},      {"image", COLUMN_TEXT},
    {"target", COLUMN_BOOL},         {"needed", COLUMN_BOOL},
    {"instructions", COLUMN_NUMBER}, {"rootfs_bytes", COLUMN_NUMBER},
    {"made_bytes", COLUMN_NUMBER},   {"left_bytes", COLUMN_NUMBER},
};

static const char *base_of(const struct catalog_stage *s)
{
	if (s->s->base_kind == BASE_STAGE)
		return s->build->stages[s->s->base_stage].name;
	return s->s->base_kind == BASE_SCRATCH ? "scratch" : s->s->base_ref;
}

static int add_sizes(const struct report_ctx *ctx, struct table *t,
		     const struct catalog_stage *s, struct err *err)
{
	_cleanup_(left_behind_release) struct left_behind left = {0};
	struct tree_totals totals;
	int r;

	if (!s->n_layers) {
		for (int i = 0; i < 3; i++)
			table_unknown(t);
		return 0;
	}
	r = left_behind_make(ctx->forest, ctx->catalog, s, &left, err);
	if (r < 0)
		return r;
	if (attribute_totals(left.tree, &totals) < 0)
		return err_oom(err);
	table_number(t, totals.bytes);
	table_number(t, left.made_bytes);
	table_number(t, left.bytes);
	return 0;
}

static int add_stage(const struct report_ctx *ctx, struct table *t,
		     const struct catalog_stage *s, struct err *err)
{
	static const char *const kinds[] = {"unknown", "scratch", "stage", "image"};
	const struct catalog_image *img =
	    s->s->image ? catalog_image(ctx->catalog, s->s->image) : NULL;

	table_str(t, s->build->name);
	table_str(t, s->name);
	table_str(t, evidence_name(s->s->name_by));
	table_str(t, base_of(s));
	table_str(t, kinds[s->s->base_kind]);
	table_str(t, evidence_name(s->s->base_by));
	if (s->s->base_known)
		table_number(t, s->s->base_layers);
	else
		table_unknown(t);
	if (s->n_layers)
		table_number(t, s->n_layers);
	else
		table_unknown(t);
	table_str(t, evidence_name(s->s->layers_by));
	table_str(t, img ? img->name : NULL);
	table_bool(t, s->s->target);
	table_bool(t, s->s->needed);
	table_number(t, s->s->n_instructions);
	return add_sizes(ctx, t, s, err);
}

static int add_build(const struct report_ctx *ctx, struct table *t,
		     const struct catalog_build *b, struct err *err)
{
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < b->n_stages; k++)
		r = add_stage(ctx, t, &b->stages[k], err);
	return r;
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	struct table t;
	int r = 0;

	table_begin(&t, "stages", columns, ARRAY_SIZE(columns), format == REPORT_JSON, out);
	if (ctx->build)
		r = add_build(ctx, &t, ctx->build, err);
	for (size_t i = 0; !ctx->build && r == 0 && i < ctx->catalog->n_builds; i++)
		if (ctx->catalog->builds[i].shown)
			r = add_build(ctx, &t, &ctx->catalog->builds[i], err);
	if (r < 0)
		return r;
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_stages_index = {
    "stages", REPORT_INDEX, REPORT_TABLE,
    "every stage of every build, how it is known, and what it left behind", render};
const struct report report_stages_build = {
    "stages", REPORT_BUILD, REPORT_TABLE,
    "the stages of the build, how they are known, and what they left behind", render};
