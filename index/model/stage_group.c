/* SPDX-License-Identifier: MIT */
#include "model/stage_group.h"

#include "model/boundary.h"
#include "model/vote.h"

/* More images of one repository than this do not vote all against all: only neighbours in time
 * can be stages of one build. */
#define NEIGHBOURS 32

/* Images of one repository and platform, and who takes from whom. */
struct family {
	struct db *db;
	const struct facts *f;
	const struct u32_vec *members; /* indexes of images, oldest tag first */
	bool *from;                    /* [a * n + b]: a takes from b, by FROM or by COPY */
	bool *copies;                  /* [a * n + b]: ... by COPY */
	size_t n;
	struct err *err;
};

void groups_release(struct group_vec *g)
{
	vec_foreach (group, g)
		free(group->images);
	group_vec_release(g);
}

static const struct fact_image *member(const struct family *m, size_t k)
{
	return &m->f->images.v[m->members->v[k]];
}

/* ---- who takes from whom ---- */

/* Layers of its own: an image that is nothing but a base is nobody's stage. */
static bool has_own_layers(const struct facts *f, uint32_t image)
{
	struct boundary b = boundary_find(f, image, NULL, NULL);

	return !b.known || f->images.v[image].layers.n > b.layers ||
	       f->images.v[image].history.n > b.entries;
}

static bool stands_on(const struct family *m, size_t a, size_t b)
{
	const struct fact_image *x = member(m, a), *base = member(m, b);

	if (a == b || !base->layers.n || !chains_is_prefix(&m->f->chains, base->tip, x->tip) ||
	    !history_is_prefix(base, x))
		return false;
	return base->tip != x->tip || base->history.n < x->history.n;
}

static int cast_votes(struct family *m, size_t a, uint32_t position)
{
	size_t first = a > NEIGHBOURS ? a - NEIGHBOURS : 0;
	size_t end = MIN(m->n, a + NEIGHBOURS + 1);
	struct vote vote;
	int r = vote_layer(m->db, m->f, m->members->v[a], position, m->members->v + first,
			   end - first, &vote, m->err);

	for (size_t b = first; r == 0 && vote.image != UINT32_MAX && b < end; b++)
		if (m->members->v[b] == vote.image)
			m->from[a * m->n + b] = m->copies[a * m->n + b] = true;
	return r;
}

static int find_copies(struct family *m, size_t a)
{
	const struct fact_image *i = member(m, a);
	int r = 0;

	vec_foreach (e, &i->history)
		if (r == 0 && e->position && strcmp(e->in.keyword, "COPY") == 0)
			r = cast_votes(m, a, e->position);
	return r;
}

static int relate(struct family *m)
{
	int r = 0;

	for (size_t b = 0; b < m->n; b++) {
		bool own = has_own_layers(m->f, m->members->v[b]);

		for (size_t a = 0; own && a < m->n; a++)
			m->from[a * m->n + b] |= stands_on(m, a, b);
	}
	for (size_t a = 0; r == 0 && a < m->n && m->n > 1; a++)
		r = find_copies(m, a);
	return r;
}

/* ---- finals and their stages ---- */

static bool taken_from(const struct family *m, size_t b)
{
	for (size_t a = 0; a < m->n; a++)
		if (m->from[a * m->n + b])
			return true;
	return false;
}

static bool takes_copies(const struct family *m, size_t a)
{
	for (size_t b = 0; b < m->n; b++)
		if (m->copies[a * m->n + b])
			return true;
	return false;
}

/* What a takes from, and what those take from. */
static void close_over(const struct family *m, size_t a, bool *in)
{
	in[a] = true;
	for (size_t b = 0; b < m->n; b++)
		if (m->from[a * m->n + b] && !in[b])
			close_over(m, b, in);
}

/* Ends that only stand on stages of the build: tests, tools. */
static void add_leaves(const struct family *m, size_t final, const bool *is_final, bool *in)
{
	for (size_t a = 0; a < m->n; a++) {
		if (in[a] || is_final[a] || taken_from(m, a))
			continue;
		for (size_t b = 0; b < m->n; b++)
			if (b != final && in[b] && m->from[a * m->n + b])
				in[a] = true;
	}
}

static int compare_depth(const void *pa, const void *pb, void *arg)
{
	const struct facts *f = arg;
	const struct fact_image *a = &f->images.v[*(const uint32_t *)pa];
	const struct fact_image *b = &f->images.v[*(const uint32_t *)pb];

	if (a->layers.n != b->layers.n)
		return a->layers.n < b->layers.n ? -1 : 1;
	if (a->history.n != b->history.n)
		return a->history.n < b->history.n ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static int add_group(const struct family *m, size_t final, const bool *in,
		     struct group_vec *ret)
{
	struct group g = {calloc(m->n, sizeof(*g.images)), 0};
	int r;

	if (!g.images)
		return -ENOMEM;
	for (size_t k = 0; k < m->n; k++)
		if (in[k] && k != final)
			g.images[g.n++] = m->members->v[k];
	qsort_r(g.images, g.n, sizeof(*g.images), compare_depth, (void *)(uintptr_t)m->f);
	g.images[g.n++] = m->members->v[final];
	r = group_vec_push(ret, g);
	if (r < 0)
		free(g.images);
	return r;
}

/*
 * Finals: ends that copy from others. An end that copies nothing is final only if it would
 * belong to no build otherwise.
 */
static int make_groups(const struct family *m, struct group_vec *ret)
{
	_cleanup_free_ bool *is_final = calloc(m->n, 1), *done = calloc(m->n, 1);
	_cleanup_free_ bool *in = calloc(m->n, 1);

	if (!is_final || !done || !in)
		return -ENOMEM;
	for (size_t a = 0; a < m->n; a++)
		is_final[a] = !taken_from(m, a) && takes_copies(m, a);
	for (int round = 0; round < 2; round++)
		for (size_t a = m->n; a-- > 0;) {
			if (round == 0 ? !is_final[a] : done[a] || taken_from(m, a))
				continue;
			memset(in, 0, m->n);
			close_over(m, a, in);
			add_leaves(m, a, is_final, in);
			if (add_group(m, a, in, ret) < 0)
				return -ENOMEM;
			for (size_t k = 0; k < m->n; k++)
				done[k] |= in[k];
		}
	return 0;
}

static int solve_family(struct db *db, const struct facts *f, const struct u32_vec *members,
			struct group_vec *ret, struct err *err)
{
	struct family m = {.db = db, .f = f, .members = members, .n = members->n, .err = err};
	_cleanup_free_ bool *from = calloc(m.n, m.n), *copies = calloc(m.n, m.n);
	int r;

	if (!from || !copies)
		return err_oom(err);
	m.from = from;
	m.copies = copies;
	r = relate(&m);
	return r < 0 ? r : make_groups(&m, ret) < 0 ? err_oom(err) : 0;
}

/* ---- families ---- */

/* buildah --save-stages leaves the stages without a name, but with a label. */
static bool related(const struct fact_image *a, const struct fact_image *b)
{
	if (!bytes_equal(a->platform, b->platform))
		return false;
	if (facts_same_repository(a, b))
		return true;
	return (!a->names.n && a->stage_name.len) || (!b->names.n && b->stage_name.len);
}

static int compare_event(const void *pa, const void *pb, void *arg)
{
	const struct facts *f = arg;
	const struct fact_image *a = &f->images.v[*(const uint32_t *)pa];
	const struct fact_image *b = &f->images.v[*(const uint32_t *)pb];
	int c = bytes_cmp(a->created, b->created);

	if (c)
		return c;
	if (a->event != b->event)
		return a->event < b->event ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* Everything related to the first image that has no family yet. */
static int take_family(const struct facts *f, bool *seen, uint32_t first, struct u32_vec *ret)
{
	u32_vec_clear(ret);
	seen[first] = true;
	if (u32_vec_push(ret, first) < 0)
		return -ENOMEM;
	for (size_t k = 0; k < ret->n; k++)
		for (uint32_t i = 0; i < f->images.n; i++) {
			if (seen[i] || !related(&f->images.v[ret->v[k]], &f->images.v[i]))
				continue;
			seen[i] = true;
			if (u32_vec_push(ret, i) < 0)
				return -ENOMEM;
		}
	qsort_r(ret->v, ret->n, sizeof(*ret->v), compare_event, (void *)(uintptr_t)f);
	return 0;
}

int groups_find(struct db *db, const struct facts *f, const bool *used, struct group_vec *ret,
		struct err *err)
{
	_cleanup_(u32_vec_release) struct u32_vec members = {0};
	_cleanup_free_ bool *seen = calloc(f->images.n + 1, 1);
	int r = 0;

	if (!seen)
		return err_oom(err);
	memcpy(seen, used, f->images.n);
	for (uint32_t i = 0; r == 0 && i < f->images.n; i++) {
		if (seen[i])
			continue;
		if (take_family(f, seen, i, &members) < 0)
			return err_oom(err);
		r = solve_family(db, f, &members, ret, err);
	}
	return r;
}
