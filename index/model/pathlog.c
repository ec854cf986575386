/* SPDX-License-Identifier: MIT */
#include "model/pathlog.h"

struct making {
	const struct versions *v;
	struct hashes *hashes;
	struct pathlog_row *rows; /* one a layer */
	bool *any;                /* the layer's row says something */
	struct err *err;
};

const char *pathlog_event_name(enum pathlog_event e)
{
	static const char *const names[] = {"added", "changed", "metadata", "deleted"};

	return names[e];
}

static const struct node *shown(const struct versions *v, const struct version *x)
{
	return x && x->how == MERGE_SHOWN ? version_node(v, x) : NULL;
}

static bool same_attributes(const struct node *a, const struct node *b)
{
	return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid && !a->xattrs &&
	       !b->xattrs;
}

/* What a version did to what stood there before it. 1 if anything; 0, or -errno. */
static int judge(struct making *m, const struct version *before, const struct version *x,
		 enum pathlog_event *ret)
{
	const struct node *a = shown(m->v, before), *b = shown(m->v, x);
	int r;

	if (!a || !b) {
		*ret = b ? PATHLOG_ADDED : PATHLOG_DELETED;
		return a || b;
	}
	r = hashes_same(m->hashes, a, b, m->err);
	*ret = r ? PATHLOG_METADATA : PATHLOG_CHANGED;
	/* Every layer describes the directories above what it has. */
	if (r == 1 && node_is_dir(b))
		return !same_attributes(a, b);
	return r < 0 ? r : 1;
}

static void add_bytes(struct making *m, const struct version *x)
{
	const struct node *n = shown(m->v, x);
	uint64_t *sum = &m->rows[x->position].bytes;

	/* A further name of something stored below or elsewhere stores nothing. */
	if (n && S_ISREG(n->mode) && x->layer == x->position &&
	    ENTRY_SEQ(n->inode) == x->node && add_overflows(*sum, n->size, sum))
		*sum = UINT64_MAX;
}

static int add_own(struct making *m, uint32_t path)
{
	const struct version *before = NULL;

	for (uint32_t i = versions_first(m->v, path); i != VERSION_NONE;
	     i = m->v->v.v[i].next) {
		const struct version *x = &m->v->v.v[i];
		struct pathlog_row *row = &m->rows[x->position];
		enum pathlog_event event;
		int r = judge(m, before, x, &event);

		if (r < 0)
			return r;
		if (r) {
			row->event = event;
			m->any[x->position] = true;
		}
		row->node = shown(m->v, x);
		add_bytes(m, x);
		before = x;
	}
	return 0;
}

static void add_below(struct making *m, uint32_t path)
{
	const struct version *before = NULL;

	for (uint32_t i = versions_first(m->v, path); i != VERSION_NONE;
	     i = m->v->v.v[i].next) {
		const struct version *x = &m->v->v.v[i];
		struct pathlog_row *row = &m->rows[x->position];
		const struct node *a = shown(m->v, before), *b = shown(m->v, x);
		bool was = a && !node_is_dir(a), is = b && !node_is_dir(b);

		row->added += is && !was;
		row->changed += is && was;
		row->deleted += was && !is;
		if (is || was)
			m->any[x->position] = true;
		add_bytes(m, x);
		before = x;
	}
}

/* Paths have greater numbers than the directories above them. */
static int add_all_below(struct making *m, uint32_t top)
{
	uint32_t n = (uint32_t)m->v->paths.nodes.n;
	_cleanup_free_ bool *below = calloc(n, sizeof(*below));

	if (!below)
		return err_oom(m->err);
	below[top] = true;
	for (uint32_t i = top + 1; i < n; i++) {
		below[i] = below[nametree_at(&m->v->paths, i)->parent];
		if (below[i])
			add_below(m, i);
	}
	return 0;
}

static int collect(struct making *m, struct pathlog_vec *ret)
{
	const struct node *node = NULL;

	for (uint32_t i = 0; i < m->v->tree->n_layers; i++) {
		struct pathlog_row *row = &m->rows[i];

		if (row->event != PATHLOG_DELETED && !row->node)
			row->node = node; /* it stands as it did */
		node = row->node;
		if (m->any[i] && pathlog_vec_push(ret, *row) < 0)
			return err_oom(m->err);
	}
	return 0;
}

int pathlog_make(const struct versions *v, struct hashes *h, uint32_t path,
		 struct pathlog_vec *ret, struct err *err)
{
	uint32_t n = v->tree->n_layers;
	_cleanup_free_ struct pathlog_row *rows = calloc((size_t)n + 1, sizeof(*rows));
	_cleanup_free_ bool *any = calloc((size_t)n + 1, sizeof(*any));
	struct making m = {v, h, rows, any, err};
	int r = rows && any ? 0 : err_oom(err);

	pathlog_vec_clear(ret);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		rows[i] = (struct pathlog_row){.position = i, .event = PATHLOG_CHANGED};
	if (r == 0)
		r = add_own(&m, path);
	if (r == 0)
		r = add_all_below(&m, path);
	return r < 0 ? r : collect(&m, ret);
}
