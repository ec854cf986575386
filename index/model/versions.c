/* SPDX-License-Identifier: MIT */
#include "model/versions.h"

DEFINE_VEC(path_vec, uint32_t)

struct making {
	struct versions *v;
	struct path_vec paths; /* number of a name in merging -> path */
};

void versions_free(struct versions *v)
{
	if (!v)
		return;
	tree_unref(v->tree);
	nametree_release(&v->paths);
	version_vec_release(&v->v);
	free(v);
}

/* A name that was hidden and came back is another name, and the same path. */
static int find_path(struct making *m, const struct merge_event *e, uint32_t *ret)
{
	struct nametree *paths = &m->v->paths;
	uint32_t parent, path = 0;
	int r = 0;

	if (e->name < m->paths.n) {
		*ret = m->paths.v[e->name];
		return 0;
	}
	if (e->name) {
		parent = m->paths.v[e->parent];
		path = nametree_find(paths, parent, e->text);
		if (!path) {
			r = nametree_add(paths, parent, e->text, &path, NULL);
			if (r < 0)
				return r;
			nametree_at(paths, path)->item = VERSION_NONE;
			nametree_at(paths, path)->aux = VERSION_NONE;
		}
	}
	*ret = path;
	return path_vec_push(&m->paths, path);
}

/* What a layer ended and put there anew itself is one version. */
static bool replaces_end(const struct version *last, const struct version *x)
{
	return last->how != MERGE_SHOWN && x->how == MERGE_SHOWN &&
	       last->position == x->position;
}

static int add_version(struct versions *v, const struct version *x)
{
	struct name_node *path = nametree_at(&v->paths, x->path);
	uint32_t at = (uint32_t)v->v.n;

	if (path->aux != VERSION_NONE && replaces_end(&v->v.v[path->aux], x)) {
		enum merge_how ended_by = v->v.v[path->aux].how;

		v->v.v[path->aux] = *x;
		v->v.v[path->aux].ended_by = ended_by;
		return 0;
	}
	if (v->v.n >= VERSION_NONE || version_vec_push(&v->v, *x) < 0)
		return -ENOMEM;
	if (path->aux == VERSION_NONE)
		path->item = at;
	else
		v->v.v[path->aux].next = at;
	path->aux = at;
	return 0;
}

static int on_event(void *arg, const struct merge_event *e)
{
	struct making *m = arg;
	struct version x = {.next = VERSION_NONE,
			    .position = e->position,
			    .by = e->by,
			    .layer = e->source_position,
			    .node = e->source_node,
			    .how = e->how};
	int r = find_path(m, e, &x.path);

	return r < 0 ? r : add_version(m->v, &x);
}

int versions_make(struct tree *t, struct versions **ret, struct err *err)
{
	_cleanup_(versions_freep) struct versions *v = calloc(1, sizeof(*v));
	struct making m = {.v = v};
	int r;

	if (!v)
		return err_oom(err);
	v->tree = tree_ref(t);
	r = nametree_init(&v->paths, err);
	if (r < 0)
		return r;
	nametree_at(&v->paths, 0)->item = VERSION_NONE;
	nametree_at(&v->paths, 0)->aux = VERSION_NONE;
	r = merge_watch(t->layers, t->n_layers, on_event, &m, err);
	path_vec_release(&m.paths);
	if (r == -ENOMEM)
		return err_oom(err);
	if (r == 0)
		*ret = steal_ptr(&v);
	return r;
}

const struct node *version_node(const struct versions *v, const struct version *x)
{
	return &v->tree->layers[x->layer]->nodes[x->node];
}

uint32_t versions_find(const struct versions *v, struct bytes path)
{
	struct bytes name;
	uint32_t at = 0;

	while (bytes_next_component(&path, &name)) {
		at = nametree_find(&v->paths, at, name);
		if (!at)
			return VERSION_NONE;
	}
	return at;
}

int versions_path(const struct versions *v, uint32_t path, struct buf *ret)
{
	_cleanup_(path_vec_release) struct path_vec way = {0};

	buf_clear(ret);
	for (uint32_t at = path; at; at = nametree_at(&v->paths, at)->parent)
		if (path_vec_push(&way, at) < 0)
			return -ENOMEM;
	while (way.n) {
		const struct name_node *n = nametree_at(&v->paths, way.v[--way.n]);

		if (ret->len)
			buf_add_char(ret, '/');
		buf_add(ret, n->name, n->len);
	}
	return buf_status(ret);
}
