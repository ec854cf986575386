/* SPDX-License-Identifier: MIT */
#include "model/dup_tree.h"

#include "model/dups.h"
#include "util/digest.h"

#include <linux/limits.h>

#define DERIVED_DUPLICATES 16 /* struct forest_derived: what */
#define UP                 "../../../"

struct link {
	uint32_t group, copy; /* copy: from 1 */
	struct bytes name, target;
};
DEFINE_VEC(link_vec, struct link)

struct folder {
	struct bytes name, base; /* base: any bytes */
	const struct dup_group *group;
	uint32_t first, n; /* of links */
};
DEFINE_VEC(folder_vec, struct folder)

struct making {
	const struct catalog *c;
	struct uses uses;
	struct dup_scope scope;
	struct dups dups;
	struct folder_vec folders;
	struct link_vec links;
	struct dup_copy_vec copies;
	struct layer *names; /* holds what the nodes point to */
};

static void making_release(struct making *m)
{
	dup_copy_vec_release(&m->copies);
	link_vec_release(&m->links);
	folder_vec_release(&m->folders);
	dups_release(&m->dups);
	uses_release(&m->uses);
	layer_unref(m->names);
}

static struct bytes base_name(struct bytes path)
{
	size_t at = path.len;

	while (at && path.ptr[at - 1] != '/')
		at--;
	return bytes_skip(path, at);
}

/* The component that the text is in the mount, kept. */
static int keep_component(struct making *m, const struct buf *text, struct bytes *ret)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	if (buf_status(text) < 0 || naming_component(buf_bytes(text), &name) < 0)
		return -ENOMEM;
	*ret = arena_bytes(&m->names->names, buf_bytes(&name));
	return ret->ptr ? 0 : -ENOMEM;
}

static int name_folder(struct making *m, struct folder *f, size_t digits)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	char hex[33];

	hex_encode(f->group->xxh128, 16, hex);
	buf_addf(&text, "%llu-%.*s-", (unsigned long long)f->group->size, (int)digits, hex);
	buf_add_bytes(&text, f->base);
	return keep_component(m, &text, &f->name);
}

/* ---- links ---- */

static int name_link(struct making *m, struct link *l, struct bytes base)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	buf_addf(&text, "%u-", l->copy);
	buf_add_bytes(&text, base);
	return keep_component(m, &text, &l->name);
}

/* 0; 1: no symlink can hold it. */
static int aim_link(struct making *m, struct link *l, const struct dup_copy *copy)
{
	const struct used_layer *layer = &m->uses.layers[copy->layer];
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	buf_add_str(&text, UP);
	if (uses_place(&m->uses, &m->uses.uses.v[layer->first], &text) < 0)
		return -ENOMEM;
	buf_add_char(&text, '/');
	buf_add_bytes(&text, copy->path);
	if (buf_status(&text) < 0)
		return -ENOMEM;
	if (text.len >= PATH_MAX)
		return 1;
	l->target = arena_bytes(&m->names->names, buf_bytes(&text));
	return l->target.ptr ? 0 : -ENOMEM;
}

static int add_link(struct making *m, uint32_t copy)
{
	struct link l = {.group = (uint32_t)m->folders.n, .copy = copy + 1};
	int r = aim_link(m, &l, &m->copies.v[copy]);

	if (r > 0)
		return 0;
	if (r == 0)
		r = name_link(m, &l, base_name(m->copies.v[copy].path));
	return r < 0 ? r : link_vec_push(&m->links, l);
}

static int compare_links(const void *pa, const void *pb)
{
	const struct link *a = pa, *b = pb;

	return bytes_cmp(a->name, b->name);
}

/* The folder of one group; its copies are in m->copies. */
static int add_folder(struct making *m, const struct dup_group *g)
{
	struct folder f = {.group = g, .first = (uint32_t)m->links.n};
	uint32_t n = (uint32_t)MIN(m->copies.n, (size_t)DUP_TREE_COPIES);
	int r;

	f.base = arena_bytes(&m->names->names, base_name(m->copies.v[0].path));
	r = f.base.ptr ? name_folder(m, &f, 8) : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = add_link(m, i);
	if (r < 0)
		return r;
	f.n = (uint32_t)m->links.n - f.first;
	if (f.n)
		qsort(m->links.v + f.first, f.n, sizeof(*m->links.v), compare_links);
	return folder_vec_push(&m->folders, f);
}

static int collect(struct db *db, void *arg, struct err *err)
{
	static const struct dup_limits limits = {.min_size = DUP_TREE_MIN,
						 .max_groups = DUP_TREE_GROUPS,
						 .order = DUPS_BY_RECLAIMABLE};
	struct making *m = arg;
	int r = dups_find(db, NULL, &m->scope, &limits, &m->dups, err);

	for (size_t i = 0; r == 0 && i < m->dups.groups.n; i++) {
		_cleanup_(arena_release) struct arena paths = {0};
		const struct dup_group *g = &m->dups.groups.v[i];

		if (m->links.n + MIN(g->copies, (uint64_t)DUP_TREE_COPIES) > DUP_TREE_LINKS)
			break;
		r = dups_copies(db, &m->scope, &m->dups, i, &m->copies, &paths, err);
		if (r == 0 && m->copies.n && add_folder(m, g) < 0)
			r = err_oom(err);
	}
	return r;
}

/* ---- folders ---- */

static int compare_folders(const void *pa, const void *pb)
{
	const struct folder *a = pa, *b = pb;

	return bytes_cmp(a->name, b->name);
}

static void sort_folders(struct making *m)
{
	if (m->folders.n)
		qsort(m->folders.v, m->folders.n, sizeof(*m->folders.v), compare_folders);
}

/* Hashes that begin alike can be made on purpose. */
static int tell_apart(struct making *m)
{
	bool again = false;

	sort_folders(m);
	for (size_t i = 0; i < m->folders.n;) {
		size_t end = i + 1;

		while (end < m->folders.n &&
		       bytes_equal(m->folders.v[i].name, m->folders.v[end].name))
			end++;
		for (size_t k = i; end - i > 1 && k < end; k++) {
			again = true;
			if (name_folder(m, &m->folders.v[k], 32) < 0)
				return -ENOMEM;
		}
		i = end;
	}
	if (again)
		sort_folders(m);
	return 0;
}

/* ---- the tree ---- */

static int64_t newest(const struct catalog *c)
{
	int64_t time = 0;

	for (size_t i = 0; i < c->n_images; i++)
		time = MAX(time, c->images[i].indexed);
	return time;
}

static struct node make_node(struct bytes name, uint32_t parent, uint16_t mode, int64_t time)
{
	return (struct node){.name = name.ptr,
			     .name_len = (uint8_t)name.len,
			     .parent = parent,
			     .mode = mode,
			     .mtime = time,
			     .nlink = 1};
}

/* The root, then the folders, then their links: breadth first. */
static void fill(const struct making *m, struct node *nodes)
{
	int64_t time = newest(m->c);
	uint32_t n = (uint32_t)m->folders.n + 1;

	nodes[0] = make_node(BYTES(""), 0, S_IFDIR | 0555, time);
	nodes[0].first = m->folders.n ? 1 : 0;
	nodes[0].count = (uint32_t)m->folders.n;
	for (uint32_t i = 0; i < m->folders.n; i++) {
		const struct folder *f = &m->folders.v[i];
		struct node *dir = &nodes[i + 1];

		*dir = make_node(f->name, 0, S_IFDIR | 0555, time);
		dir->first = f->n ? n : 0;
		dir->count = f->n;
		for (uint32_t k = f->first; k < f->first + f->n; k++) {
			const struct link *l = &m->links.v[k];

			nodes[n] = make_node(l->name, i + 1, S_IFLNK | 0777, time);
			nodes[n].link = l->target.ptr;
			nodes[n++].size = l->target.len;
		}
	}
}

static int freeze(struct making *m, struct tree **ret)
{
	struct tree *t = tree_new((uint32_t)(1 + m->folders.n + m->links.n), NULL, 0);

	if (!t)
		return -ENOMEM;
	fill(m, t->nodes);
	t->layers[t->n_layers++] = steal_ptr(&m->names);
	*ret = t;
	return 0;
}

struct asked {
	struct forest *forest;
	const struct catalog *c;
};

static int make(void *arg, struct tree **ret, struct err *err)
{
	const struct asked *a = arg;
	_cleanup_(making_release) struct making m = {.c = a->c};
	int r;

	m.names = calloc(1, sizeof(*m.names));
	if (!m.names)
		return err_oom(err);
	m.names->refs = 1;
	if (uses_make(a->c, &m.uses) < 0)
		return err_oom(err);
	m.scope = (struct dup_scope){.uses = &m.uses};
	r = forest_with_db(a->forest, collect, &m, err);
	if (r < 0)
		return r;
	return tell_apart(&m) < 0 || freeze(&m, ret) < 0 ? err_oom(err) : 0;
}

int dup_tree(struct forest *f, const struct catalog *c, struct tree **ret, struct err *err)
{
	struct asked a = {f, c};
	struct forest_derived d = {.what = DERIVED_DUPLICATES,
				   .version = (uint32_t)c->generation,
				   .make = make,
				   .arg = &a};

	return forest_derived(f, &d, ret, err);
}
