/* SPDX-License-Identifier: MIT */
/*
 * A build from images alone: every member is a stage, named by its label or its tag, standing
 * on the longest other member that begins it, or on what its history shows to be a base.
 *
 * Histories do not say where a COPY came from (kaniko's do). Inline caches do; else the content
 * decides (model/vote.h), of the members first, then of any other image that has the files just
 * where the history took them from. A COPY that nothing explains is from the context if its
 * source is written as a relative path, as context paths are and --from paths are not; else
 * unknown.
 */
#include "model/copyword.h"
#include "model/stage_draft.h"
#include "model/vote.h"

struct members {
	const uint32_t *images;
	size_t n;
	uint32_t first; /* stage of the first member: a base may come before them */
};

static bool is_member(const void *arg, uint32_t image)
{
	const struct members *m = arg;

	for (size_t k = 0; k < m->n; k++)
		if (m->images[k] == image)
			return true;
	return false;
}

/* ---- names ---- */

static struct bytes name_of(const struct draft *d, uint32_t image, enum evidence *by)
{
	const struct fact_image *i = &d->f->images.v[image];

	vec_foreach (doc, &d->f->documents) {
		const char *slash =
		    doc->name.len ? memrchr(doc->name.ptr, '/', doc->name.len) : NULL;

		*by = EVIDENCE_USER;
		if (doc->kind == DOCUMENT_STAGE && facts_by_digest(d->f, doc->subject) == image)
			return slash
				   ? bytes_skip(doc->name, (size_t)(slash - doc->name.ptr) + 1)
				   : doc->name;
	}
	*by = EVIDENCE_LABEL;
	if (i->stage_name.len)
		return i->stage_name;
	*by = EVIDENCE_TAG;
	return i->names.n ? facts_tag(i->names.v[0]) : BYTES_NULL;
}

static bool name_taken(const struct draft *d, struct bytes name)
{
	vec_foreach (s, &d->stages)
		if (bytes_equal(bytes_from_str(s->s.name), name))
			return true;
	return false;
}

static int add_member(struct draft *d, const struct members *m, size_t k)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	enum evidence by;
	struct bytes given = name_of(d, m->images[k], &by);
	struct draft_stage *s;
	uint32_t stage;

	if (m->n == 1 && by == EVIDENCE_TAG) {
		given = BYTES("final");
		by = EVIDENCE_DEFAULT;
	}
	buf_add_bytes(&name, given);
	if (!given.len || name_taken(d, given)) {
		buf_addf(&name, "%sstage-%zu", given.len ? "~" : "", k);
		by = given.len ? by : EVIDENCE_DEFAULT;
	}
	if (buf_status(&name) < 0 || draft_add_stage(d, buf_bytes(&name), by, &stage) < 0)
		return -ENOMEM;
	s = &d->stages.v[stage];
	s->image = s->history = m->images[k];
	s->tip = d->f->images.v[m->images[k]].tip;
	s->s.layers_by = m->n == 1 ? EVIDENCE_DEFAULT : EVIDENCE_CHAIN;
	s->s.target = m->images[k] == d->image;
	return 0;
}

/* ---- bases ---- */

static bool begins(const struct facts *f, const struct fact_image *a,
		   const struct fact_image *b)
{
	return chains_is_prefix(&f->chains, a->tip, b->tip) && history_is_prefix(a, b) &&
	       (a->tip != b->tip || a->history.n < b->history.n);
}

/* The member that has most of it, of those before it: a stage stands on an earlier one;
 * DRAFT_NONE. */
static uint32_t member_base(const struct draft *d, const struct members *m, size_t k)
{
	const struct fact_image *i = &d->f->images.v[m->images[k]];
	size_t best = m->n;

	for (size_t n = 0; n < k; n++) {
		const struct fact_image *base = &d->f->images.v[m->images[n]];

		if (begins(d->f, base, i) &&
		    (best == m->n ||
		     base->history.n > d->f->images.v[m->images[best]].history.n))
			best = n;
	}
	return best == m->n ? DRAFT_NONE : (uint32_t)best;
}

static void stand_on_stage(struct draft_stage *s, const struct draft_stage *base,
			   uint32_t index, uint32_t layers, uint32_t entries, enum evidence by)
{
	s->s.base_kind = BASE_STAGE;
	s->s.base_stage = index;
	s->s.base_ref = base->s.name;
	s->s.base_by = by;
	s->s.base_known = true;
	s->s.base_layers = layers;
	s->root_entries = entries;
}

/* The stage that stands for a base image that is not indexed. */
static int base_stage(struct draft *d, const struct boundary *b, uint32_t tip, uint32_t *ret)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	struct draft_stage *s;

	for (uint32_t k = 0; k < d->stages.n; k++)
		if (d->stages.v[k].image == DRAFT_NONE && d->stages.v[k].tip == tip) {
			*ret = k;
			return 0;
		}
	buf_add_str(&name, "base");
	for (int n = 1; name_taken(d, buf_bytes(&name)); n++) {
		buf_clear(&name);
		buf_addf(&name, n == 1 ? "base-image" : "base-image-%d", n);
	}
	if (buf_status(&name) < 0 ||
	    draft_add_stage(d, buf_bytes(&name), EVIDENCE_DEFAULT, ret) < 0)
		return -ENOMEM;
	s = &d->stages.v[*ret];
	s->tip = tip;
	s->s.layers_by = s->s.base_by = b->by;
	s->s.base_kind = b->ref.len ? BASE_IMAGE : BASE_UNKNOWN;
	s->s.base_ref = b->ref.len ? draft_text(d, b->ref) : NULL;
	s->s.base_known = b->ref.len > 0; /* it is that image and nothing else */
	s->s.base_layers = b->ref.len ? d->f->chains.nodes[tip].depth : 0;
	return b->ref.len && !s->s.base_ref ? -ENOMEM : 0;
}

static int stand_on_boundary(struct draft *d, const struct members *m, uint32_t stage,
			     uint32_t image)
{
	struct boundary b = boundary_find(d->f, image, is_member, m);
	struct draft_stage *s = &d->stages.v[stage];
	uint32_t base;

	if (!b.known)
		return 0;
	s->s.base_by = b.by;
	s->s.base_known = true;
	s->s.base_layers = b.layers;
	s->root_entries = b.entries;
	if (b.image != UINT32_MAX || !b.layers) {
		s->s.base_kind = b.image != UINT32_MAX || b.ref.len ? BASE_IMAGE : BASE_SCRATCH;
		s->s.base_image = b.image != UINT32_MAX ? d->f->images.v[b.image].id : 0;
		s->s.base_ref = b.ref.len ? draft_text(d, b.ref) : NULL;
		return b.ref.len && !s->s.base_ref ? -ENOMEM : 0;
	}
	if (base_stage(d, &b, chains_prefix(&d->f->chains, s->tip, b.layers), &base) < 0)
		return -ENOMEM;
	stand_on_stage(&d->stages.v[stage], &d->stages.v[base], base, b.layers, b.entries,
		       b.by);
	return 0;
}

static int set_base(struct draft *d, const struct members *m, size_t k)
{
	uint32_t stage = m->first + (uint32_t)k, base = member_base(d, m, k);
	const struct fact_image *i;

	if (base == DRAFT_NONE)
		return stand_on_boundary(d, m, stage, m->images[k]);
	i = &d->f->images.v[m->images[base]];
	stand_on_stage(&d->stages.v[stage], &d->stages.v[m->first + base], m->first + base,
		       (uint32_t)i->layers.n, (uint32_t)i->history.n, EVIDENCE_CHAIN);
	return 0;
}

/* ---- instructions and edges ---- */

static int add_instructions(struct draft *d, struct draft_stage *s, uint32_t stage)
{
	const struct fact_image *i = &d->f->images.v[s->image];

	for (uint32_t k = s->root_entries; k < i->history.n; k++) {
		const struct fact_entry *e = &i->history.v[k];

		if (draft_add_instruction(d, stage, bytes_from_str(e->in.keyword),
					  buf_bytes(&e->in.text), e->position,
					  EVIDENCE_HISTORY) < 0 ||
		    u32_vec_push(&s->entries, k) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* kaniko writes --from. */
static struct bytes from_flag(struct bytes text)
{
	struct bytes word;

	draft_next_word(&text);
	while (bytes_starts_with(word = draft_next_word(&text), BYTES("--")))
		if (bytes_starts_with(word, BYTES("--from=")))
			return bytes_skip(word, 7);
	return BYTES_NULL;
}

static uint32_t stage_named(const struct draft *d, struct bytes name)
{
	for (uint32_t k = 0; k < d->stages.n; k++)
		if (bytes_equal(bytes_from_str(d->stages.v[k].s.name), name))
			return k;
	return DRAFT_NONE;
}

static int source_by_flag(struct draft *d, struct bytes from, struct build_edge *e)
{
	uint32_t stage = stage_named(d, from);

	e->by = EVIDENCE_HISTORY;
	e->source = stage == DRAFT_NONE ? SOURCE_IMAGE : SOURCE_STAGE;
	e->source_stage = stage == DRAFT_NONE ? 0 : stage;
	e->source_ref = stage == DRAFT_NONE ? draft_text(d, from) : NULL;
	return stage == DRAFT_NONE && !e->source_ref ? -ENOMEM : 0;
}

static bool source_by_cache(const struct draft *d, const struct draft_stage *s,
			    struct build_edge *e)
{
	uint32_t tip =
	    draft_cache_source(d->f, chains_prefix(&d->f->chains, s->tip, e->position));

	for (uint32_t k = 0; tip != CHAIN_NONE && k < d->stages.n; k++)
		if (d->stages.v[k].tip == tip) {
			e->source = SOURCE_STAGE;
			e->source_stage = k;
			e->by = EVIDENCE_CACHE;
			return true;
		}
	return false;
}

static int source_by_content(struct draft *d, const struct members *m,
			     const struct draft_stage *s, struct build_edge *e, struct err *err)
{
	struct vote vote;
	int r = vote_layer(d->contents, d->db, d->f, s->image, e->position, m->images, m->n,
			   VOTE_ANY, &vote, err);

	for (size_t k = 0; r == 0 && vote.image != UINT32_MAX && k < m->n; k++)
		if (m->images[k] == vote.image) {
			e->source = SOURCE_STAGE;
			e->source_stage = m->first + (uint32_t)k;
			e->by = EVIDENCE_CONTENT;
		}
	return r;
}

/* COPY --from=IMAGE: an image of another repository, that has a name. */
static int source_by_image(struct draft *d, const struct members *m,
			   const struct draft_stage *s, struct build_edge *e, struct err *err)
{
	_cleanup_(u32_vec_release) struct u32_vec others = {0};
	const struct fact_image *voter = &d->f->images.v[s->image];
	struct vote vote;
	int r = 0;

	for (uint32_t i = 0; i < d->f->images.n; i++) {
		const struct fact_image *other = &d->f->images.v[i];

		if (is_member(m, i) || !other->names.n || facts_same_repository(voter, other) ||
		    !bytes_equal(voter->platform, other->platform))
			continue;
		if (u32_vec_push(&others, i) < 0)
			return -ENOMEM;
	}
	r = vote_layer(d->contents, d->db, d->f, s->image, e->position, others.v, others.n,
		       VOTE_AT_PATH, &vote, err);
	if (r < 0 || vote.image == UINT32_MAX)
		return r;
	e->source = SOURCE_IMAGE;
	e->source_ref = draft_text(d, d->f->images.v[vote.image].names.v[0]);
	e->by = EVIDENCE_CONTENT;
	return e->source_ref ? 0 : -ENOMEM;
}

static int find_source(struct draft *d, const struct members *m, const struct draft_stage *s,
		       const struct build_instruction *i, const struct copywords *words,
		       struct build_edge *e, struct err *err)
{
	struct bytes from = from_flag(i->text);
	int r;

	if (from.len)
		return source_by_flag(d, from, e);
	if (strcmp(i->keyword, "ADD") == 0) {
		e->source = SOURCE_CONTEXT;
		e->by = EVIDENCE_HISTORY;
		return 0;
	}
	if (source_by_cache(d, s, e))
		return 0;
	r = source_by_content(d, m, s, e, err);
	if (r == 0 && e->source == SOURCE_UNKNOWN && words->sources.n && !words->relative)
		r = source_by_image(d, m, s, e, err);
	if (r < 0 || e->source != SOURCE_UNKNOWN)
		return r;
	e->by = words->relative ? EVIDENCE_HISTORY : EVIDENCE_DEFAULT;
	e->source = words->relative ? SOURCE_CONTEXT : SOURCE_UNKNOWN;
	return 0;
}

static int add_edges(struct draft *d, const struct members *m, uint32_t stage, uint32_t index,
		     struct err *err)
{
	struct draft_stage *s = &d->stages.v[stage];
	const struct build_instruction *i = &s->instructions.v[index];
	struct copywords words;
	struct build_edge e = {
	    .instruction = index, .position = i->position, .kind = EDGE_COPY};
	int r = copywords_read(i->text, &words);

	if (r < 0)
		return r;
	e.dst = words.destination;
	if (e.dst.len)
		r = find_source(d, m, s, i, &words, &e, err);
	for (size_t k = 0; r == 0 && e.dst.len && k < MAX(words.sources.n, (size_t)1); k++) {
		e.src = k < words.sources.n ? words.sources.v[k] : BYTES_NULL;
		r = build_edge_vec_push(&d->stages.v[stage].edges, e);
	}
	copywords_release(&words);
	return r;
}

static int fill_stage(struct draft *d, const struct members *m, size_t k, struct err *err)
{
	uint32_t stage = m->first + (uint32_t)k;
	struct draft_stage *s = &d->stages.v[stage];
	int r = add_instructions(d, s, stage);

	for (uint32_t n = 0; r == 0 && n < s->instructions.n; n++) {
		const struct build_instruction *i = &s->instructions.v[n];

		if (i->position &&
		    (strcmp(i->keyword, "COPY") == 0 || strcmp(i->keyword, "ADD") == 0))
			r = add_edges(d, m, stage, n, err);
	}
	return r;
}

/* ---- the order of stages, and who is needed ---- */

static void mark_needed(struct draft *d)
{
	bool more = true;

	vec_foreach (s, &d->stages)
		s->s.needed = s->s.target;
	while (more) {
		more = false;
		vec_foreach (s, &d->stages) {
			struct draft_stage *base =
			    s->s.base_kind == BASE_STAGE ? &d->stages.v[s->s.base_stage] : NULL;

			if (!s->s.needed)
				continue;
			if (base && !base->s.needed)
				more = base->s.needed = true;
			vec_foreach (e, &s->edges) {
				bool *needed = &d->stages.v[e->source_stage].s.needed;

				if (e->source == SOURCE_STAGE && !*needed)
					more = *needed = true;
			}
		}
	}
}

/* Stages that stand for base images were added last; they come first. */
static int bases_first(struct draft *d, const struct members *m)
{
	struct draft_stage_vec sorted = {0};
	size_t bases = d->stages.n - m->n;

	for (size_t k = 0; k < d->stages.n; k++) {
		size_t from = k < bases ? m->n + k : k - bases;

		if (draft_stage_vec_push(&sorted, d->stages.v[from]) < 0) {
			draft_stage_vec_release(&sorted);
			return -ENOMEM;
		}
	}
	vec_foreach (s, &sorted) {
		if (s->s.base_kind == BASE_STAGE)
			s->s.base_stage = s->s.base_stage >= m->n
					      ? s->s.base_stage - (uint32_t)m->n
					      : s->s.base_stage + (uint32_t)bases;
	}
	draft_stage_vec_release(&d->stages);
	d->stages = sorted;
	return 0;
}

int draft_from_images(struct draft *d, const uint32_t *members, size_t n, struct err *err)
{
	struct members m = {members, n, 0};
	int r = 0;

	for (size_t k = 0; r == 0 && k < n; k++)
		r = add_member(d, &m, k);
	for (size_t k = 0; r == 0 && k < n; k++)
		r = set_base(d, &m, k);
	if (r == 0)
		r = bases_first(d, &m);
	m.first = (uint32_t)(d->stages.n - n);
	for (size_t k = 0; r == 0 && k < n; k++)
		r = fill_stage(d, &m, k, err);
	if (r == 0)
		mark_needed(d);
	return r == -ENOMEM ? err_oom(err) : r;
}
