/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "image_tree.h"
#include "tar/write.h"
#include "util/vec.h"

#include <fcntl.h>

#define PIECE ((size_t)1 << 20)

static const struct opt opts[] = {
    {"output", 'o', "FILE", "write to FILE instead of standard output"},
    {"layer", 0, "N", "the tar of layer N itself, whiteouts as they are"},
    {0},
};

/* One name of a hard-link group that is already in the tar. */
struct written {
	int64_t inode;
	struct bytes path; /* in export.names */
};
DEFINE_VEC(written_vec, struct written)

DEFINE_VEC(xattr_vec, struct tar_xattr)

struct export
{
	struct tar_writer *tar;
	struct content *content;
	struct db *db;
	const struct image_tree *tree;
	struct written_vec links; /* groups of more than one name, sorted by inode */
	struct arena names;
	char *piece;
	struct err *err;
};

static struct written *find_link(struct export *x, int64_t inode, size_t *ret_at)
{
	size_t lo = 0, hi = x->links.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (x->links.v[mid].inode < inode)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret_at = lo;
	return lo < x->links.n && x->links.v[lo].inode == inode ? &x->links.v[lo] : NULL;
}

static int remember_link(struct export *x, int64_t inode, struct bytes path, size_t at)
{
	struct bytes kept = arena_bytes(&x->names, path);
	struct written none = {0};

	if (!kept.ptr || written_vec_push(&x->links, none) < 0)
		return err_oom(x->err);
	memmove(&x->links.v[at + 1], &x->links.v[at], (x->links.n - 1 - at) * sizeof(none));
	x->links.v[at] = (struct written){inode, kept};
	return 0;
}

struct xattr_list {
	struct xattr_vec list;
	struct arena bytes;
};

static int collect_xattr(void *arg, struct bytes name, struct bytes value)
{
	struct xattr_list *x = arg;
	struct tar_xattr a = {arena_bytes(&x->bytes, name), arena_bytes(&x->bytes, value)};

	return a.name.ptr && a.value.ptr ? xattr_vec_push(&x->list, a) : -ENOMEM;
}

static void fill_entry(const struct node *n, struct bytes path, struct tar_entry *e)
{
	*e = (struct tar_entry){.path = path,
				.mode = n->mode & 07777,
				.uid = n->uid,
				.gid = n->gid,
				.mtime = n->mtime,
				.mtime_nsec = n->mtime_nsec};
	switch (n->mode & S_IFMT) {
	case S_IFDIR:
		e->type = TAR_DIR;
		break;
	case S_IFLNK:
		e->type = TAR_SYMLINK;
		e->link = bytes_make(n->link, n->size);
		break;
	case S_IFCHR:
	case S_IFBLK:
		e->type = S_ISCHR(n->mode) ? TAR_CHAR : TAR_BLOCK;
		e->rdev_major = n->rdev_major;
		e->rdev_minor = n->rdev_minor;
		break;
	case S_IFIFO:
		e->type = TAR_FIFO;
		break;
	default:
		e->type = TAR_FILE;
		e->size = n->size;
	}
}

static int copy_data(struct export *x, const struct node *n)
{
	for (uint64_t off = 0; off < n->size;) {
		size_t got;
		int r = content_pread(x->content, n->inode, x->piece, PIECE, off, &got, x->err);

		if (r == 0 && got == 0)
			r = err_set(x->err, EIO, "a file ends early");
		if (r == 0)
			r = tar_writer_data(x->tar, x->piece, got, x->err);
		if (r < 0)
			return r;
		off += got;
	}
	return 0;
}

static int export_stored(struct export *x, const struct node *n, struct bytes path)
{
	struct xattr_list xattrs = {0};
	struct tar_entry e;
	int r = 0;

	fill_entry(n, path, &e);
	if (n->xattrs)
		r = xattrs_each(x->db, n->inode, collect_xattr, &xattrs, x->err);
	e.xattrs = xattrs.list.v;
	e.n_xattrs = xattrs.list.n;
	if (r == 0)
		r = tar_writer_entry(x->tar, &e, x->err);
	if (r == 0 && e.type == TAR_FILE)
		r = copy_data(x, n);
	xattr_vec_release(&xattrs.list);
	arena_release(&xattrs.bytes);
	return r;
}

static int export_node(void *arg, uint32_t index, struct bytes path)
{
	struct export *x = arg;
	const struct node *n = &x->tree->nodes[index];
	bool group = !node_is_dir(n) && n->nlink > 1;
	size_t at = 0;
	struct written *first = group ? find_link(x, n->inode, &at) : NULL;
	struct tar_entry e = {.type = TAR_HARDLINK, .path = path};
	int r = 0;

	if (first) {
		e.link = first->path;
		return tar_writer_entry(x->tar, &e, x->err);
	}
	if (group)
		r = remember_link(x, n->inode, path, at);
	return r < 0 ? r : export_stored(x, n, path);
}

/* The subtree at `top` as a walk of its own: paths relative to it. */
struct subtree {
	struct export *x;
	struct bytes prefix; /* full path of top; "" for the root */
};

static int export_below(void *arg, uint32_t index, struct bytes path)
{
	struct subtree *s = arg;

	if (s->prefix.len) {
		if (!bytes_starts_with(path, s->prefix) ||
		    (path.len > s->prefix.len && path.ptr[s->prefix.len] != '/'))
			return 0;
		if (path.len == s->prefix.len)
			return 0;
		path = bytes_skip(path, s->prefix.len + 1);
	}
	return export_node(s->x, index, path);
}

static int full_path(const struct node *nodes, uint32_t at, struct buf *ret)
{
	_cleanup_(buf_release) struct buf rest = BUF_INIT;

	for (; at; at = nodes[at].parent) {
		struct buf longer = BUF_INIT;

		buf_add_bytes(&longer, node_name(&nodes[at]));
		if (rest.len)
			buf_add_char(&longer, '/');
		buf_add_bytes(&longer, buf_bytes(&rest));
		buf_release(&rest);
		rest = longer;
	}
	return buf_add_bytes(ret, buf_bytes(&rest));
}

static int export_all(struct export *x, uint32_t top)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct subtree s = {.x = x};
	const struct node *n = &x->tree->nodes[top];

	if (!node_is_dir(n))
		return export_stored(x, n, node_name(n));
	if (full_path(x->tree->nodes, top, &path) < 0)
		return err_oom(x->err);
	s.prefix = buf_bytes(&path);
	return tree_walk(x->tree->nodes, x->tree->n, export_below, &s);
}

static int open_output(const char *file, int *ret, struct err *err)
{
	if (!file && isatty(STDOUT_FILENO))
		return err_set(err, EINVAL,
			       "a tar will not be written to a terminal (use -o FILE)");
	*ret = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
		    : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return *ret < 0 ? err_sys(err, errno, "%s", file ? file : "standard output") : 0;
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	_cleanup_(image_tree_release) struct image_tree t = {0};
	_cleanup_(tar_writer_freep) struct tar_writer *tar = NULL;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *piece = malloc(PIECE);
	struct export x = {.tree = &t, .piece = piece, .err = err};
	uint32_t top = 0;
	int r = piece ? image_tree_open(s, argv[0], opts_get(o, "layer", NULL), &t, err)
		      : err_oom(err);

	if (r == 0 && argc > 1)
		r = resolve_path(t.nodes, bytes_from_str(argv[1]), true, &top, err);
	if (r == 0)
		r = session_content(s, &x.content, err);
	if (r == 0)
		r = open_output(opts_get(o, "output", NULL), &fd, err);
	if (r == 0)
		r = tar_writer_open(fd, &tar, err);
	if (r < 0)
		return r;
	x.tar = tar;
	x.db = s->db;
	r = export_all(&x, top);
	if (r == 0)
		r = tar_writer_close(tar, err);
	written_vec_release(&x.links);
	arena_release(&x.names);
	return r;
}

const struct cmd cmd_export = {
    .name = "export",
    .args = "IMAGE [PATH]",
    .summary = "write an image, a directory of it or a layer as a tar",
    .opts = opts,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
