/* SPDX-License-Identifier: MIT */
/*
 * Content for the stages of a Dockerfile: which chain of layers each one is.
 *
 * Placing one stage places the stages it stands on, as prefixes of its chain. In order of
 * trust: what the user said, the final image, BuildKit caches (the source of a COPY --from
 * layer is the tip of its stage), images whose history is that of a stage (--target). Each
 * round may give the next one new edges to follow; it ends when a round places nothing.
 */
#include "model/stage_draft.h"
#include "model/vote.h"

#define IMAGE_SCORE 800 /* an image must fit its stage's text, not only its keywords */

struct chain_list {
	uint32_t *stages; /* the first of the FROM chain first */
	uint32_t n;
};

static void chain_list_release(struct chain_list *c)
{
	free(c->stages);
}

/* The stages that `stage` stands on, and itself. A stage stands on earlier ones only. */
static int from_chain(const struct draft *d, uint32_t stage, struct chain_list *ret)
{
	uint32_t n = 1;

	for (uint32_t s = stage; d->stages.v[s].s.base_kind == BASE_STAGE; n++)
		s = d->stages.v[s].s.base_stage;
	ret->stages = calloc(n, sizeof(*ret->stages));
	if (!ret->stages)
		return -ENOMEM;
	ret->n = n;
	for (uint32_t s = stage; n-- > 0; s = d->stages.v[s].s.base_stage)
		ret->stages[n] = s;
	return 0;
}

/* ---- by an image's history ---- */

DEFINE_VEC(item_vec, const struct dockerfile_instruction *)

static int collect_items(const struct draft *d, const struct chain_list *chain,
			 struct item_vec *ret)
{
	for (uint32_t k = 0; k < chain->n; k++) {
		const struct draft_stage *s = &d->stages.v[chain->stages[k]];
		const struct dockerfile_stage *from =
		    &d->dockerfile->stages.v[chain->stages[k]];

		for (size_t i = 0; i < s->instructions.n; i++)
			if (item_vec_push(ret,
					  &d->dockerfile->instructions.v[from->first + i]) < 0)
				return -ENOMEM;
	}
	return 0;
}

static uint32_t layers_before(const struct fact_image *i, uint32_t entry)
{
	uint32_t layers = 0;

	for (uint32_t k = 0; k < entry && k < i->history.n; k++)
		if (i->history.v[k].position)
			layers = i->history.v[k].position;
	return layers;
}

static bool knows_better(const struct draft_stage *s, enum evidence by)
{
	return s->tip != CHAIN_NONE && s->s.layers_by <= by;
}

static int take_entries(struct draft *d, struct draft_stage *s, const struct align_match *m,
			uint32_t image)
{
	const struct fact_image *i = &d->f->images.v[image];

	s->history = image;
	u32_vec_clear(&s->entries);
	for (size_t k = 0; k < s->instructions.n; k++) {
		s->instructions.v[k].position =
		    m[k].entry == ALIGN_NONE ? 0 : i->history.v[m[k].entry].position;
		if (u32_vec_push(&s->entries, m[k].entry) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The entry at which a stage begins: that of its first instruction that has one, or, where it
 * has none, of the next stage's. n: what is left of the chain. */
static uint32_t begin_of(const struct align_match *m, size_t n, uint32_t otherwise)
{
	for (size_t k = 0; k < n; k++)
		if (m[k].entry != ALIGN_NONE)
			return m[k].entry;
	return otherwise;
}

static uint32_t end_of(const struct align_match *m, size_t n, uint32_t otherwise)
{
	while (n-- > 0)
		if (m[n].entry != ALIGN_NONE)
			return m[n].entry + 1;
	return otherwise;
}

/* Every stage of the chain gets its part of the image's history and layers. */
static int take_alignment(struct draft *d, const struct chain_list *chain,
			  const struct alignment *a, uint32_t image, enum evidence by)
{
	const struct fact_image *i = &d->f->images.v[image];
	const struct align_match *m = a->matches;
	uint32_t at = 0, root = 0;
	size_t left = 0;

	for (uint32_t k = 0; k < chain->n; k++)
		left += d->stages.v[chain->stages[k]].instructions.n;
	for (uint32_t k = 0; k < chain->n; k++) {
		struct draft_stage *s = &d->stages.v[chain->stages[k]], *base = s - 1;
		size_t n = s->instructions.n;
		uint32_t begin = begin_of(m, left, k ? at : (uint32_t)i->history.n);
		bool better = !knows_better(s, by);

		if (k == 0)
			root = begin;
		if (k > 0)
			base = &d->stages.v[chain->stages[k - 1]];
		if (k > 0 && !knows_better(base, by)) {
			base->tip =
			    chains_prefix(&d->f->chains, i->tip, layers_before(i, begin));
			base->s.layers_by = by;
		}
		if (better || s->tip == i->tip) {
			s->root_entries = root;
			s->s.base_known = i->reliable;
			s->s.base_layers = layers_before(i, begin);
			if (take_entries(d, s, m, image) < 0)
				return -ENOMEM;
		}
		at = end_of(m, n, begin);
		m += n;
		left -= n;
	}
	return 0;
}

static void put_on_image(struct draft *d, uint32_t stage, uint32_t image, enum evidence by)
{
	struct draft_stage *s = &d->stages.v[stage];

	if (knows_better(s, by))
		return;
	s->tip = d->f->images.v[image].tip;
	s->image = image;
	s->s.layers_by = by;
}

static int align_stage(const struct draft *d, uint32_t stage, uint32_t image,
		       struct chain_list *chain, struct alignment *ret)
{
	_cleanup_(item_vec_release) struct item_vec items = {0};
	const struct fact_image *i = &d->f->images.v[image];
	int r = from_chain(d, stage, chain);

	if (r == 0)
		r = collect_items(d, chain, &items);
	if (r == 0)
		r = align_history(items.v, (uint32_t)items.n, i->history.v, i->history.n, ret);
	return r;
}

/* 1: the image's history is the stage's; 0: it is not, only its chain was taken. */
static int place_on_image(struct draft *d, uint32_t stage, uint32_t image, enum evidence by)
{
	_cleanup_(chain_list_release) struct chain_list chain = {0};
	_cleanup_(alignment_release) struct alignment a = {0};
	int r = align_stage(d, stage, image, &chain, &a);

	if (r < 0)
		return r;
	if (a.accepted)
		r = take_alignment(d, &chain, &a, image, by);
	put_on_image(d, stage, image, by);
	return r < 0 ? r : a.accepted;
}

/* ---- by counting: caches have no history ---- */

static bool makes_layer(const struct dockerfile_instruction *i)
{
	return dockerfile_makes_layer(i) != DOCKERFILE_LAYER_NO;
}

static uint32_t count_own(const struct draft *d, uint32_t stage)
{
	uint32_t own = 0;

	for (size_t k = 0; k < d->stages.v[stage].instructions.n; k++)
		own += makes_layer(
		    &d->dockerfile->instructions.v[d->dockerfile->stages.v[stage].first + k]);
	return own;
}

/* BuildKit makes one layer for each instruction that can make one. */
static void number_by_count(struct draft *d, uint32_t stage, uint32_t base)
{
	struct draft_stage *s = &d->stages.v[stage];
	uint32_t at = base;

	s->s.base_known = true;
	s->s.base_layers = base;
	for (size_t k = 0; k < s->instructions.n; k++) {
		const struct dockerfile_instruction *i =
		    &d->dockerfile->instructions.v[d->dockerfile->stages.v[stage].first + k];

		s->instructions.v[k].position = makes_layer(i) ? ++at : 0;
	}
}

/* The stage ends at its tip: where does it begin? Its base is placed with it. */
static void settle_by_count(struct draft *d, uint32_t stage, enum evidence by)
{
	for (;;) {
		struct draft_stage *s = &d->stages.v[stage], *base;
		uint32_t depth = d->f->chains.nodes[s->tip].depth, own = count_own(d, stage);

		if (own > depth)
			return;
		if (!s->s.base_known)
			number_by_count(d, stage, depth - own);
		if (s->s.base_kind != BASE_STAGE)
			return;
		stage = s->s.base_stage;
		base = &d->stages.v[stage];
		if (knows_better(base, by))
			return;
		base->tip = chains_prefix(&d->f->chains, s->tip, s->s.base_layers);
		base->s.layers_by = by;
	}
}

/* ---- by caches ---- */

static uint32_t chain_of_node(const struct facts *f, const struct buildcache_node *n)
{
	uint32_t at = CHAIN_ROOT;

	for (uint32_t k = 0; at != CHAIN_NONE && k < n->n_layers; k++)
		at = chains_find(&f->chains, at, n->diff_ids[k]);
	return at;
}

uint32_t draft_cache_source(const struct facts *f, uint32_t chain)
{
	uint32_t best = CHAIN_NONE;

	for (uint32_t i = 0; f->caches && i < f->caches->n; i++) {
		const struct buildcache_node *n = &f->caches->nodes[i];

		if (n->n_layers != f->chains.nodes[chain].depth || chain_of_node(f, n) != chain)
			continue;
		for (uint32_t k = 0; k < n->n_sources; k++) {
			uint32_t tip = chain_of_node(f, &f->caches->nodes[n->sources[k]]);

			if (tip != CHAIN_NONE &&
			    (best == CHAIN_NONE ||
			     f->chains.nodes[tip].depth > f->chains.nodes[best].depth))
				best = tip;
		}
	}
	return best;
}

/* The base it stands on must be the one that is known. */
static bool fits_base(const struct draft *d, uint32_t stage, uint32_t tip)
{
	const struct draft_stage *s = &d->stages.v[stage];
	uint32_t base;

	if (s->s.base_kind != BASE_STAGE)
		return true;
	base = d->stages.v[s->s.base_stage].tip;
	return base == CHAIN_NONE || chains_is_prefix(&d->f->chains, base, tip);
}

static bool place_by_cache(struct draft *d, const struct draft_stage *s,
			   const struct build_edge *e)
{
	struct draft_stage *source = &d->stages.v[e->source_stage];
	uint32_t position = s->instructions.v[e->instruction].position, tip;

	if (source->tip != CHAIN_NONE || !position)
		return false;
	tip = draft_cache_source(d->f, chains_prefix(&d->f->chains, s->tip, position));
	if (tip == CHAIN_NONE || !fits_base(d, e->source_stage, tip))
		return false;
	source->tip = tip;
	source->s.layers_by = EVIDENCE_CACHE;
	settle_by_count(d, e->source_stage, EVIDENCE_CACHE);
	return true;
}

static bool follow_caches(struct draft *d)
{
	bool placed = false;

	for (size_t k = d->stages.n; d->f->caches && k-- > 0;) {
		const struct draft_stage *s = &d->stages.v[k];

		if (s->tip == CHAIN_NONE)
			continue;
		for (size_t n = 0; n < s->edges.n; n++)
			if (s->edges.v[n].source == SOURCE_STAGE)
				placed |= place_by_cache(d, s, &s->edges.v[n]);
	}
	return placed;
}

/* ---- by images ---- */

/* Can this image be the stage? Its history must be, on top of the known base. */
static int image_fits(const struct draft *d, uint32_t stage, uint32_t image, uint32_t *score)
{
	_cleanup_(chain_list_release) struct chain_list chain = {0};
	_cleanup_(alignment_release) struct alignment a = {0};
	int r = fits_base(d, stage, d->f->images.v[image].tip)
		    ? align_stage(d, stage, image, &chain, &a)
		    : 0;

	*score = a.score;
	return r < 0 ? r : a.accepted && a.score >= IMAGE_SCORE;
}

/* An image of the final image's repository, or one that continues a stage that is placed. */
static bool is_related(const struct draft *d, uint32_t stage, uint32_t image)
{
	const struct draft_stage *s = &d->stages.v[stage];
	uint32_t base =
	    s->s.base_kind == BASE_STAGE ? d->stages.v[s->s.base_stage].tip : CHAIN_NONE;

	if (d->image == DRAFT_NONE || image == d->image ||
	    !bytes_equal(d->f->images.v[image].platform, d->f->images.v[d->image].platform))
		return false;
	return facts_same_repository(&d->f->images.v[image], &d->f->images.v[d->image]) ||
	       (base != CHAIN_NONE && base != CHAIN_ROOT &&
		chains_is_prefix(&d->f->chains, base, d->f->images.v[image].tip));
}

/* A copy layer of a placed stage that came from this one, and the image that has it. */
static const struct build_edge *edge_from(const struct draft *d, uint32_t stage,
					  uint32_t *voter, uint32_t *position)
{
	for (size_t k = 0; k < d->stages.n; k++) {
		const struct draft_stage *s = &d->stages.v[k];

		for (size_t n = 0; s->image != DRAFT_NONE && n < s->edges.n; n++) {
			const struct build_edge *e = &s->edges.v[n];

			if (e->source != SOURCE_STAGE || e->source_stage != stage ||
			    e->kind != EDGE_COPY)
				continue;
			*voter = s->image;
			*position = s->instructions.v[e->instruction].position;
			if (*position)
				return e;
		}
	}
	return NULL;
}

static bool has_tag(const struct fact_image *i, const char *name)
{
	vec_foreach (n, &i->names) {
		struct bytes tag = facts_tag(*n);

		if (tag.len && memmem(tag.ptr, tag.len, name, strlen(name)))
			return true;
	}
	return false;
}

/* Of several that fit: the one whose content was copied, the one with the stage's name as tag,
 * the newest. */
static int choose_image(struct draft *d, uint32_t stage, const struct u32_vec *fitting,
			uint32_t *ret, struct err *err)
{
	struct vote vote = {.image = DRAFT_NONE};
	uint32_t voter, position;
	int r = 0;

	if (fitting->n > 1 && edge_from(d, stage, &voter, &position))
		r = vote_layer(d->contents, d->db, d->f, voter, position, fitting->v,
			       fitting->n, VOTE_STAGE, &vote, err);
	*ret = vote.image;
	for (size_t k = 0; vote.image == DRAFT_NONE && k < fitting->n; k++) {
		const struct fact_image *a = &d->f->images.v[fitting->v[k]];
		const struct fact_image *b = *ret == DRAFT_NONE ? NULL : &d->f->images.v[*ret];
		bool tagged = has_tag(a, d->stages.v[stage].s.name);

		if (!b || tagged > has_tag(b, d->stages.v[stage].s.name) ||
		    (tagged == has_tag(b, d->stages.v[stage].s.name) && a->event >= b->event))
			*ret = fitting->v[k];
	}
	return r;
}

static int find_image(struct draft *d, uint32_t stage, uint32_t *ret, struct err *err)
{
	_cleanup_(u32_vec_release) struct u32_vec fitting = {0};

	for (uint32_t i = 0; i < d->f->images.n; i++) {
		uint32_t score = 0;
		int r = is_related(d, stage, i) ? image_fits(d, stage, i, &score) : 0;

		if (r > 0)
			r = u32_vec_push(&fitting, i);
		if (r < 0)
			return err_oom(err);
	}
	return choose_image(d, stage, &fitting, ret, err);
}

/* 1: something was placed. */
static int follow_images(struct draft *d, bool *used, struct err *err)
{
	int placed = 0;

	for (uint32_t k = 0; k < d->stages.n; k++) {
		uint32_t image = DRAFT_NONE;
		int r;

		if (d->stages.v[k].tip != CHAIN_NONE)
			continue;
		r = find_image(d, k, &image, err);
		if (r == 0 && image != DRAFT_NONE) {
			r = place_on_image(d, k, image, EVIDENCE_CHAIN);
			used[image] = true;
			placed = 1;
		}
		if (r < 0)
			return r;
	}
	return placed;
}

/* Images that are exactly a stage found otherwise: the same chain, and their history is it. */
static int name_images(struct draft *d, bool *used, struct err *err)
{
	for (uint32_t k = 0; k < d->stages.n; k++) {
		struct draft_stage *s = &d->stages.v[k];

		for (uint32_t i = 0;
		     s->tip != CHAIN_NONE && s->image == DRAFT_NONE && i < d->f->images.n;
		     i++) {
			uint32_t score;
			int r = d->f->images.v[i].tip == s->tip && is_related(d, k, i)
				    ? image_fits(d, k, i, &score)
				    : 0;

			if (r < 0)
				return err_oom(err);
			if (r > 0) {
				s->image = i;
				used[i] = true;
			}
		}
	}
	return 0;
}

/* ---- by the user ---- */

/* "[BUILD/]NAME": is it this build, and which stage? */
static uint32_t stage_meant(const struct draft *d, struct bytes name)
{
	const char *slash = name.len ? memrchr(name.ptr, '/', name.len) : NULL;
	struct bytes build =
	    slash ? bytes_make(name.ptr, (size_t)(slash - name.ptr)) : BYTES_NULL;
	bool mine = !build.len;

	if (slash)
		name = bytes_skip(name, build.len + 1);
	if (build.len && d->image != DRAFT_NONE)
		vec_foreach (n, &d->f->images.v[d->image].names)
			mine |= bytes_equal(*n, build);
	for (uint32_t k = 0; mine && k < d->stages.n; k++)
		if (bytes_equal(bytes_from_str(d->stages.v[k].s.name), name))
			return k;
	return DRAFT_NONE;
}

static int follow_user(struct draft *d, bool *used)
{
	vec_foreach (doc, &d->f->documents) {
		uint32_t stage, image;
		int r;

		if (doc->kind != DOCUMENT_STAGE)
			continue;
		stage = stage_meant(d, doc->name);
		image = facts_by_digest(d->f, doc->subject);
		if (stage == DRAFT_NONE || image == UINT32_MAX)
			continue;
		r = place_on_image(d, stage, image, EVIDENCE_USER);
		if (r < 0)
			return r;
		used[image] = true;
	}
	return 0;
}

static int place_target(struct draft *d)
{
	int r;

	if (d->image == DRAFT_NONE)
		return 0;
	r = place_on_image(d, d->target, d->image, d->structure_by);
	if (r == 0)
		draft_note(d, "The Dockerfile does not match the history of the image: which "
			      "layers are whose is not known.");
	return MIN(r, 0);
}

int draft_place(struct draft *d, bool *used, struct err *err)
{
	int r = follow_user(d, used);

	if (r == 0)
		r = place_target(d);
	while (r == 0) {
		bool placed = follow_caches(d);

		r = follow_images(d, used, err);
		if (r == 0 && !placed)
			break;
		r = MIN(r, 0);
	}
	if (r == 0)
		r = name_images(d, used, err);
	return r == -ENOMEM ? err_oom(err) : r;
}
