/* SPDX-License-Identifier: MIT */
#include "report/stage_text.h"

#include "util/escape.h"

static void add_head(const struct catalog_stage *s, struct buf *out)
{
	buf_addf(out, "stage %s of %s%s%s\n", s->name, s->build->name,
		 s->s->target ? ", the target" : "",
		 s->s->needed ? "" : ", not needed by the target");
	buf_addf(out, "named by %s", evidence_name(s->s->name_by));
	if (s->s->base_kind == BASE_STAGE)
		buf_addf(out, "; stands on stage %s (%s)",
			 s->build->stages[s->s->base_stage].name, evidence_name(s->s->base_by));
	else if (s->s->base_kind == BASE_SCRATCH)
		buf_add_str(out, "; stands on scratch");
	else if (s->s->base_ref)
		buf_addf(out, "; stands on %s (%s)", s->s->base_ref,
			 evidence_name(s->s->base_by));
	buf_add_char(out, '\n');
	if (s->n_layers && s->s->base_known)
		buf_addf(out, "%u layers, %u of them its base's; known by %s\n", s->n_layers,
			 s->s->base_layers, evidence_name(s->s->layers_by));
	else if (s->n_layers)
		buf_addf(out, "%u layers; known by %s\n", s->n_layers,
			 evidence_name(s->s->layers_by));
	buf_add_char(out, '\n');
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	const struct catalog_stage *s = ctx->stage;
	int r;

	(void)format;
	add_head(s, out);
	if (!s->n_layers) {
		r = report_missing_stage(s, out);
		return r < 0 ? err_oom(err) : 0;
	}
	r = stage_text_ships(ctx, s, out, err);
	if (r == 0)
		r = stage_text_left(ctx, s, out, err);
	if (r < 0)
		return r;
	return buf_status(out) < 0 ? err_oom(err) : 0;
}

const struct report report_stage_summary = {"summary", REPORT_STAGE, 1u << REPORT_TXT,
					    "the stage in a few lines", render};
