/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "image_tree.h"
#include "out.h"
#include "util/escape.h"

#include <time.h>

static const struct opt opts[] = {
    {"recursive", 'R', NULL, "everything below PATH, as paths"},
    {"null", '0', NULL, "raw names, each ended by a NUL, for xargs -0"},
    {"long", 'l', NULL, "mode, links, owner, size, time, link target"},
    {"layer", 0, "N", "the tar of layer N itself"},
    {"all-layers", 0, NULL, "every layer's own tar, one after the other"},
    {0},
};

struct listing {
	const struct node *nodes;
	struct buf out;
	bool null, details, recursive;
	const char *prefix; /* "05-RUN-npm-ci/" with --all-layers, else "" */
};

static char type_letter(uint32_t mode)
{
	static const char letters[16] = "?pc?d?b?-?l?s???";

	return letters[mode >> 12 & 15];
}

static void add_mode(struct buf *out, uint32_t mode)
{
	static const char bits[] = "rwxrwxrwx";
	char text[11];

	text[0] = type_letter(mode);
	for (int i = 0; i < 9; i++)
		text[i + 1] = mode & 0400u >> i ? bits[i] : '-';
	if (mode & S_ISUID)
		text[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & S_IXOTH ? 't' : 'T';
	buf_add(out, text, 10);
}

static void add_details(struct listing *l, const struct node *n)
{
	time_t when = (time_t)n->mtime;
	char text[40] = "?";
	struct tm tm;

	if (gmtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	add_mode(&l->out, n->mode);
	buf_addf(&l->out, " %3u %5u %5u ", node_is_dir(n) ? 1 : n->nlink, n->uid, n->gid);
	if (node_is_device(n))
		buf_addf(&l->out, "%7u,%4u", n->rdev_major, n->rdev_minor);
	else
		buf_addf(&l->out, "%12llu", (unsigned long long)n->size);
	buf_addf(&l->out, " %s ", text);
}

static int add_line(struct listing *l, const struct node *n, struct bytes name)
{
	if (l->details)
		add_details(l, n);
	if (l->null) {
		buf_add_str(&l->out, l->prefix);
		buf_add_bytes(&l->out, name);
		return buf_add_char(&l->out, 0);
	}
	buf_add_str(&l->out, l->prefix);
	escape_text(&l->out, name);
	if (l->details && S_ISLNK(n->mode)) {
		buf_add_str(&l->out, " -> ");
		escape_text(&l->out, bytes_make(n->link, n->size));
	}
	return buf_add_char(&l->out, '\n');
}

/* Depth first in name order, without recursion: names so far in `path`. */
static int add_subtree(struct listing *l, uint32_t top)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	uint32_t at = top;

	for (;;) {
		const struct node *n = &l->nodes[at];

		if (node_is_dir(n) && n->count) {
			at = n->first;
		} else {
			while (at != top) {
				const struct node *p = &l->nodes[l->nodes[at].parent];
				size_t own = l->nodes[at].name_len;

				path.len -= MIN(path.len, own + 1);
				if (at + 1 < p->first + p->count)
					break;
				at = l->nodes[at].parent;
			}
			if (at == top)
				return buf_status(&l->out);
			at++;
		}
		if (path.len)
			buf_add_char(&path, '/');
		buf_add_bytes(&path, node_name(&l->nodes[at]));
		if (add_line(l, &l->nodes[at], buf_bytes(&path)) < 0)
			return -ENOMEM;
	}
}

static int list(struct listing *l, const struct node *nodes, const char *path, struct err *err)
{
	uint32_t at;
	int r = resolve_path(nodes, bytes_from_str(path), true, &at, err);

	if (r < 0)
		return r;
	l->nodes = nodes;
	if (!node_is_dir(&nodes[at])) {
		r = add_line(l, &nodes[at], bytes_from_str(path));
	} else if (l->recursive) {
		r = add_subtree(l, at);
	} else {
		for (uint32_t i = 0; r == 0 && i < nodes[at].count; i++)
			r = add_line(l, &nodes[nodes[at].first + i],
				     node_name(&nodes[nodes[at].first + i]));
	}
	if (r < 0)
		return err_oom(err);
	r = out_write(buf_bytes(&l->out), err);
	buf_clear(&l->out);
	return r;
}

static int list_all_layers(struct session *s, struct listing *l, const char *image,
			   const char *path, struct err *err)
{
	struct image_chain c;
	int r = image_chain_find(s, image, &c, err);

	for (uint32_t i = 0; r == 0 && i < c.n_layers; i++) {
		_cleanup_(image_tree_release) struct image_tree t = {0};
		_cleanup_(buf_release) struct buf prefix = BUF_INIT;
		uint32_t at;

		if (!c.layers[i].layer)
			continue;
		r = image_tree_open_at(s, &c, i + 1, &t, err);
		if (r < 0 || resolve_path(t.nodes, bytes_from_str(path), false, &at, NULL) < 0)
			continue;
		buf_addf(&prefix, "%s-%s/", c.layers[i].nn, c.layers[i].slug);
		l->prefix = buf_str(&prefix);
		r = list(l, t.nodes, path, err);
	}
	return r;
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(image_tree_release) struct image_tree t = {0};
	struct listing l = {.null = opts_has(o, "null"),
			    .details = opts_has(o, "long"),
			    .recursive = opts_has(o, "recursive"),
			    .prefix = ""};
	const char *path = argc > 1 ? argv[1] : "/";
	int r;

	if (opts_has(o, "all-layers")) {
		r = list_all_layers(s, &l, argv[0], path, err);
	} else {
		r = image_tree_open(s, argv[0], opts_get(o, "layer", NULL), &t, err);
		if (r == 0)
			r = list(&l, t.nodes, path, err);
	}
	buf_release(&l.out);
	return r;
}

const struct cmd cmd_ls = {
    .name = "ls",
    .args = "IMAGE [PATH]",
    .summary = "list files of an image or of one layer, without FUSE",
    .opts = opts,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
