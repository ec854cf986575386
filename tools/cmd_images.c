/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "model/sharing.h"
#include "out.h"
#include "print_report.h"

#include <stdio.h>

static const struct opt opts[] = {
    {"format", 0, "text|tsv|json", "default text; tsv and json are the report `images`"},
    {0},
};

static const struct out_column columns[] = {
    {"IMAGE", OUT_LEFT},   {"PLATFORM", OUT_LEFT}, {"SIZE", OUT_RIGHT},
    {"UNIQUE", OUT_RIGHT}, {"SHARED", OUT_RIGHT},  {"PULL", OUT_RIGHT},
    {"LAYERS", OUT_RIGHT}, {"BASE", OUT_LEFT},     {"ARCHIVE", OUT_LEFT},
};

/* "there", "gone", "partly gone": can the content of the image be read? */
static const char *availability(struct content *content, const struct catalog_image *img)
{
	uint32_t there = 0, all = 0;

	for (uint32_t i = 0; i < img->n_layers; i++) {
		if (!img->layers[i].layer)
			continue;
		all++;
		there += content_layer_available(content, img->layers[i].layer);
	}
	return there == all ? "there" : there ? "partly gone" : "gone";
}

static int add_row(struct out_table *t, const struct catalog *c, struct content *content,
		   const struct catalog_image *img)
{
	struct sharing s = sharing_of(c, img);
	char size[16], unique[16], shared[16], pull[16] = "?", layers[16];
	const char *cells[] = {img->name,
			       img->platform,
			       size,
			       unique,
			       shared,
			       pull,
			       layers,
			       s.base ? s.base->name : "-",
			       availability(content, img)};
	uint64_t blobs;
	int r = 0;

	format_size(s.content, size);
	format_size(s.unique, unique);
	format_size(s.shared, shared);
	if (img->n_layers && report_pull_bytes(img, &blobs))
		format_size(blobs, pull);
	snprintf(layers, sizeof(layers), "%u", img->n_layers);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(cells); i++)
		r = out_table_cell(t, bytes_from_str(cells[i]));
	return r;
}

/* The parts that add up to what all layers hold. */
static int print_totals(const struct catalog *c, struct err *err)
{
	struct sharing_totals t = sharing_totals(c);
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	char size[16];

	buf_addf(&line, "\n%s unique", format_size(t.unique, size));
	buf_addf(&line, " + %s shared, counted once", format_size(t.shared, size));
	if (t.stages_only)
		buf_addf(&line, " + %s in stages only", format_size(t.stages_only, size));
	buf_addf(&line, " = %s in %zu layer%s\n", format_size(t.content, size), c->n_layers,
		 c->n_layers == 1 ? "" : "s");
	return buf_status(&line) < 0 ? err_oom(err) : out_write(buf_bytes(&line), err);
}

static int print_table(struct session *s, struct err *err)
{
	_cleanup_(out_table_freep) struct out_table *t = NULL;
	struct content *content;
	struct catalog *c;
	int r = session_catalog(s, &c, err);

	if (r == 0)
		r = session_content(s, &content, err);
	if (r < 0)
		return r;
	if (out_table_new(columns, ARRAY_SIZE(columns), &t) < 0)
		return err_oom(err);
	for (size_t i = 0; i < c->naming.entries.n; i++) {
		const struct naming_entry *e = &c->naming.entries.v[i];

		if (e->kind == NAMING_DIR &&
		    add_row(t, c, content, catalog_image(c, e->image)) < 0)
			return err_oom(err);
	}
	r = out_table_print(t, err);
	return r < 0 || s->quiet || !c->n_images ? r : print_totals(c, err);
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	int format, r = opts_word(o, "format", "text|tsv|json", 0, &format, err);

	(void)argc;
	(void)argv;
	if (r < 0)
		return r;
	return format == 0 ? print_table(s, err)
			   : print_report(s, REPORT_INDEX, "images", NULL,
					  format == 1 ? REPORT_TSV : REPORT_JSON, err);
}

const struct cmd cmd_images = {
    .name = "images",
    .args = "",
    .summary = "how big each image is, and whether its archive is still there",
    .details =
	"SIZE is the content of all layers, UNIQUE that of layers which no other indexed "
	"image\n"
	"has, SHARED the rest; PULL what a pull transfers ('?': the archive holds plain\n"
	"layers); BASE the largest indexed image it stands on. The last line (not with\n"
	"--quiet) adds up what is unique and, once, what is shared.",
    .opts = opts,
    .max_args = 0,
    .run = run,
};
