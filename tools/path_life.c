/* SPDX-License-Identifier: MIT */
#include "path_life.h"

#include "util/escape.h"

#include <string.h>

void path_life_release(struct path_life *l)
{
	pathlog_vec_release(&l->rows);
	versions_free(l->versions);
	tree_unref(l->tree);
	buf_release(&l->path);
	*l = (struct path_life){0};
}

/* The path as the image has it in the end: all of it, or its directory and the last component,
 * which may be gone. Nothing is added where not even that is there. */
static int follow(const struct path_life *l, struct bytes path, struct buf *ret)
{
	const struct node *nodes = l->tree->nodes;
	size_t cut;
	uint32_t at;

	if (resolve_path(nodes, path, false, &at, NULL) == 0)
		return node_path(nodes, at, ret) < 0 ? -ENOMEM : 1;
	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	for (cut = path.len; cut && path.ptr[cut - 1] != '/'; cut--)
		;
	if (resolve_path(nodes, bytes_make(path.ptr, cut), true, &at, NULL) < 0)
		return 0;
	if (node_path(nodes, at, ret) < 0)
		return -ENOMEM;
	buf_add_char(ret, '/');
	return buf_add_bytes(ret, bytes_skip(path, cut));
}

/* What is there now goes first; what is gone is taken literally, or below where its directory's
 * symlinks lead now. */
static int find(struct path_life *l, const char *text, uint32_t *ret)
{
	_cleanup_(buf_release) struct buf followed = BUF_INIT;
	struct bytes path = bytes_from_str(text);
	int r = follow(l, path, &followed);

	if (r < 0)
		return r;
	*ret = r == 1 ? versions_find(l->versions, buf_bytes(&followed))
		      : versions_find(l->versions, path);
	if (*ret == VERSION_NONE && followed.len)
		*ret = versions_find(l->versions, buf_bytes(&followed));
	return *ret == VERSION_NONE ? 0 : versions_path(l->versions, *ret, &l->path);
}

int path_life_argument(const char *command, int argc, char **argv, struct mountpath *mount,
		       const char **ret, struct err *err)
{
	*ret = argc > 1 ? argv[1] : NULL;
	if (*ret)
		return 0;
	if (mountpath_parse(argv[0], mount) < 0)
		return err_oom(err);
	*ret = mount->inside;
	return *ret ? 0
		    : err_set(err, EINVAL,
			      "%s is no path inside a mounted tree (or say: stagefs %s IMAGE "
			      "PATH)",
			      argv[0], command);
}

int path_life_open(struct session *s, const struct image_chain *c, const char *path,
		   struct path_life *ret, struct err *err)
{
	_cleanup_(hashes_release) struct hashes hashes = {0};
	char shown[300];
	uint32_t at = VERSION_NONE;
	int r = session_forest(s, &hashes.forest, err);

	*ret = (struct path_life){0};
	if (r == 0)
		r = image_chain_tree(s, c, &ret->tree, err);
	if (r == 0)
		r = versions_make(ret->tree, &ret->versions, err);
	if (r == 0 && find(ret, path, &at) < 0)
		r = err_oom(err);
	if (r == 0 && at == VERSION_NONE)
		r = err_set(err, ENOENT, "%s: no layer of %s ever had it",
			    escape_short(bytes_from_str(path), shown, sizeof(shown)), c->name);
	if (r == 0)
		r = pathlog_make(ret->versions, &hashes, at, &ret->rows, err);
	if (r < 0)
		path_life_release(ret);
	return r;
}
