/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "model/origin.h"
#include "out.h"
#include "path_life.h"
#include "report/report.h"
#include "util/escape.h"

#include <string.h>

static void add_text(struct buf *out, struct bytes text)
{
	escape_text(out, text);
}

static int add_path(struct buf *out, const struct tree *t, uint32_t node)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (node_path(t->nodes, node, &path) < 0)
		return -ENOMEM;
	buf_add_char(out, '/');
	return escape_text(out, buf_bytes(&path));
}

/* "came with the base, busybox:base" */
static int add_origin(struct buf *out, const struct origins *o, const struct origin *n)
{
	const struct origin_word *w = &o->words[n->word];
	const struct build_stage *s = o->stage->s;
	int r = 0;

	switch (w->kind) {
	case ORIGIN_BASE:
		buf_add_str(out, "came with the base");
		if (s->base_ref) {
			buf_add_str(out, ", ");
			add_text(out, bytes_from_str(s->base_ref));
		}
		break;
	case ORIGIN_MADE:
		buf_add_str(out, "was made");
		break;
	case ORIGIN_CONTEXT:
		buf_add_str(out, "was copied from the build context");
		break;
	case ORIGIN_UNKNOWN:
		buf_add_str(out, "is of unknown origin: no input says what made its layer, or "
				 "where that was copied from");
		break;
	default:
		buf_add_str(out, "was copied from ");
		add_text(out, bytes_from_str(w->name));
		if (n->source != ORIGIN_NOWHERE) {
			buf_add_str(out, n->match == MATCH_EXACT
					     ? ", where it is "
					     : ", where the same content is ");
			r = add_path(out, w->tree, n->source);
		} else {
			buf_add_str(out, w->tree ? ", which has no such file now"
						 : ", whose layers no input holds");
		}
	}
	return r;
}

static int describe(struct buf *out, const struct origins *o, uint32_t node, struct err *err)
{
	const struct catalog_stage *s = o->stage;
	const struct node *f = &o->tree->nodes[node];
	const struct origin *n = &o->nodes[node];
	char size[16];

	if (add_path(out, o->tree, node) < 0)
		return err_oom(err);
	if (node_is_dir(f)) {
		buf_add_str(out, " is a directory: ask for a file in it.\n");
		return 0;
	}
	if (S_ISREG(f->mode))
		buf_addf(out, " (%s)", format_size(f->size, size));
	buf_add_char(out, ' ');
	if (add_origin(out, o, n) < 0)
		return err_oom(err);
	if (n->position) {
		buf_addf(out, "; it is stored in layer %s", s->layers[n->position - 1].nn);
		if (s->layers[n->position - 1].instruction.len) {
			buf_add_str(out, ", made by ");
			add_text(out, s->layers[n->position - 1].instruction);
		}
	}
	if (n->edge != ORIGIN_NOWHERE)
		buf_addf(out, ". Known by %s", evidence_name(s->s->edges[n->edge].by));
	buf_add_str(out, ".\n");
	return 0;
}

/* ---- what it hides, and where else it is ---- */

#define HIDDEN_MAX 5

/* "layer 03, made by RUN npm ci" */
static void add_layer(struct buf *out, const struct image_chain *c, uint32_t position)
{
	buf_addf(out, "layer %s", c->layers[position].nn);
	if (c->layers[position].instruction.len) {
		buf_add_str(out, ", made by ");
		add_text(out, c->layers[position].instruction);
	}
}

/* "layer 02 added 292 B (RUN seq 1 100 > one)" */
static void add_older(struct buf *out, const struct image_chain *c,
		      const struct pathlog_row *row)
{
	static const char *const did[] = {
	    [PATHLOG_ADDED] = "added it",
	    [PATHLOG_CHANGED] = "changed it",
	    [PATHLOG_METADATA] = "stored the same content again",
	    [PATHLOG_DELETED] = "deleted it",
	};
	const struct catalog_layer *l = &c->layers[row->position];
	char size[16];

	buf_addf(out, "layer %s %s", l->nn, did[row->event]);
	if (row->node && S_ISREG(row->node->mode))
		buf_addf(out, ", %s", format_size(row->node->size, size));
	if (l->instruction.len) {
		buf_add_str(out, " (");
		add_text(out, l->instruction);
		buf_add_char(out, ')');
	}
}

/* What became of the path before the last layer that touched it. */
static void add_hidden(struct buf *out, const struct image_chain *c,
		       const struct path_life *life)
{
	size_t n = life->rows.n ? life->rows.n - 1 : 0;

	if (!n)
		return;
	buf_add_str(out, "It hides what was here before: ");
	if (n > HIDDEN_MAX)
		buf_addf(out, "%zu more (see stagefs log); ", n - HIDDEN_MAX);
	for (size_t i = n > HIDDEN_MAX ? n - HIDDEN_MAX : 0; i < n; i++) {
		add_older(out, c, &life->rows.v[i]);
		buf_add_str(out, i + 1 < n ? "; " : ".\n");
	}
}

static int add_copies(struct session *s, struct buf *out, const struct node *n, struct err *err)
{
	struct entry_row row;
	uint64_t copies = 0;
	int r = S_ISREG(n->mode) ? entries_find(s->db, n->inode, &row, err) : 0;

	if (r == 1 && row.xxh128.len)
		r = entries_count_copies(s->db, &row, &copies, err);
	if (r >= 0 && copies > 1)
		buf_addf(out, "Its content is stored %llu times in this index.\n",
			 (unsigned long long)copies);
	return MIN(r, 0);
}

/* A path that the image has no more: who added it, who deleted it. */
static int describe_gone(struct buf *out, const struct image_chain *c,
			 const struct path_life *life, struct err *err)
{
	const struct pathlog_row *last = &life->rows.v[life->rows.n - 1];

	buf_add_char(out, '/');
	escape_text(out, buf_bytes(&life->path));
	buf_add_str(out, " is gone: deleted by ");
	add_layer(out, c, last->position);
	for (size_t i = life->rows.n - 1; i-- > 0;)
		if (life->rows.v[i].event == PATHLOG_ADDED) {
			buf_add_str(out, "; added by ");
			add_layer(out, c, life->rows.v[i].position);
			break;
		}
	buf_add_str(out, ".\n");
	return buf_status(out) < 0 ? err_oom(err) : 0;
}

/* ---- the command ---- */

static int describe_there(struct session *s, struct buf *out, const struct image_chain *c,
			  const struct path_life *life, struct err *err)
{
	_cleanup_(origins_freep) struct origins *origins = NULL;
	struct forest *forest;
	uint32_t node;
	int r = session_forest(s, &forest, err);

	if (r == 0)
		r = origins_make(forest, s->catalog, c->stage, &origins, err);
	if (r < 0)
		return r;
	node = node_lookup(origins->tree->nodes, buf_bytes(&life->path));
	if (node == UINT32_MAX)
		return err_set(err, ESTALE, "the index has changed (try again)");
	r = describe(out, origins, node, err);
	if (r < 0 || node_is_dir(&origins->tree->nodes[node]))
		return r;
	add_hidden(out, c, life);
	return add_copies(s, out, &origins->tree->nodes[node], err);
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(mountpath_release) struct mountpath mount = {0};
	_cleanup_(path_life_release) struct path_life life = {0};
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	const char *path;
	struct image_chain c;
	int r;

	(void)o;
	r = path_life_argument("why", argc, argv, &mount, &path, err);
	if (r == 0)
		r = image_chain_find(s, argv[0], &c, err);
	if (r == 0 && (!c.stage || !c.stage->n_layers))
		r = err_set(err, ENOENT, "%s: its stages are not known (index it again)",
			    c.name);
	if (r == 0)
		r = path_life_open(s, &c, path, &life, err);
	if (r < 0)
		return r;
	r = life.rows.v[life.rows.n - 1].event == PATHLOG_DELETED
		? describe_gone(&out, &c, &life, err)
		: describe_there(s, &out, &c, &life, err);
	return r < 0 ? r : out_write(buf_bytes(&out), err);
}

const struct cmd cmd_why = {
    .name = "why",
    .args = "IMAGE [PATH]",
    .summary = "where a file comes from: base, context, own RUN, or another stage",
    .details = "Also which earlier versions of the path it hides, how often its content is\n"
	       "stored, and of a path that is gone, who deleted it. A path inside a mounted\n"
	       "tree is enough by itself. IMAGE#STAGE names a stage of the image's build.",
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
