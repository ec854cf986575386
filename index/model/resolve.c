/* SPDX-License-Identifier: MIT */
#include "model/resolve.h"

#include "util/buf.h"
#include "util/escape.h"

struct walk {
	const struct node *nodes;
	uint32_t at;
	struct buf rest; /* what is still to be walked */
	unsigned hops;
};

static int refuse(struct err *err, int code, struct bytes path)
{
	char shown[300];

	return err_sys(err, code, "%s", escape_short(path, shown, sizeof(shown)));
}

/* Puts the target of a symlink before the rest of the path. */
static int splice_link(struct walk *w, const struct node *link, struct bytes rest)
{
	struct buf next = BUF_INIT;

	if (++w->hops > RESOLVE_MAX_HOPS)
		return -ELOOP;
	if (link->size && link->link[0] == '/')
		w->at = 0;
	buf_add(&next, link->link, link->size);
	buf_add_char(&next, '/');
	buf_add_bytes(&next, rest);
	buf_release(&w->rest);
	w->rest = next;
	return buf_status(&next);
}

/* One component; rest is what follows it. */
static int step(struct walk *w, struct bytes name, struct bytes rest, bool follow)
{
	uint32_t child;

	if (!node_is_dir(&w->nodes[w->at]))
		return -ENOTDIR;
	if (bytes_equal(name, BYTES(".")))
		child = w->at;
	else if (bytes_equal(name, BYTES("..")))
		child = w->nodes[w->at].parent;
	else if (!(child = node_child(w->nodes, w->at, name)))
		return -ENOENT;
	if (S_ISLNK(w->nodes[child].mode) && follow)
		return splice_link(w, &w->nodes[child], rest);
	w->at = child;
	memmove(w->rest.ptr, rest.ptr, rest.len);
	w->rest.len = rest.len;
	return 0;
}

int resolve_path(const struct node *nodes, struct bytes path, bool follow_last, uint32_t *ret,
		 struct err *err)
{
	struct walk w = {.nodes = nodes};
	int r = buf_add_bytes(&w.rest, path);

	while (r == 0) {
		struct bytes rest = buf_bytes(&w.rest), name, peek, more;

		if (!bytes_next_component(&rest, &name))
			break;
		peek = rest;
		r = step(&w, name, rest, follow_last || bytes_next_component(&peek, &more));
	}
	buf_release(&w.rest);
	if (r < 0)
		return refuse(err, -r, path);
	*ret = w.at;
	return 0;
}
