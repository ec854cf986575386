/* SPDX-License-Identifier: MIT */
#include "report/report_internal.h"

static const struct column columns[] = {
    {"ord", COLUMN_NUMBER},       {"created", COLUMN_TEXT},     {"layer", COLUMN_TEXT},
    {"empty_layer", COLUMN_BOOL}, {"instruction", COLUMN_TEXT}, {"created_by", COLUMN_TEXT},
    {"comment", COLUMN_TEXT},     {"author", COLUMN_TEXT},
};

struct job {
	struct table *t;
	const struct catalog_image *img;
};

static void add_position(const struct job *j, int64_t position)
{
	if (position > 0 && position <= j->img->n_layers)
		table_str(j->t, j->img->layers[position - 1].nn);
	else
		table_unknown(j->t);
}

static int add_row(void *arg, const struct history_row *row)
{
	struct job *j = arg;
	struct history_entry h = {row->created_by, row->comment, row->author, row->empty_layer};
	struct instruction in;
	int r = history_instruction(&h, &in);

	table_number(j->t, row->ord);
	table_str(j->t, row->created);
	add_position(j, row->position);
	table_bool(j->t, row->empty_layer);
	table_text(j->t, buf_bytes(&in.text));
	table_text(j->t, row->created_by);
	table_text(j->t, row->comment);
	table_text(j->t, row->author);
	instruction_release(&in);
	return r;
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	struct table t;
	struct job j = {&t, ctx->image};
	int r;

	table_begin(&t, "history", columns, ARRAY_SIZE(columns), format == REPORT_JSON, out);
	r = history_each(ctx->db, ctx->image->id, add_row, &j, err);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	return table_end(&t) < 0 ? err_oom(err) : 0;
}

const struct report report_history = {"history", REPORT_IMAGE, REPORT_TABLE,
				      "the instructions of the image, and the layers they made",
				      render};
