/* SPDX-License-Identifier: MIT */
#include "model/leftbehind.h"

DEFINE_VEC(inode_vec, int64_t)

void left_behind_release(struct left_behind *l)
{
	tree_unref(l->tree);
	free(l->left);
	*l = (struct left_behind){0};
}

static int compare_inodes(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static bool has_inode(const struct inode_vec *v, int64_t inode)
{
	return v->n && bsearch(&inode, v->v, v->n, sizeof(*v->v), compare_inodes);
}

/* Stored files that copies of one stage were made of. */
static int add_copied(struct forest *f, const struct catalog *c, const struct catalog_stage *by,
		      struct inode_vec *taken, struct err *err)
{
	_cleanup_(origins_freep) struct origins *o = NULL;
	int r = origins_make(f, c, by, &o, err);

	for (uint32_t i = 0; r == 0 && i < o->tree->n; i++) {
		const struct origin *n = &o->nodes[i];
		const struct origin_word *w;

		if (n->word == ORIGIN_NOWHERE || n->source == ORIGIN_NOWHERE)
			continue;
		w = &o->words[n->word];
		if (inode_vec_push(taken, w->tree->nodes[n->source].inode) < 0)
			r = err_oom(err);
	}
	return r;
}

static int add_shown(struct forest *f, const struct catalog_stage *target,
		     struct inode_vec *taken, struct err *err)
{
	_cleanup_(tree_unrefp) struct tree *t = NULL;
	int r = forest_stage_tree(f, target->s->id, target->n_layers, &t, err);

	for (uint32_t i = 0; r == 0 && i < t->n; i++)
		if (!node_is_dir(&t->nodes[i]) && inode_vec_push(taken, t->nodes[i].inode) < 0)
			r = err_oom(err);
	return r;
}

static bool copies_from_stages(const struct build_stage *s)
{
	for (uint32_t k = 0; k < s->n_edges; k++)
		if (s->edges[k].source == SOURCE_STAGE && s->edges[k].kind == EDGE_COPY)
			return true;
	return false;
}

static int collect_taken(struct forest *f, const struct catalog *c,
			 const struct catalog_build *b, struct inode_vec *taken,
			 struct err *err)
{
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < b->n_stages; k++) {
		const struct catalog_stage *st = &b->stages[k];

		if (!st->n_layers)
			continue;
		if (st->s->target)
			r = add_shown(f, st, taken, err);
		if (r == 0 && copies_from_stages(st->s))
			r = add_copied(f, c, st, taken, err);
	}
	if (taken->n)
		qsort(taken->v, taken->n, sizeof(*taken->v), compare_inodes);
	return r;
}

static bool is_own(const struct catalog_stage *st, const struct node *n)
{
	uint32_t base = st->s->base_known ? st->s->base_layers : 0;

	return !node_is_dir(n) && catalog_stage_position(st, ENTRY_LAYER(n->inode)) > base;
}

/* Names of regular files by stored file: neighbours are one file. */
static int compare_files(const void *pa, const void *pb, void *arg)
{
	const struct node *nodes = arg;
	const struct node *a = &nodes[*(const uint32_t *)pa],
			  *b = &nodes[*(const uint32_t *)pb];

	return (a->inode > b->inode) - (a->inode < b->inode);
}

static void count(const struct tree *t, const uint32_t *files, uint32_t n,
		  struct left_behind *ret)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct node *file = &t->nodes[files[i]];

		if (i && file->inode == t->nodes[files[i - 1]].inode)
			continue;
		ret->made_bytes += file->size;
		if (!ret->left[files[i]])
			continue;
		ret->files++;
		ret->bytes += file->size;
	}
}

static int judge(const struct catalog_stage *st, const struct inode_vec *taken,
		 struct left_behind *ret)
{
	const struct tree *t = ret->tree;
	_cleanup_free_ uint32_t *files = calloc(t->n + 1, sizeof(*files));
	uint32_t n = 0;

	if (!files)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->n; i++) {
		if (!is_own(st, &t->nodes[i]))
			continue;
		ret->left[i] = !st->s->target && !has_inode(taken, t->nodes[i].inode);
		if (S_ISREG(t->nodes[i].mode))
			files[n++] = i;
	}
	qsort_r(files, n, sizeof(*files), compare_files, t->nodes);
	count(t, files, n, ret);
	return 0;
}

int left_behind_make(struct forest *f, const struct catalog *c,
		     const struct catalog_stage *stage, struct left_behind *ret,
		     struct err *err)
{
	_cleanup_(inode_vec_release) struct inode_vec taken = {0};
	int r;

	*ret = (struct left_behind){0};
	r = forest_stage_tree(f, stage->s->id, stage->n_layers, &ret->tree, err);
	if (r == 0)
		r = collect_taken(f, c, stage->build, &taken, err);
	if (r == 0 && !(ret->left = calloc(ret->tree->n + 1, sizeof(*ret->left))))
		r = err_oom(err);
	if (r == 0 && judge(stage, &taken, ret) < 0)
		r = err_oom(err);
	if (r < 0)
		left_behind_release(ret);
	return r;
}
