/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "out.h"
#include "report/report.h"
#include "util/escape.h"

#include <string.h>

#define NOBODY UINT32_MAX

struct standing {
	const struct catalog *c;
	uint32_t *on; /* per image: the one it stands on */
	bool *shown;
	struct buf out;
};

/* Are all layers of a the first ones of b? */
static bool begins(const struct catalog_image *a, const struct catalog_image *b)
{
	if (!a->n_layers || a->n_layers >= b->n_layers)
		return false;
	for (uint32_t k = 0; k < a->n_layers; k++)
		if (strcmp(a->layers[k].diff_id, b->layers[k].diff_id) != 0)
			return false;
	return true;
}

static uint32_t base_of(const struct catalog *c, uint32_t image)
{
	uint32_t best = NOBODY;

	for (uint32_t i = 0; i < c->n_images; i++)
		if (begins(&c->images[i], &c->images[image]) &&
		    (best == NOBODY || c->images[i].n_layers > c->images[best].n_layers))
			best = i;
	return best;
}

/* Content of the layers behind those of the base. */
static uint64_t added_bytes(const struct catalog *c, const struct catalog_image *img,
			    uint32_t from)
{
	uint64_t sum = 0;

	for (uint32_t k = from; k < img->n_layers; k++) {
		const struct catalog_stored_layer *l =
		    catalog_stored_layer(c, img->layers[k].layer);

		sum += l ? l->content_bytes : 0;
	}
	return sum;
}

static void add_line(struct standing *s, uint32_t image, unsigned depth)
{
	const struct catalog_image *img = &s->c->images[image];
	uint32_t base = s->on[image];
	uint32_t from = base == NOBODY ? 0 : s->c->images[base].n_layers;
	char size[16];

	for (unsigned k = 0; k < depth; k++)
		buf_add_str(&s->out, "  ");
	escape_text(&s->out, bytes_from_str(img->name));
	buf_addf(&s->out, "  %s%s in %u layer%s\n", base == NOBODY ? "" : "+",
		 format_size(added_bytes(s->c, img, from), size), img->n_layers - from,
		 img->n_layers - from == 1 ? "" : "s");
	s->shown[image] = true;
}

/* Depth is bounded by the layers of an image, which the index limits. */
static void add_below(struct standing *s, uint32_t base, unsigned depth)
{
	for (uint32_t i = 0; i < s->c->n_images; i++) {
		if (s->on[i] != base || s->shown[i])
			continue;
		add_line(s, i, depth);
		add_below(s, i, depth + 1);
	}
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	struct standing t = {.out = BUF_INIT};
	struct catalog *c;
	int r = session_catalog(s, &c, err);

	(void)o;
	(void)argc;
	(void)argv;
	if (r < 0)
		return r;
	t.c = c;
	t.on = calloc(c->n_images + 1, sizeof(*t.on));
	t.shown = calloc(c->n_images + 1, sizeof(*t.shown));
	if (t.on && t.shown) {
		for (uint32_t i = 0; i < c->n_images; i++)
			t.on[i] = base_of(c, i);
		add_below(&t, NOBODY, 0);
	}
	r = t.on && t.shown && buf_status(&t.out) == 0 ? out_write(buf_bytes(&t.out), err)
						       : err_oom(err);
	buf_release(&t.out);
	free(t.on);
	free(t.shown);
	return r;
}

const struct cmd cmd_tree = {
    .name = "tree",
    .args = "",
    .summary = "which image stands on which, and what it adds",
    .max_args = 0,
    .run = run,
};
