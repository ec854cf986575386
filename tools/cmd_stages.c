/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "model/leftbehind.h"
#include "out.h"
#include "print_report.h"
#include "util/escape.h"

#include <stdio.h>

static const struct opt opts[] = {
    {"format", 0, "text|tsv|json", "default text; tsv and json are the report `stages`"},
    {0},
};

static const struct out_column columns[] = {
    {"STAGE", OUT_LEFT}, {"FROM", OUT_LEFT},  {"LAYERS", OUT_RIGHT},
    {"MADE", OUT_RIGHT}, {"LEFT", OUT_RIGHT}, {"KNOWN BY", OUT_LEFT},
};

static const char *base_of(const struct catalog_stage *st)
{
	if (st->s->base_kind == BASE_STAGE)
		return st->build->stages[st->s->base_stage].name;
	if (st->s->base_kind == BASE_SCRATCH)
		return "scratch";
	return st->s->base_ref ? st->s->base_ref : "?";
}

static int add_row(struct session *s, struct out_table *t, const struct catalog_stage *st,
		   struct err *err)
{
	_cleanup_(left_behind_release) struct left_behind left = {0};
	char name[300], made[16] = "-", left_text[16] = "-", layers[32] = "none here";
	const char *cells[] = {
	    name,      base_of(st),
	    layers,    made,
	    left_text, evidence_name(st->s->layers_by ? st->s->layers_by : st->s->name_by)};
	struct forest *forest;
	int r = session_forest(s, &forest, err);

	if (r == 0 && st->n_layers)
		r = left_behind_make(forest, s->catalog, st, &left, err);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s%s", st->name, st->s->target ? " *" : "");
	if (st->n_layers) {
		snprintf(layers, sizeof(layers), "%u", st->n_layers);
		format_size(left.made_bytes, made);
		format_size(left.bytes, left_text);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(cells); i++)
		r = out_table_cell(t, bytes_from_str(cells[i] ? cells[i] : "?"));
	return r < 0 ? err_oom(err) : 0;
}

static int print_build(struct session *s, const struct catalog_build *b, struct err *err)
{
	_cleanup_(out_table_freep) struct out_table *t = NULL;
	_cleanup_(buf_release) struct buf head = BUF_INIT;
	int r;

	if (out_table_new(columns, ARRAY_SIZE(columns), &t) < 0)
		return err_oom(err);
	escape_text(&head, bytes_from_str(b->name));
	buf_add_str(&head, "\n");
	r = out_write(buf_bytes(&head), err);
	for (uint32_t k = 0; r == 0 && k < b->n_stages; k++)
		r = add_row(s, t, &b->stages[k], err);
	if (r == 0)
		r = out_table_print(t, err);
	if (r < 0 || !b->b->note)
		return r;
	buf_clear(&head);
	escape_text(&head, bytes_from_str(b->b->note));
	buf_add_str(&head, "\n");
	return out_write(buf_bytes(&head), err);
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	struct report_ctx about = {0};
	struct catalog *c;
	int format, r = opts_word(o, "format", "text|tsv|json", 0, &format, err);

	if (r == 0 && argc)
		r = session_stage(s, argv[0], &about.image, &about.stage, err);
	if (r == 0)
		r = session_catalog(s, &c, err);
	if (r < 0)
		return r;
	about.build = about.stage ? about.stage->build : NULL;
	if (format)
		return print_report(s, about.build ? REPORT_BUILD : REPORT_INDEX, "stages",
				    &about, format == 1 ? REPORT_TSV : REPORT_JSON, err);
	if (about.build)
		return print_build(s, about.build, err);
	for (size_t i = 0; r == 0 && i < c->n_builds; i++)
		r = print_build(s, &c->builds[i], err);
	return r;
}

const struct cmd cmd_stages = {
    .name = "stages",
    .args = "[IMAGE]",
    .summary = "the stages of a build: what each stands on, made, and left behind",
    .details = "'*' marks the target. LEFT is what no later stage took: the bytes that the\n"
	       "multi-stage build saved. KNOWN BY says how its layers, or at least its name,\n"
	       "are known: user, label, provenance, cache, chain, dockerfile, history, tag,\n"
	       "content.",
    .opts = opts,
    .max_args = 1,
    .run = run,
};
