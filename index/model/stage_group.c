/* SPDX-License-Identifier: MIT */
#include "model/stage_group.h"

#include "model/boundary.h"
#include "model/vote.h"

/* More images of one repository than this do not vote all against all: only neighbours in time
 * can be stages of one build. */
#define NEIGHBOURS 32

/* One image of a family, and whom it takes from. */
struct kin {
	uint32_t image;
	struct u32_vec takes; /* members, by FROM or by COPY */
	bool copies;          /* it takes by COPY */
	bool taken;           /* somebody takes from it */
};
DEFINE_VEC(kin_vec, struct kin)

/* Images of one repository and platform, oldest first. */
struct family {
	struct layer_contents_cache *contents;
	struct db *db;
	const struct facts *f;
	struct kin_vec kin;
	struct u32_vec images;   /* of each member, for votes */
	struct u32_vec by_chain; /* members by the node their chain ends at */
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
	return &m->f->images.v[m->kin.v[k].image];
}

static void family_release(struct family *m)
{
	vec_foreach (k, &m->kin)
		u32_vec_release(&k->takes);
	kin_vec_release(&m->kin);
	u32_vec_release(&m->images);
	u32_vec_release(&m->by_chain);
}

static int compare_chain(const void *pa, const void *pb, void *arg)
{
	const struct family *m = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	uint32_t x = member(m, a)->tip, y = member(m, b)->tip;

	return x != y ? (x < y ? -1 : 1) : (a > b) - (a < b);
}

static int family_fill(struct family *m, const struct u32_vec *images)
{
	vec_foreach (image, images)
		if (kin_vec_push(&m->kin, (struct kin){.image = *image}) < 0 ||
		    u32_vec_push(&m->by_chain, (uint32_t)(image - images->v)) < 0 ||
		    u32_vec_push(&m->images, *image) < 0)
			return -ENOMEM;
	qsort_r(m->by_chain.v, m->by_chain.n, sizeof(*m->by_chain.v), compare_chain, m);
	return 0;
}

/* ---- who takes from whom ---- */

/* Layers of its own: an image that is nothing but a base is nobody's stage. */
static bool has_own_layers(const struct facts *f, uint32_t image)
{
	struct boundary b = boundary_find(f, image, NULL, NULL);

	return !b.known || f->images.v[image].layers.n > b.layers ||
	       f->images.v[image].history.n > b.entries;
}

static int takes_from(struct family *m, size_t a, size_t b)
{
	m->kin.v[b].taken = true;
	return u32_vec_push(&m->kin.v[a].takes, (uint32_t)b) < 0 ? err_oom(m->err) : 0;
}

/* b's chain begins a's. */
static bool stands_on(const struct family *m, size_t a, size_t b)
{
	const struct fact_image *x = member(m, a), *base = member(m, b);

	return a != b && base->layers.n && history_is_prefix(base, x) &&
	       (base->tip != x->tip || base->history.n < x->history.n);
}

/* The first of by_chain that does not end before this node. */
static size_t first_at(const struct family *m, uint32_t node)
{
	size_t from = 0, end = m->by_chain.n;

	while (from < end) {
		size_t middle = from + (end - from) / 2;

		if (member(m, m->by_chain.v[middle])->tip < node)
			from = middle + 1;
		else
			end = middle;
	}
	return from;
}

static int find_bases(struct family *m, size_t a, const bool *own)
{
	int r = 0;

	for (uint32_t node = member(m, a)->tip; r == 0 && node != CHAIN_ROOT;
	     node = m->f->chains.nodes[node].parent)
		for (size_t k = first_at(m, node); r == 0 && k < m->by_chain.n; k++) {
			uint32_t b = m->by_chain.v[k];

			if (member(m, b)->tip != node)
				break;
			if (own[b] && stands_on(m, a, b))
				r = takes_from(m, a, b);
		}
	return r;
}

static int cast_votes(struct family *m, size_t a, uint32_t position)
{
	size_t first = a > NEIGHBOURS ? a - NEIGHBOURS : 0;
	size_t end = MIN(m->kin.n, a + NEIGHBOURS + 1);
	struct vote vote;
	int r = vote_layer(m->contents, m->db, m->f, m->kin.v[a].image, position,
			   m->images.v + first, end - first, VOTE_ANY, &vote, m->err);

	for (size_t b = first; r == 0 && vote.image != UINT32_MAX && b < end; b++)
		if (m->kin.v[b].image == vote.image) {
			m->kin.v[a].copies = true;
			r = takes_from(m, a, b);
		}
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
	_cleanup_free_ bool *own = calloc(m->kin.n, sizeof(*own));
	int r = own ? 0 : err_oom(m->err);

	for (size_t k = 0; r == 0 && k < m->kin.n; k++)
		own[k] = has_own_layers(m->f, m->kin.v[k].image);
	for (size_t a = 0; r == 0 && a < m->kin.n && m->kin.n > 1; a++) {
		r = find_bases(m, a, own);
		if (r == 0)
			r = find_copies(m, a);
	}
	return r;
}

/* ---- finals and their stages ---- */

/* What a takes from, and what those take from. */
static int close_over(const struct family *m, uint32_t a, bool *in)
{
	_cleanup_(u32_vec_release) struct u32_vec open = {0};
	int r = u32_vec_push(&open, a);

	in[a] = true;
	while (r == 0 && open.n) {
		const struct kin *k = &m->kin.v[open.v[--open.n]];

		vec_foreach (b, &k->takes) {
			if (r < 0 || in[*b])
				continue;
			in[*b] = true;
			r = u32_vec_push(&open, *b);
		}
	}
	return r;
}

static bool is_copy(const struct family *m, size_t a, size_t b)
{
	return !(chains_is_prefix(&m->f->chains, member(m, b)->tip, member(m, a)->tip) &&
		 stands_on(m, a, b));
}

/* What a copies from those that take from it, by themselves or through others. */
static int break_circles_of(struct family *m, size_t a, bool later_only, bool *in)
{
	struct u32_vec *takes = &m->kin.v[a].takes;
	size_t kept = 0;

	for (size_t k = 0; k < takes->n; k++) {
		uint32_t b = takes->v[k];

		memset(in, 0, m->kin.n);
		if ((b > a || !later_only) && is_copy(m, a, b) && close_over(m, b, in) < 0)
			return err_oom(m->err);
		if (!in[a])
			takes->v[kept++] = b;
	}
	takes->n = kept;
	return 0;
}

/*
 * Two images that hold the same files of the context may each seem to copy from the other. What
 * is copied from is there first: in such a circle an older image takes nothing from a later
 * one. Dates of images may be anything, so a base can be later than what stands on it, and
 * circles be left; none of their copies is true. No circle is without a copy: what stands on
 * another is longer.
 */
static int break_circles(struct family *m)
{
	_cleanup_free_ bool *in = calloc(m->kin.n + 1, sizeof(*in));
	int r = in ? 0 : err_oom(m->err);

	for (int round = 0; round < 2; round++)
		for (size_t a = 0; r == 0 && a < m->kin.n; a++)
			r = break_circles_of(m, a, round == 0, in);
	vec_foreach (k, &m->kin)
		k->taken = k->copies = false;
	for (size_t a = 0; a < m->kin.n; a++)
		vec_foreach (b, &m->kin.v[a].takes) {
			m->kin.v[*b].taken = true;
			m->kin.v[a].copies |= is_copy(m, a, *b);
		}
	return r;
}

/* Ends that only stand on stages of the build: tests, tools. */
static void add_leaves(const struct family *m, size_t final, const bool *is_final, bool *in)
{
	for (size_t a = 0; a < m->kin.n; a++) {
		if (in[a] || is_final[a] || m->kin.v[a].taken)
			continue;
		vec_foreach (b, &m->kin.v[a].takes)
			if (*b != final && in[*b])
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
	struct group g = {calloc(m->kin.n, sizeof(*g.images)), 0};
	int r;

	if (!g.images)
		return -ENOMEM;
	for (size_t k = 0; k < m->kin.n; k++)
		if (in[k] && k != final)
			g.images[g.n++] = m->kin.v[k].image;
	qsort_r(g.images, g.n, sizeof(*g.images), compare_depth, (void *)(uintptr_t)m->f);
	g.images[g.n++] = m->kin.v[final].image;
	r = group_vec_push(ret, g);
	if (r < 0)
		free(g.images);
	return r;
}

/*
 * Finals: ends that copy from others. An end that copies nothing is final only if it would
 * belong to no build otherwise. Without circles everything is below an end.
 */
static int make_groups(const struct family *m, struct group_vec *ret)
{
	size_t n = m->kin.n;
	_cleanup_free_ bool *is_final = calloc(n, 1), *done = calloc(n, 1), *in = calloc(n, 1);

	if (!is_final || !done || !in)
		return -ENOMEM;
	for (size_t a = 0; a < n; a++)
		is_final[a] = !m->kin.v[a].taken && m->kin.v[a].copies;
	for (int round = 0; round < 2; round++)
		for (size_t a = n; a-- > 0;) {
			if (round == 0 ? !is_final[a] : done[a] || m->kin.v[a].taken)
				continue;
			memset(in, 0, n);
			if (close_over(m, (uint32_t)a, in) < 0)
				return -ENOMEM;
			add_leaves(m, a, is_final, in);
			if (add_group(m, a, in, ret) < 0)
				return -ENOMEM;
			for (size_t k = 0; k < n; k++)
				done[k] |= in[k];
		}
	return 0;
}

static int solve_family(struct family *m, const struct u32_vec *images, struct group_vec *ret)
{
	int r = family_fill(m, images) < 0 ? err_oom(m->err) : relate(m);

	if (r == 0)
		r = break_circles(m);
	return r < 0 ? r : make_groups(m, ret) < 0 ? err_oom(m->err) : 0;
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

int groups_find(struct layer_contents_cache *contents, struct db *db, const struct facts *f,
		const bool *used, struct group_vec *ret, struct err *err)
{
	_cleanup_(u32_vec_release) struct u32_vec images = {0};
	_cleanup_free_ bool *seen = calloc(f->images.n + 1, 1);
	int r = 0;

	if (!seen)
		return err_oom(err);
	memcpy(seen, used, f->images.n);
	for (uint32_t i = 0; r == 0 && i < f->images.n; i++) {
		_cleanup_(family_release) struct family m = {
		    .contents = contents, .db = db, .f = f, .err = err};

		if (seen[i])
			continue;
		if (take_family(f, seen, i, &images) < 0)
			return err_oom(err);
		r = solve_family(&m, &images, ret);
	}
	return r;
}
