/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "image_tree.h"
#include "out.h"

#define PIECE ((size_t)1 << 20)

static const struct opt opts[] = {
    {"layer", 0, "N", "from layer N itself, also what later layers hide"},
    {0},
};

static int copy_out(struct content *c, const struct node *n, struct err *err)
{
	_cleanup_free_ char *piece = malloc(PIECE);

	if (!piece)
		return err_oom(err);
	for (uint64_t off = 0; off < n->size;) {
		size_t got;
		int r = content_pread(c, n->inode, piece, PIECE, off, &got, err);

		if (r == 0 && got == 0)
			r = err_set(err, EIO, "the file ends early");
		if (r == 0)
			r = out_write(bytes_make(piece, got), err);
		if (r < 0)
			return r;
		off += got;
	}
	return 0;
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(image_tree_release) struct image_tree t = {0};
	struct content *c;
	int r = image_tree_open(s, argv[0], opts_get(o, "layer", NULL), &t, err);

	if (r == 0)
		r = session_content(s, &c, err);
	for (int i = 1; r == 0 && i < argc; i++) {
		uint32_t at;

		r = resolve_path(t.nodes, bytes_from_str(argv[i]), true, &at, err);
		if (r == 0 && !S_ISREG(t.nodes[at].mode))
			r = err_set(err, EINVAL, "%s: not a regular file", argv[i]);
		if (r == 0)
			r = copy_out(c, &t.nodes[at], err);
	}
	return r;
}

const struct cmd cmd_cat = {
    .name = "cat",
    .args = "IMAGE PATH...",
    .summary = "print files of an image, without FUSE",
    .opts = opts,
    .min_args = 2,
    .max_args = -1,
    .run = run,
};
