/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "image_tree.h"
#include "model/diff.h"
#include "out.h"
#include "report/report.h"
#include "util/escape.h"

#include <string.h>

struct differing {
	struct buf out;
	uint64_t added, removed, changed;    /* entries */
	uint64_t added_bytes, removed_bytes; /* of regular files */
};

static uint64_t size_of(const struct node *n)
{
	return n && S_ISREG(n->mode) ? n->size : 0;
}

static int add_line(void *arg, const struct diff_entry *e)
{
	static const char marks[] = "+-~";
	struct differing *d = arg;
	char size[16];

	d->added += e->kind == DIFF_ADDED;
	d->removed += e->kind == DIFF_REMOVED;
	d->changed += e->kind == DIFF_CHANGED;
	d->added_bytes += size_of(e->b);
	d->removed_bytes += size_of(e->a);
	buf_addf(&d->out, "%c %9s  /", marks[e->kind],
		 e->kind == DIFF_CHANGED ? format_size(size_of(e->b), size)
					 : format_size(size_of(e->a) + size_of(e->b), size));
	escape_text(&d->out, e->path);
	return buf_add_str(&d->out, node_is_dir(e->b ? e->b : e->a) ? "/\n" : "\n");
}

static int open_tree(struct session *s, const char *name, struct tree **ret, struct err *err)
{
	struct image_chain c;
	int r = image_chain_find(s, name, &c, err);

	return r < 0 ? r : image_chain_tree(s, &c, ret, err);
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(tree_unrefp) struct tree *a = NULL, *b = NULL;
	_cleanup_(hashes_release) struct hashes hashes = {0};
	struct differing d = {.out = BUF_INIT};
	char added[16], removed[16];
	int r = open_tree(s, argv[0], &a, err);

	(void)o;
	(void)argc;
	if (r == 0)
		r = open_tree(s, argv[1], &b, err);
	/* Either may have been an input, whose indexing begins the session anew. */
	if (r == 0)
		r = session_forest(s, &hashes.forest, err);
	if (r == 0)
		r = diff_trees(a, b, &hashes, add_line, &d, err);
	if (r == 0 && (d.added || d.removed || d.changed))
		buf_addf(&d.out, "%llu added, %llu removed, %llu changed; +%s, -%s\n",
			 (unsigned long long)d.added, (unsigned long long)d.removed,
			 (unsigned long long)d.changed, format_size(d.added_bytes, added),
			 format_size(d.removed_bytes, removed));
	if (r == 0)
		r = out_write(buf_bytes(&d.out), err);
	buf_release(&d.out);
	return r < 0 ? r : d.added || d.removed || d.changed;
}

const struct cmd cmd_diff = {
    .name = "diff",
    .args = "IMAGE IMAGE",
    .summary = "what differs between two images or stages, with bytes",
    .details =
	"'+' is in the second only, '-' in the first only, '~' in both and not the same.\n"
	"Times are not compared. IMAGE#STAGE names a stage of the image's build. Exit\n"
	"status 1 if there is a difference.",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
