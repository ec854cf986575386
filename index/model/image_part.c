/* SPDX-License-Identifier: MIT */
#include "model/image_part.h"

#include "model/composite.h"
#include "model/waste.h"
#include "util/hashname.h"

#define SUFFIX ".versions"

struct making {
	struct forest *f;
	const struct catalog_image *img;
	enum image_part part;
	struct tree *tree;
	struct composite out;
	struct err *err;
};

/* "05-RUN-npm-ci", with a suffix; kept with the tree. */
static int layer_name(struct making *m, uint32_t position, const char *suffix,
		      struct bytes *ret)
{
	const struct catalog_layer *l = &m->img->layers[position];
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "%s-%s%s", l->nn, l->slug, suffix);
	*ret = arena_bytes(&m->out.own->names, buf_bytes(&name));
	return buf_status(&name) < 0 || !ret->ptr ? err_oom(m->err) : 0;
}

/* ---- wasted ---- */

static bool is_kept(const struct layer *l, const bool *wasted, uint32_t i)
{
	const struct node *n = &l->nodes[i];

	return n->kind == ENTRY_PLAIN && !node_is_dir(n) && wasted[ENTRY_SEQ(n->inode)];
}

/* Every name that the layer has for its wasted entries, and the directories above them. */
static int add_wasted(struct making *m, uint32_t position, const bool *wasted)
{
	const struct layer *l = m->tree->layers[position];
	_cleanup_free_ uint32_t *to = calloc(l->n, sizeof(*to));
	struct bytes name;
	int r;

	if (!to)
		return err_oom(m->err);
	for (uint32_t i = l->n; i-- > 1;)
		if (to[i] || is_kept(l, wasted, i))
			to[i] = to[l->nodes[i].parent] = 1;
	r = layer_name(m, position, "", &name);
	if (r == 0)
		r = composite_put(&m->out, 0, name, NULL, &to[0], m->err);
	for (uint32_t i = 1; r == 0 && i < l->n; i++)
		if (to[i])
			r = composite_put(&m->out, to[l->nodes[i].parent],
					  node_name(&l->nodes[i]), &l->nodes[i], &to[i],
					  m->err);
	return r;
}

static int add_layer(struct making *m, const struct wastes *all, uint32_t position)
{
	_cleanup_free_ bool *wasted = NULL;
	bool any = false;

	if (!m->tree->layers[position])
		return 0;
	wasted = calloc(m->tree->layers[position]->n, sizeof(*wasted));
	if (!wasted)
		return err_oom(m->err);
	vec_foreach (w, &all->rows)
		if (w->layer == position)
			any = wasted[w->node] = true;
	return any ? add_wasted(m, position, wasted) : 0;
}

static int make_wasted(struct making *m)
{
	_cleanup_(wastes_release) struct wastes all = {0};
	int r = wastes_make(m->f, m->tree, &all, m->err);

	for (uint32_t i = 0; r == 0 && i < m->tree->n_layers; i++)
		r = add_layer(m, &all, i);
	return r;
}

/* ---- versions ---- */

static bool is_file(const struct versions *v, const struct version *x)
{
	return x->how == MERGE_SHOWN && !node_is_dir(version_node(v, x));
}

/* What directory stood there last; NULL: none. */
static const struct node *last_dir(const struct versions *v, uint32_t path)
{
	const struct node *dir = NULL;

	for (uint32_t i = versions_first(v, path); i != VERSION_NONE; i = v->v.v[i].next)
		if (v->v.v[i].how == MERGE_SHOWN && !is_file(v, &v->v.v[i]))
			dir = version_node(v, &v->v.v[i]);
	return dir;
}

static bool had_files(const struct versions *v, uint32_t path)
{
	for (uint32_t i = versions_first(v, path); i != VERSION_NONE; i = v->v.v[i].next)
		if (is_file(v, &v->v.v[i]))
			return true;
	return false;
}

/* "x.versions", and "~" as often as a directory beside it has that name. */
static int versions_name(struct making *m, const struct versions *v, uint32_t path,
			 struct bytes *ret)
{
	const struct name_node *n = nametree_at(&v->paths, path);
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	struct bytes own = bytes_make(n->name, n->len);
	uint32_t beside;

	buf_add_bytes(&name, own);
	buf_add_str(&name, SUFFIX);
	if (hashname_limit(&name, own) < 0)
		return err_oom(m->err);
	if (!bytes_ends_with(buf_bytes(&name), BYTES(SUFFIX)))
		buf_add_str(&name, SUFFIX);
	while (buf_status(&name) == 0 &&
	       (beside = nametree_find(&v->paths, n->parent, buf_bytes(&name))) &&
	       last_dir(v, beside))
		buf_add_char(&name, '~');
	*ret = arena_bytes(&m->out.own->names, buf_bytes(&name));
	return buf_status(&name) < 0 || !ret->ptr ? err_oom(m->err) : 0;
}

/* names: of each position, and behind them of each position's deletions. */
static int add_versions(struct making *m, const struct versions *v, uint32_t path,
			uint32_t parent, const struct bytes *names)
{
	const struct bytes *gone = names + m->tree->n_layers;
	bool before = false;
	struct bytes name;
	uint32_t dir, ignored;
	int r = versions_name(m, v, path, &name);

	if (r == 0)
		r = composite_put(&m->out, parent, name, NULL, &dir, m->err);
	for (uint32_t i = versions_first(v, path); r == 0 && i != VERSION_NONE;
	     i = v->v.v[i].next) {
		const struct version *x = &v->v.v[i];

		if (is_file(v, x))
			r = composite_put(&m->out, dir, names[x->position], version_node(v, x),
					  &ignored, m->err);
		else if (before)
			r = composite_put(&m->out, dir, gone[x->position],
					  &composite_empty_file, &ignored, m->err);
		before = is_file(v, x);
	}
	return r;
}

/* Parents have smaller numbers than what is in them. */
static int add_paths(struct making *m, const struct versions *v, const struct bytes *names)
{
	uint32_t n = (uint32_t)v->paths.nodes.n;
	_cleanup_free_ uint32_t *to = calloc(n, sizeof(*to));
	_cleanup_free_ bool *leads = calloc(n, sizeof(*leads));
	int r = 0;

	if (!to || !leads)
		return err_oom(m->err);
	for (uint32_t i = n; i-- > 1;)
		if (leads[i] || had_files(v, i))
			leads[nametree_at(&v->paths, i)->parent] = true;
	for (uint32_t i = 1; r == 0 && i < n; i++) {
		const struct name_node *path = nametree_at(&v->paths, i);

		if (leads[i])
			r = composite_put(&m->out, to[path->parent],
					  bytes_make(path->name, path->len), last_dir(v, i),
					  &to[i], m->err);
		if (r == 0 && had_files(v, i))
			r = add_versions(m, v, i, to[path->parent], names);
	}
	return r;
}

static int make_versions(struct making *m)
{
	uint32_t n = m->tree->n_layers;
	_cleanup_free_ struct bytes *names = calloc(2 * (size_t)n + 1, sizeof(*names));
	_cleanup_(versions_freep) struct versions *v = NULL;
	int r = names ? versions_make(m->tree, &v, m->err) : err_oom(m->err);

	for (uint32_t i = 0; r == 0 && i < n; i++) {
		r = layer_name(m, i, "", &names[i]);
		if (r == 0)
			r = layer_name(m, i, ".deleted", &names[n + i]);
	}
	return r < 0 ? r : add_paths(m, v, names);
}

/* ---- either ---- */

static int make(void *arg, struct tree **ret, struct err *err)
{
	struct making *m = arg;
	int r = forest_tree(m->f, m->img->id, m->img->n_layers, &m->tree, err);

	m->err = err;
	if (r == 0)
		r = composite_init(&m->out, err);
	if (r == 0)
		r = m->part == IMAGE_WASTED ? make_wasted(m) : make_versions(m);
	if (r == 0)
		r = composite_freeze(&m->out, m->tree, ret, err);
	composite_release(&m->out);
	tree_unref(steal_ptr(&m->tree));
	return r;
}

int image_part(struct forest *f, const struct catalog *c, const struct catalog_image *img,
	       enum image_part part, struct tree **ret, struct err *err)
{
	struct making m = {.f = f, .img = img, .part = part};
	struct forest_derived d = {.what = part,
				   .version = (uint32_t)c->generation,
				   .id = img->id,
				   .make = make,
				   .arg = &m};

	return forest_derived(f, &d, ret, err);
}
