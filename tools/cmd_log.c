/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "out.h"
#include "path_life.h"
#include "report/report.h"

#include <stdio.h>

static const struct out_column columns[] = {
    {"LAYER", OUT_LEFT}, {"EVENT", OUT_LEFT}, {"SIZE", OUT_RIGHT},
    {"BELOW", OUT_LEFT}, {"STAGE", OUT_LEFT}, {"INSTRUCTION", OUT_LEFT},
};

/* Of a file what it has then; of a directory what the layer stores below it. */
static const char *size_of(const struct pathlog_row *row, char out[16])
{
	if (row->node && S_ISREG(row->node->mode))
		return format_size(row->node->size, out);
	return row->bytes ? format_size(row->bytes, out) : "-";
}

static const char *below(const struct pathlog_row *row, char out[80])
{
	if (!row->added && !row->changed && !row->deleted)
		return "-";
	snprintf(out, 80, "+%llu ~%llu -%llu", (unsigned long long)row->added,
		 (unsigned long long)row->changed, (unsigned long long)row->deleted);
	return out;
}

static int add_row(struct out_table *t, const struct image_chain *c,
		   const struct pathlog_row *row)
{
	const struct catalog_stage *maker =
	    c->stage ? catalog_stage_maker(c->stage, row->position + 1) : NULL;
	const struct catalog_layer *l = &c->layers[row->position];
	char size[16], counts[80];
	const char *cells[] = {l->nn, pathlog_event_name(row->event), size_of(row, size),
			       below(row, counts), maker ? maker->name : "-"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(cells); i++)
		r = out_table_cell(t, bytes_from_str(cells[i]));
	return r < 0 ? r : out_table_cell(t, l->instruction);
}

static int print(const struct image_chain *c, const struct path_life *life, struct err *err)
{
	_cleanup_(out_table_freep) struct out_table *t = NULL;

	if (out_table_new(columns, ARRAY_SIZE(columns), &t) < 0)
		return err_oom(err);
	vec_foreach (row, &life->rows)
		if (add_row(t, c, row) < 0)
			return err_oom(err);
	return out_table_print(t, err);
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(mountpath_release) struct mountpath mount = {0};
	_cleanup_(path_life_release) struct path_life life = {0};
	const char *path;
	struct image_chain c;
	int r;

	(void)o;
	r = path_life_argument("log", argc, argv, &mount, &path, err);
	if (r == 0)
		r = image_chain_find(s, argv[0], &c, err);
	if (r == 0)
		r = path_life_open(s, &c, path, &life, err);
	return r < 0 ? r : print(&c, &life, err);
}

const struct cmd cmd_log = {
    .name = "log",
    .args = "IMAGE [PATH]",
    .summary = "what each layer did to a path, also to one that is gone",
    .details =
	"'metadata' is the same content stored again, as chmod, chown and touch do. Of a\n"
	"directory: what happened below it (+ added, ~ changed, - deleted), and the bytes\n"
	"stored there. A path inside a mounted tree is enough by itself. IMAGE#STAGE names a\n"
	"stage of the image's build.",
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
