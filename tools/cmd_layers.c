/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "out.h"
#include "print_report.h"

#include <stdio.h>

static const struct opt opts[] = {
    {"format", 0, "text|tsv|json", "default text; tsv and json are the report `layers`"},
    {0},
};

static const struct out_column of_index[] = {
    {"LAYER", OUT_LEFT},
    {"CONTENT", OUT_RIGHT},
    {"ENTRIES", OUT_RIGHT},
    {"IMAGES", OUT_RIGHT},
};

static const struct out_column of_image[] = {
    {"NN", OUT_LEFT},      {"CONTENT", OUT_RIGHT},    {"ENTRIES", OUT_RIGHT},
    {"IMAGES", OUT_RIGHT}, {"INSTRUCTION", OUT_LEFT},
};

static int add_cells(struct out_table *t, const char *const *cells, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = out_table_cell(t, bytes_from_str(cells[i]));
	return r;
}

static void numbers(const struct catalog_stored_layer *l, char size[16], char entries[24],
		    char images[24])
{
	format_size(l ? l->content_bytes : 0, size);
	snprintf(entries, 24, "%llu", l ? (unsigned long long)l->entries : 0);
	snprintf(images, 24, "%u", l ? l->images : 0);
}

static int table_of_index(const struct catalog *c, struct err *err)
{
	_cleanup_(out_table_freep) struct out_table *t = NULL;
	char size[16], entries[24], images[24];

	if (out_table_new(of_index, ARRAY_SIZE(of_index), &t) < 0)
		return err_oom(err);
	for (size_t i = 0; i < c->n_layers; i++) {
		const char *cells[] = {c->layers[i].name, size, entries, images};

		numbers(&c->layers[i], size, entries, images);
		if (add_cells(t, cells, ARRAY_SIZE(cells)) < 0)
			return err_oom(err);
	}
	return out_table_print(t, err);
}

static int table_of_image(const struct catalog *c, const struct catalog_image *img,
			  struct err *err)
{
	_cleanup_(out_table_freep) struct out_table *t = NULL;
	char size[16], entries[24], images[24];

	if (out_table_new(of_image, ARRAY_SIZE(of_image), &t) < 0)
		return err_oom(err);
	for (uint32_t i = 0; i < img->n_layers; i++) {
		const struct catalog_layer *l = &img->layers[i];
		const char *cells[] = {l->nn, size, entries, images};

		numbers(catalog_stored_layer(c, l->layer), size, entries, images);
		if (add_cells(t, cells, ARRAY_SIZE(cells)) < 0 ||
		    out_table_cell(t, bytes_make(l->instruction.ptr,
						 MIN(l->instruction.len, (size_t)100))) < 0)
			return err_oom(err);
	}
	return out_table_print(t, err);
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	const struct catalog_image *img = NULL;
	struct catalog *c;
	int format, r = opts_word(o, "format", "text|tsv|json", 0, &format, err);

	if (r == 0 && argc)
		r = session_image(s, argv[0], &img, err);
	if (r == 0)
		r = session_catalog(s, &c, err);
	if (r < 0)
		return r;
	if (format)
		return print_report(s, img ? REPORT_IMAGE : REPORT_INDEX, "layers",
				    &(struct report_ctx){.image = img},
				    format == 1 ? REPORT_TSV : REPORT_JSON, err);
	return img ? table_of_image(c, img, err) : table_of_index(c, err);
}

const struct cmd cmd_layers = {
    .name = "layers",
    .args = "[IMAGE]",
    .summary = "the layers of an image in build order, or every stored layer",
    .opts = opts,
    .max_args = 1,
    .run = run,
};
