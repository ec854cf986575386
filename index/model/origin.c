/* SPDX-License-Identifier: MIT */
#include "model/origin.h"

#include "model/copymap.h"
#include "model/hashes.h"

/* Files of a source by content, to find what was moved. */
struct content {
	unsigned char xxh128[16];
	uint64_t size;
	uint32_t node;
};
DEFINE_VEC(content_vec, struct content)
DEFINE_VEC(word_vec, struct origin_word)

struct making {
	struct forest *f;
	const struct catalog *c;
	const struct catalog_stage *st;
	struct origins *o;
	struct word_vec words;
	struct content_vec *contents; /* one a word, made on first use */
	bool *listed;                 /* contents[i] is made */
	size_t n_contents;
	struct hashes hashes;
	struct err *err;
};

const char *copy_match_name(enum copy_match m)
{
	static const char *const names[] = {NULL, "exact", "moved", "unmatched"};

	return names[m];
}

void origins_free(struct origins *o)
{
	if (!o)
		return;
	for (uint32_t i = 0; i < o->n_words; i++)
		tree_unref(o->words[i].tree);
	free(o->words);
	free(o->nodes);
	tree_unref(o->tree);
	arena_release(&o->arena);
	free(o);
}

/* ---- words ---- */

static int add_word(struct making *m, enum origin_kind kind, const char *name, uint32_t stage,
		    uint32_t *ret)
{
	struct origin_word w = {.kind = kind, .stage = stage};

	for (uint32_t i = 0; i < m->words.n; i++)
		if (m->words.v[i].kind == kind && strcmp(m->words.v[i].name, name) == 0) {
			*ret = i;
			return 0;
		}
	w.name = arena_dup(&m->o->arena, name, strlen(name));
	*ret = (uint32_t)m->words.n;
	return w.name ? word_vec_push(&m->words, w) : -ENOMEM;
}

/* The tree of a source; NULL where the index does not hold it. */
static int source_tree(struct making *m, const struct build_edge *e, struct tree **ret)
{
	const struct catalog_image *img = NULL;

	*ret = NULL;
	if (e->source == SOURCE_STAGE) {
		const struct catalog_stage *st = &m->st->build->stages[e->source_stage];

		return st->n_layers
			   ? forest_stage_tree(m->f, st->s->id, st->n_layers, ret, m->err)
			   : 0;
	}
	if (e->source == SOURCE_IMAGE)
		img = catalog_image_named(m->c, e->source_ref);
	return img ? forest_tree(m->f, img->id, img->n_layers, ret, m->err) : 0;
}

static int word_of_edge(struct making *m, const struct build_edge *e, uint32_t *ret)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	size_t before = m->words.n;
	int r;

	switch (e->source) {
	case SOURCE_CONTEXT:
		return add_word(m, ORIGIN_CONTEXT, "@context", 0, ret);
	case SOURCE_UNKNOWN:
		return add_word(m, ORIGIN_UNKNOWN, "@unknown", 0, ret);
	case SOURCE_STAGE:
		r = add_word(m, ORIGIN_STAGE, m->st->build->stages[e->source_stage].name,
			     e->source_stage, ret);
		break;
	default:
		buf_addf(&name, "image:%s", e->source_ref ? e->source_ref : "");
		r = buf_status(&name);
		if (r == 0)
			r = add_word(m, ORIGIN_IMAGE, buf_str(&name), 0, ret);
		break;
	}
	if (r == 0 && m->words.n > before)
		r = source_tree(m, e, &m->words.v[*ret].tree);
	return r;
}

/* ---- equal content ---- */

static int same_content(struct making *m, const struct node *a, const struct node *b, bool *ret)
{
	const unsigned char *x, *y;
	int r = 0;

	*ret = false;
	if ((a->mode & S_IFMT) != (b->mode & S_IFMT))
		return 0;
	if (a->inode == b->inode) {
		*ret = true;
		return 0;
	}
	if (S_ISLNK(a->mode)) {
		*ret = a->size == b->size && memcmp(a->link, b->link, a->size) == 0;
		return 0;
	}
	if (!S_ISREG(a->mode) || a->size != b->size) {
		*ret = !S_ISREG(a->mode);
		return 0;
	}
	if (!a->size) {
		*ret = true;
		return 0;
	}
	r = hashes_of(&m->hashes, a, &x, m->err);
	if (r == 0)
		r = hashes_of(&m->hashes, b, &y, m->err);
	*ret = r == 0 && x && y && memcmp(x, y, 16) == 0;
	return r;
}

static int compare_content(const void *pa, const void *pb)
{
	const struct content *a = pa, *b = pb;
	int c = memcmp(a->xxh128, b->xxh128, sizeof(a->xxh128));

	if (c)
		return c;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return (a->node > b->node) - (a->node < b->node);
}

static int list_contents(struct making *m, uint32_t word)
{
	const struct tree *t = m->words.v[word].tree;
	struct content_vec *list = &m->contents[word];

	for (uint32_t i = 0; i < t->n; i++) {
		struct content c = {.size = t->nodes[i].size, .node = i};
		const unsigned char *hash;
		int r = hashes_of(&m->hashes, &t->nodes[i], &hash, m->err);

		if (r < 0)
			return r;
		if (!hash)
			continue;
		memcpy(c.xxh128, hash, sizeof(c.xxh128));
		if (content_vec_push(list, c) < 0)
			return -ENOMEM;
	}
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare_content);
	m->listed[word] = true;
	return 0;
}

/* How many components two paths share from their ends. */
static size_t common_end(const struct node *a, uint32_t i, const struct node *b, uint32_t k)
{
	size_t n = 0;

	for (; i && k && bytes_equal(node_name(&a[i]), node_name(&b[k])); n++) {
		i = a[i].parent;
		k = b[k].parent;
	}
	return n;
}

static int make_room(struct making *m, uint32_t word)
{
	size_t n = MAX((size_t)word + 1, m->n_contents);
	struct content_vec *contents;
	bool *listed;

	if (n == m->n_contents)
		return 0;
	contents = reallocarray(m->contents, n, sizeof(*contents));
	if (!contents)
		return -ENOMEM;
	m->contents = contents;
	listed = reallocarray(m->listed, n, sizeof(*listed));
	if (!listed)
		return -ENOMEM;
	m->listed = listed;
	memset(contents + m->n_contents, 0, (n - m->n_contents) * sizeof(*contents));
	memset(listed + m->n_contents, 0, (n - m->n_contents) * sizeof(*listed));
	m->n_contents = n;
	return 0;
}

/* The same content elsewhere in the source: of several, the one whose path ends alike. */
static int find_moved(struct making *m, uint32_t word, uint32_t node, uint32_t *ret)
{
	const struct node *nodes = m->o->tree->nodes;
	struct content key = {.size = nodes[node].size};
	const unsigned char *hash;
	size_t best = 0, lo = 0, hi;
	int r = hashes_of(&m->hashes, &nodes[node], &hash, m->err);

	*ret = ORIGIN_NOWHERE;
	if (r < 0 || !hash)
		return r;
	memcpy(key.xxh128, hash, sizeof(key.xxh128));
	r = make_room(m, word);
	if (r == 0 && !m->listed[word])
		r = list_contents(m, word);
	if (r < 0)
		return r;
	hi = m->contents[word].n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_content(&m->contents[word].v[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < m->contents[word].n; lo++) {
		const struct content *c = &m->contents[word].v[lo];
		size_t end = common_end(nodes, node, m->words.v[word].tree->nodes, c->node);

		if (c->size != key.size || memcmp(c->xxh128, key.xxh128, 16) != 0)
			break;
		if (*ret == ORIGIN_NOWHERE || end > best) {
			*ret = c->node;
			best = end;
		}
	}
	return 0;
}

/* ---- one file ---- */

static const struct build_instruction *instruction_at(const struct build_stage *s,
						      uint32_t position, uint32_t *ret)
{
	for (uint32_t k = 0; k < s->n_instructions; k++)
		if (s->instructions[k].position == position) {
			*ret = k;
			return &s->instructions[k];
		}
	*ret = ORIGIN_NOWHERE;
	return NULL;
}

static bool keyword_is(const struct build_instruction *i, const char *keyword)
{
	return strcmp(i->keyword, keyword) == 0;
}

/* A file of a COPY: exact if the mapped path of its source has the same content. */
static int match_copy(struct making *m, const struct build_edge *e, uint32_t node,
		      struct bytes path, struct origin *o)
{
	const struct tree *source = m->words.v[o->word].tree;
	const struct node *n = &m->o->tree->nodes[node];
	uint32_t at;
	bool same = false;
	int r;

	if (!source)
		return 0;
	at = copymap_find(source->nodes, e, path);
	r = at != COPYMAP_NONE ? same_content(m, n, &source->nodes[at], &same) : 0;
	if (r < 0)
		return r;
	if (same) {
		o->match = MATCH_EXACT;
		o->source = at;
		return 0;
	}
	if (o->match != MATCH_UNMATCHED)
		return 0;
	r = find_moved(m, o->word, node, &at);
	if (r == 0 && at != ORIGIN_NOWHERE) {
		o->match = MATCH_MOVED;
		o->source = at;
	}
	return r;
}

/*
 * The edges of one instruction have one source; the first that leads to the file is its own.
 * anywhere: also those whose destination is elsewhere, as a path with variables may be.
 */
static int try_edges(struct making *m, uint32_t position, uint32_t node, struct bytes path,
		     bool anywhere, struct origin *o)
{
	const struct build_stage *s = m->st->s;

	for (uint32_t k = 0; k < s->n_edges && o->match != MATCH_EXACT; k++) {
		const struct build_edge *e = &s->edges[k];
		struct origin try = {.edge = k, .source = ORIGIN_NOWHERE};
		bool copied = e->source == SOURCE_STAGE || e->source == SOURCE_IMAGE;
		int r;

		if (e->kind != EDGE_COPY || e->position != position ||
		    (!anywhere && e->dst.ptr && !copymap_covers(e, path)))
			continue;
		try.match = copied ? MATCH_UNMATCHED : MATCH_NONE;
		r = word_of_edge(m, e, &try.word);
		if (r == 0 && copied)
			r = match_copy(m, e, node, path, &try);
		if (r < 0)
			return r;
		if (o->word != ORIGIN_NOWHERE && try.match == MATCH_UNMATCHED)
			continue;
		try.instruction = o->instruction;
		try.position = o->position;
		*o = try;
	}
	return 0;
}

/* Where no edge speaks of the layer. */
static int by_keyword(struct making *m, const struct build_instruction *i, struct origin *o)
{
	if (!i)
		return add_word(m, ORIGIN_UNKNOWN, "@unknown", 0, &o->word);
	if (keyword_is(i, "COPY") || keyword_is(i, "ADD"))
		return add_word(m, ORIGIN_CONTEXT, "@context", 0, &o->word);
	return add_word(m, ORIGIN_MADE, "@made", 0, &o->word);
}

/* A stage that was committed as one layer: its COPYs have no layer of their own. */
static bool is_one_commit(const struct build_stage *s)
{
	return s->base_known && s->n_layers == s->base_layers + 1 && s->n_instructions > 1;
}

static int judge(struct making *m, uint32_t node, struct bytes path, struct origin *o)
{
	const struct build_stage *s = m->st->s;
	const struct build_instruction *i;
	int r = 0;

	if (s->base_known && o->position <= s->base_layers)
		return add_word(m, ORIGIN_BASE, "@base", 0, &o->word);
	i = instruction_at(s, o->position, &o->instruction);
	r = try_edges(m, o->position, node, path, false, o);
	if (r == 0 && o->word == ORIGIN_NOWHERE && is_one_commit(s))
		r = try_edges(m, 0, node, path, false, o);
	else if (r == 0 && o->word == ORIGIN_NOWHERE && i && keyword_is(i, "COPY"))
		r = try_edges(m, o->position, node, path, true, o);
	if (r == 0 && o->word == ORIGIN_NOWHERE)
		r = by_keyword(m, i, o);
	return r;
}

/* ---- all of them ---- */

static void count(struct making *m, const struct node *n, const struct origin *o)
{
	struct origin_word *w = &m->words.v[o->word];

	if (S_ISREG(n->mode)) {
		w->files++;
		w->bytes += n->size;
	} else {
		w->others++;
		w->symlink_bytes += S_ISLNK(n->mode) ? n->size : 0;
	}
	w->exact += o->match == MATCH_EXACT;
	w->moved += o->match == MATCH_MOVED;
	w->unmatched += o->match == MATCH_UNMATCHED;
	if (o->match == MATCH_UNMATCHED && S_ISREG(n->mode))
		w->unmatched_bytes += n->size;
}

/* Nodes of stored files with several names, by file, then by number. */
static int compare_inode(const void *pa, const void *pb, void *arg)
{
	const struct node *nodes = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	if (nodes[a].inode != nodes[b].inode)
		return nodes[a].inode < nodes[b].inode ? -1 : 1;
	return (a > b) - (a < b);
}

/* All names of a file have the origin of the first that was matched best. */
static int share_origins(struct making *m)
{
	const struct tree *t = m->o->tree;
	_cleanup_free_ uint32_t *order = calloc(t->n + 1, sizeof(*order));
	uint32_t n = 0;

	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->n; i++)
		if (!node_is_dir(&t->nodes[i]))
			order[n++] = i;
	qsort_r(order, n, sizeof(*order), compare_inode, t->nodes);
	for (uint32_t i = 0, k; i < n; i = k) {
		struct origin *first = &m->o->nodes[order[i]];

		for (k = i + 1; k < n && t->nodes[order[i]].inode &&
				t->nodes[order[k]].inode == t->nodes[order[i]].inode;
		     k++) {
			struct origin *o = &m->o->nodes[order[k]];

			if (o->word == first->word)
				continue;
			*o = *first;
		}
		first->first = true;
		count(m, &t->nodes[order[i]], first);
	}
	return 0;
}

static int on_node(void *arg, uint32_t index, struct bytes path)
{
	struct making *m = arg;
	const struct node *n = &m->o->tree->nodes[index];
	struct origin *o = &m->o->nodes[index];

	*o = (struct origin){.word = ORIGIN_NOWHERE,
			     .edge = ORIGIN_NOWHERE,
			     .source = ORIGIN_NOWHERE,
			     .instruction = ORIGIN_NOWHERE,
			     .position = catalog_stage_position(m->st, ENTRY_LAYER(n->inode))};
	return node_is_dir(n) ? 0 : judge(m, index, path, o);
}

static void making_release(struct making *m)
{
	for (size_t i = 0; i < m->n_contents; i++)
		content_vec_release(&m->contents[i]);
	free(m->contents);
	free(m->listed);
	hashes_release(&m->hashes);
	/* The words' trees go with the origins. */
	if (m->o) {
		m->o->words = m->words.v;
		m->o->n_words = (uint32_t)m->words.n;
	}
}

static int make(struct making *m)
{
	int r = forest_stage_tree(m->f, m->st->s->id, m->st->n_layers, &m->o->tree, m->err);

	if (r < 0)
		return r;
	m->o->nodes = calloc(m->o->tree->n + 1, sizeof(*m->o->nodes));
	if (!m->o->nodes)
		return -ENOMEM;
	m->o->nodes[0].word = ORIGIN_NOWHERE;
	r = tree_walk(m->o->tree->nodes, m->o->tree->n, on_node, m);
	return r < 0 ? r : share_origins(m);
}

int origins_make(struct forest *f, const struct catalog *c, const struct catalog_stage *stage,
		 struct origins **ret, struct err *err)
{
	_cleanup_(origins_freep) struct origins *o = calloc(1, sizeof(*o));
	struct making m = {.f = f, .c = c, .st = stage, .o = o, .hashes = {f, {0}}, .err = err};
	int r;

	if (!o)
		return err_oom(err);
	o->stage = stage;
	r = make(&m);
	making_release(&m);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	*ret = steal_ptr(&o);
	return 0;
}
