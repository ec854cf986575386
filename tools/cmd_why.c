/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "model/origin.h"
#include "model/resolve.h"
#include "mountpath.h"
#include "out.h"
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

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(origins_freep) struct origins *origins = NULL;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	_cleanup_free_ char *inside = NULL;
	const struct catalog_image *img;
	const struct catalog_stage *st;
	const char *path = argc > 1 ? argv[1] : NULL;
	struct forest *forest;
	uint32_t node;
	int r = 0;

	(void)o;
	if (!path) {
		inside = mountpath_below_rootfs(argv[0]);
		path = inside;
		if (!path)
			return err_set(
			    err, EINVAL,
			    "%s is no path inside a mounted rootfs (or say: stagefs why "
			    "IMAGE PATH)",
			    argv[0]);
	}
	r = session_stage(s, argv[0], &img, &st, err);
	if (r == 0)
		r = session_forest(s, &forest, err);
	if (r < 0)
		return r;
	if (!st || !st->n_layers)
		return err_set(err, ENOENT, "no input holds the layers of %s", argv[0]);
	r = origins_make(forest, s->catalog, st, &origins, err);
	if (r == 0)
		r = resolve_path(origins->tree->nodes, bytes_from_str(path), false, &node, err);
	if (r == 0)
		r = describe(&out, origins, node, err);
	return r < 0 ? r : out_write(buf_bytes(&out), err);
}

const struct cmd cmd_why = {
    .name = "why",
    .args = "IMAGE [PATH]",
    .summary = "where a file comes from: base, context, own RUN, or another stage",
    .details = "A path inside the rootfs of a mounted image is enough by itself. IMAGE#STAGE\n"
	       "names a stage of the image's build.",
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
