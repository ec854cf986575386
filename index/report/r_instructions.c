/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

static const struct column columns[] = {
    {"ord", COLUMN_NUMBER},   {"line", COLUMN_NUMBER},      {"last_line", COLUMN_NUMBER},
    {"keyword", COLUMN_TEXT}, {"instruction", COLUMN_TEXT}, {"layer", COLUMN_TEXT},
    {"from", COLUMN_TEXT},    {"evidence", COLUMN_TEXT},
};

static const char *source_of(const struct catalog_stage *s, uint32_t instruction,
			     struct buf *text)
{
	for (uint32_t k = 0; k < s->s->n_edges; k++) {
		const struct build_edge *e = &s->s->edges[k];

		if (e->instruction != instruction)
			continue;
		switch (e->source) {
		case SOURCE_STAGE:
			return s->build->stages[e->source_stage].name;
		case SOURCE_IMAGE:
			buf_addf(text, "image:%s", e->source_ref ? e->source_ref : "");
			return buf_str(text);
		case SOURCE_CONTEXT:
			return "@context";
		default:
			return "@unknown";
		}
	}
	return NULL;
}

static void add_row(struct table *t, const struct catalog_stage *s, uint32_t k)
{
	const struct build_instruction *i = &s->s->instructions[k];
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	table_number(t, k);
	if (i->line0) {
		table_number(t, i->line0);
		table_number(t, i->line1);
	} else {
		table_unknown(t);
		table_unknown(t);
	}
	table_str(t, i->keyword);
	table_text(t, i->text);
	table_str(t, i->position && i->position <= s->n_layers ? s->layers[i->position - 1].nn
							       : NULL);
	table_str(t, source_of(s, k, &text));
	table_str(t, evidence_name(i->by));
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	struct table t;

	table_begin(&t, "instructions", columns, ARRAY_SIZE(columns), format == REPORT_JSON,
		    out);
	for (uint32_t k = 0; k < ctx->stage->s->n_instructions; k++)
		add_row(&t, ctx->stage, k);
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_instructions = {
    "instructions", REPORT_STAGE, REPORT_TABLE,
    "the stage's instructions, the layers they made, what they copied from", render};
