/* SPDX-License-Identifier: MIT */
#include "verify_duplicates.h"

#include "model/dups.h"
#include "out.h"
#include "report/report.h"
#include "util/escape.h"

struct proving {
	struct session *s;
	struct content *content;
	struct uses uses;
	struct dup_scope scope;
	struct dups dups;
	uint32_t *layers;
	struct dup_copy_vec copies;
	uint64_t compared, bytes; /* copies, and of these the bytes */
	bool bad;
};

static void proving_release(struct proving *p)
{
	dup_copy_vec_release(&p->copies);
	dups_release(&p->dups);
	free(p->layers);
	uses_release(&p->uses);
}

/* A path in the mount, "images/app:1/layers/02-RUN-make/usr/bin/x". */
static void add_place(struct proving *p, const struct dup_copy *copy, struct buf *line)
{
	const struct used_layer *l = &p->uses.layers[copy->layer];
	_cleanup_(buf_release) struct buf place = BUF_INIT;

	if (uses_place(&p->uses, &p->uses.uses.v[l->first], &place) < 0)
		line->failed = true;
	buf_add_char(&place, '/');
	buf_add_bytes(&place, copy->path);
	if (buf_status(&place) < 0)
		line->failed = true;
	escape_text(line, buf_bytes(&place));
}

static int say(struct proving *p, const struct dup_copy *a, const struct dup_copy *b,
	       struct buf *why, struct err *err)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;

	p->bad = true;
	buf_add_str(&line, "BAD  ");
	add_place(p, a, &line);
	buf_add_str(&line, " and ");
	add_place(p, b, &line);
	buf_addf(&line, ": %s\n", buf_str(why));
	if (buf_status(&line) < 0)
		return err_oom(err);
	return out_write(buf_bytes(&line), err) < 0 ? -EIO : 0;
}

/* Is it about these bytes, rather than about us? */
static bool is_verdict(int r)
{
	return r == -ENOENT || r == -ESTALE || r == -EIO;
}

static int compare(struct proving *p, const struct dup_group *g, const struct dup_copy *a,
		   const struct dup_copy *b, struct err *err)
{
	const int64_t pair[2] = {a->entry, b->entry};
	_cleanup_(buf_release) struct buf why = BUF_INIT;
	struct err reason = ERR_INIT;
	uint64_t at;
	int which;
	int r = content_compare(p->content, pair, g->size, &at, &which, &reason);

	p->compared++;
	if (r == 0) {
		p->bytes += g->size;
		return 0;
	}
	if (r == 1)
		buf_addf(&why, "differ at byte %llu, though size and hash are equal",
			 (unsigned long long)at + 1);
	else if (is_verdict(r))
		buf_addf(&why, "the %s cannot be read: %s", which ? "second" : "first",
			 reason.msg);
	else
		return err_set(err, -r, "%s", reason.msg);
	return say(p, a, b, &why, err);
}

static int prove_group(struct proving *p, size_t group, struct err *err)
{
	_cleanup_(arena_release) struct arena paths = {0};
	const struct dup_group *g = &p->dups.groups.v[group];
	int r = dups_copies(p->s->db, &p->scope, &p->dups, group, &p->copies, &paths, err);

	for (size_t i = 1; r == 0 && i < p->copies.n; i++)
		r = compare(p, g, &p->copies.v[0], &p->copies.v[i], err);
	return r;
}

static int summarize(struct proving *p, struct err *err)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	char size[16];

	if (p->s->quiet || p->bad)
		return 0;
	buf_addf(&line, "ok   %llu copies in %llu groups equal the first, byte by byte: %s\n",
		 (unsigned long long)p->compared, (unsigned long long)p->dups.groups.n,
		 format_size(p->bytes, size));
	return out_write(buf_bytes(&line), err) < 0 ? -EIO : 0;
}

DEFINE_VEC(chain_vec, struct catalog_layer)

static int choose_scope(struct proving *p, const struct catalog *c, const int64_t *images,
			size_t n)
{
	_cleanup_(chain_vec_release) struct chain_vec all = {0};

	p->scope = (struct dup_scope){.uses = &p->uses};
	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct catalog_image *img = catalog_image(c, images[i]);

		for (uint32_t k = 0; img && k < img->n_layers; k++)
			if (chain_vec_push(&all, img->layers[k]) < 0)
				return -ENOMEM;
	}
	return dups_scope_of_chain(&p->uses, all.v, (uint32_t)all.n, &p->layers, &p->scope);
}

int verify_duplicates(struct session *s, const int64_t *images, size_t n, struct err *err)
{
	static const struct dup_limits limits = {.order = DUPS_BY_RECLAIMABLE};
	_cleanup_(proving_release) struct proving p = {.s = s};
	struct forest *forest;
	struct catalog *c;
	int r = session_catalog(s, &c, err);

	if (r == 0)
		r = session_forest(s, &forest, err);
	if (r == 0)
		r = session_content(s, &p.content, err);
	if (r < 0)
		return r;
	if (uses_make(c, &p.uses) < 0 || choose_scope(&p, c, images, n) < 0)
		return err_oom(err);
	r = dups_find(s->db, forest, &p.scope, &limits, &p.dups, err);
	for (size_t i = 0; r == 0 && i < p.dups.groups.n; i++)
		r = prove_group(&p, i, err);
	if (r == 0)
		r = summarize(&p, err);
	return r < 0 ? r : p.bad;
}
