/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "model/sharing.h"
#include "out.h"
#include "report/report.h"
#include "util/escape.h"

struct standing {
	const struct catalog *c;
	struct sharing *of; /* per image */
	struct buf out;
};

/* An image of the index shares all it has with one that stands on it. */
static void add_line(struct standing *s, uint32_t image, unsigned depth)
{
	const struct catalog_image *img = &s->c->images[image];
	const struct sharing *of = &s->of[image];
	uint32_t layers = img->n_layers - (of->base ? of->base->n_layers : 0);
	char size[16];

	for (unsigned k = 0; k < depth; k++)
		buf_add_str(&s->out, "  ");
	escape_text(&s->out, bytes_from_str(img->name));
	buf_addf(&s->out, "  %s%s in %u layer%s", of->base ? "+" : "",
		 format_size(of->added, size), layers, layers == 1 ? "" : "s");
	buf_addf(&s->out, "; %s unique", format_size(of->unique, size));
	buf_addf(&s->out, ", %s shared\n", format_size(of->shared, size));
}

/* Depth is bounded by the layers of an image, which the index limits. */
static void add_above(struct standing *s, const struct catalog_image *base, unsigned depth)
{
	for (uint32_t i = 0; i < s->c->n_images; i++) {
		if (s->of[i].base != base)
			continue;
		add_line(s, i, depth);
		add_above(s, &s->c->images[i], depth + 1);
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
	t.of = calloc(c->n_images + 1, sizeof(*t.of));
	for (uint32_t i = 0; t.of && i < c->n_images; i++)
		t.of[i] = sharing_of(c, &c->images[i]);
	if (t.of)
		add_above(&t, NULL, 0);
	r = t.of && buf_status(&t.out) == 0 ? out_write(buf_bytes(&t.out), err) : err_oom(err);
	buf_release(&t.out);
	free(t.of);
	return r;
}

const struct cmd cmd_tree = {
    .name = "tree",
    .args = "",
    .summary = "which image stands on which, what it adds, and what of it no other has",
    .max_args = 0,
    .run = run,
};
