/* SPDX-License-Identifier: MIT */
#include "report/duplicate_text.h"
#include "report/stage_text.h"
#include "report/waste_text.h"

#include "util/escape.h"

#include <stdio.h>

#define LARGEST 5

struct ranked {
	uint32_t at;
	uint64_t content;
};

static int compare(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	if (a->content != b->content)
		return a->content < b->content ? 1 : -1;
	return (a->at > b->at) - (a->at < b->at);
}

/* Platform and time are the config's own words: any bytes. */
static void add_head(const struct catalog_image *img, struct buf *out)
{
	const char *created = img->created ? img->created : "";
	char platform[34], time[24];

	escape_short(bytes_from_str(img->platform), platform, sizeof(platform));
	escape_short(bytes_make(created, strnlen(created, 19)), time, sizeof(time));
	buf_addf(out, "%s\n%s", img->name, platform);
	if (*time)
		buf_addf(out, "%screated %s", *platform ? ", " : "", time);
	buf_addf(out, "%s%.19s\n\n", *platform || *time ? ", " : "", img->config_digest);
}

static void add_sizes(const struct catalog_image *img, const struct image_measure *m,
		      struct buf *out)
{
	char a[16], b[16], c[16];
	uint64_t pull;
	double efficiency = m->content ? (double)m->visible / (double)m->content : 1;

	buf_addf(out, "ships      %s in %llu file%s (du -h says %s)\n",
		 format_size(m->totals.bytes, a), (unsigned long long)m->totals.files,
		 m->totals.files == 1 ? "" : "s", format_size_du(m->totals.blocks * 512, b));
	buf_addf(out, "stores     %s in %u layer%s; efficiency %.1f %%\n",
		 format_size(m->content, a), img->n_layers, img->n_layers == 1 ? "" : "s",
		 100 * efficiency);
	buf_addf(out, "wastes     %s: overwritten, deleted later, or stored again unchanged\n",
		 format_size(m->wasted, a));
	if (report_pull_bytes(img, &pull))
		buf_addf(out, "pull       %s compressed\n", format_size(pull, c));
	else
		buf_addf(out, "pull       unknown: the archive holds plain layers\n");
}

/* One layer a line, the instruction cut to what fits. */
static void add_layer(const struct catalog_layer *l, const struct layer_bytes *b,
		      struct buf *out)
{
	char size[16], wasted[16], text[43];

	escape_short(l->instruction, text, sizeof(text));
	buf_addf(out, "  %s %10s", l->nn, format_size(b->content, size));
	buf_addf(out, "  wasted %9s  %s\n", b->wasted ? format_size(b->wasted, wasted) : "-",
		 l->instruction.len ? text : "(no history)");
}

static int add_largest(const struct catalog_image *img, const struct image_measure *m,
		       struct buf *out, struct err *err)
{
	_cleanup_free_ struct ranked *ranked = calloc(img->n_layers + 1, sizeof(*ranked));

	if (!ranked)
		return err_oom(err);
	for (uint32_t i = 0; i < img->n_layers; i++)
		ranked[i] = (struct ranked){i, m->layers[i].content};
	qsort(ranked, img->n_layers, sizeof(*ranked), compare);
	buf_addf(out, "\nlargest layers\n");
	for (uint32_t i = 0; i < MIN(img->n_layers, (uint32_t)LARGEST); i++)
		add_layer(&img->layers[ranked[i].at], &m->layers[ranked[i].at], out);
	return 0;
}

static int count(void *arg, const char *code, struct bytes path, const char *detail)
{
	(void)code;
	(void)path;
	(void)detail;
	++*(uint64_t *)arg;
	return 0;
}

/* Between single quotes, for a command line that may be copied. */
static void add_quoted(const char *s, struct buf *out)
{
	buf_add_char(out, '\'');
	for (; *s; s++)
		if (*s == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *s);
	buf_add_char(out, '\'');
}

static int add_findings(const struct report_ctx *ctx, struct buf *out, struct err *err)
{
	uint64_t n = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < ctx->image->n_layers; i++)
		if (ctx->image->layers[i].layer)
			r = findings_each(ctx->db, ctx->image->layers[i].layer, count, &n, err);
	if (r < 0 || !n)
		return r;
	buf_addf(out, "\n%llu finding%s: stagefs report ", (unsigned long long)n,
		 n == 1 ? "" : "s");
	add_quoted(ctx->image->name, out);
	buf_add_str(out, " findings\n");
	return 0;
}

/* Where its files came from, and what the stages it was built in left behind. */
static int add_stages(const struct report_ctx *ctx, struct buf *out, struct err *err)
{
	const struct catalog_stage *s = catalog_stage_of(ctx->catalog, ctx->image);
	int r;

	if (!s || !s->n_layers)
		return 0;
	r = stage_text_ships(ctx, s, out, err);
	for (uint32_t k = 0; r == 0 && s->s->target && k < s->build->n_stages; k++)
		r = stage_text_left(ctx, &s->build->stages[k], out, err);
	return r;
}

static int add_waste(const struct report_ctx *ctx, const struct image_measure *m,
		     struct buf *out, struct err *err)
{
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	_cleanup_(wastes_release) struct wastes all = {0};
	int r;

	if (!m->wasted)
		return 0;
	r = forest_tree(ctx->forest, ctx->image->id, ctx->image->n_layers, &t, err);
	if (r == 0)
		r = wastes_make(ctx->forest, t, &all, err);
	if (r < 0)
		return r;
	return waste_text(ctx->image, &all, out, err);
}

static int add_sentences(const struct report_ctx *ctx, const struct image_measure *m,
			 struct buf *out, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int r = add_stages(ctx, &text, err);

	if (r == 0)
		r = add_waste(ctx, m, &text, err);
	if (r == 0)
		r = duplicate_text(ctx, &text, err);
	if (r < 0 || !text.len)
		return r;
	buf_add_char(out, '\n');
	buf_add_bytes(out, buf_bytes(&text));
	return buf_status(&text) < 0 ? err_oom(err) : 0;
}

static int render(const struct report_ctx *ctx, enum report_format format, struct buf *out,
		  struct err *err)
{
	_cleanup_(image_measure_release) struct image_measure m = {0};
	int r = report_measure(ctx, ctx->image, &m, err);

	(void)format;
	if (r < 0)
		return r;
	add_head(ctx->image, out);
	add_sizes(ctx->image, &m, out);
	r = add_sentences(ctx, &m, out, err);
	if (r == 0)
		r = add_largest(ctx->image, &m, out, err);
	if (r == 0)
		r = add_findings(ctx, out, err);
	if (r < 0)
		return r;
	return buf_status(out) < 0 ? err_oom(err) : 0;
}

const struct report report_summary = {"summary", REPORT_IMAGE, 1u << REPORT_TXT,
				      "the image in ten lines", render};
