/* SPDX-License-Identifier: MIT */
#include "model/dups.h"

#include "model/sieve.h"
#include "store/contents.h"
#include "store/layers.h"

/* A stored file in the scope. */
struct file {
	unsigned char hash[16];
	uint64_t size;
	int64_t entry;
};
DEFINE_VEC(file_vec, struct file)

struct finder {
	struct db *db;
	struct forest *forest;
	const struct dup_scope *scope;
	const struct dup_limits *limits;
	struct dups *ret;
	struct err *err;
	bool *in; /* one a layer of scope->uses: is it in the scope? */
	struct file_vec files;

	/* The whole index: the hash that the entries read last have, and how many had it. */
	unsigned char hash[16];
	size_t same;

	/* Shipped chains that hold copies of one group, joined where they share one: a
	 * union-find over the chains, of which `touched` are in use. */
	uint32_t *join, *touched;
	size_t n_touched;
};

void dups_release(struct dups *d)
{
	dup_group_vec_release(&d->groups);
	free(d->dirs);
	d->dirs = NULL;
}

static void finder_release(struct finder *f)
{
	file_vec_release(&f->files);
	free(f->in);
	free(f->join);
	free(f->touched);
}

static int finder_init(struct finder *f)
{
	const struct uses *u = f->scope->uses;

	f->in = calloc(u->n_layers + 1, sizeof(*f->in));
	f->join = calloc(u->chains.n + 1, sizeof(*f->join));
	f->touched = calloc(u->chains.n + 1, sizeof(*f->touched));
	if (!f->in || !f->join || !f->touched)
		return err_oom(f->err);
	for (size_t i = 0; i < u->chains.n; i++)
		f->join[i] = USES_NONE;
	for (uint32_t i = 0; !f->scope->layers && i < u->n_layers; i++)
		f->in[i] = true;
	for (size_t i = 0; f->scope->layers && i < f->scope->n; i++)
		f->in[f->scope->layers[i]] = true;
	return 0;
}

/* Index of the entry's layer if it is in the scope, else USES_NONE. */
static uint32_t layer_of(const struct finder *f, int64_t entry)
{
	uint32_t at = uses_find(f->scope->uses, ENTRY_LAYER(entry));

	return at != USES_NONE && f->in[at] ? at : USES_NONE;
}

/* ---- sums that a hostile index cannot turn over ---- */

static uint64_t times(uint64_t n, uint64_t size)
{
	uint64_t product;

	return mul_overflows(n, size, &product) ? UINT64_MAX : product;
}

static void add(uint64_t *sum, uint64_t n)
{
	if (add_overflows(*sum, n, sum))
		*sum = UINT64_MAX;
}

static void add_group(struct dup_sums *sums, const struct dup_group *g)
{
	sums->groups++;
	sums->copies += g->copies;
	add(&sums->reclaimable, g->reclaimable);
	add(&sums->shipped, g->shipped);
	add(&sums->across_images, g->across_images);
	add(&sums->build_only, g->build_only);
}

/* ---- where the copies of one group are shipped ---- */

static uint32_t find_root(struct finder *f, uint32_t chain)
{
	while (f->join[chain] != chain) {
		f->join[chain] = f->join[f->join[chain]];
		chain = f->join[chain];
	}
	return chain;
}

static void touch(struct finder *f, uint32_t chain)
{
	if (f->join[chain] != USES_NONE)
		return;
	f->join[chain] = chain;
	f->touched[f->n_touched++] = chain;
}

/* Joins the shipped chains that the layer stands in. Does it stand in any? */
static bool join_layer(struct finder *f, uint32_t layer)
{
	const struct uses *u = f->scope->uses;
	const struct used_layer *l = &u->layers[layer];
	uint32_t first = USES_NONE;

	for (uint32_t i = l->first; i < l->first + l->n; i++) {
		uint32_t chain = u->uses.v[i].chain;

		if (!u->chains.v[chain].shipped)
			continue;
		touch(f, chain);
		if (first == USES_NONE)
			first = chain;
		else
			f->join[find_root(f, chain)] = find_root(f, first);
	}
	return first != USES_NONE;
}

/* How many sets of chains are left; forgets them. */
static uint64_t count_sets(struct finder *f)
{
	uint64_t sets = 0;

	for (size_t i = 0; i < f->n_touched; i++)
		sets += f->join[f->touched[i]] == f->touched[i];
	for (size_t i = 0; i < f->n_touched; i++)
		f->join[f->touched[i]] = USES_NONE;
	f->n_touched = 0;
	return sets;
}

static void split(struct finder *f, const struct file *files, size_t n, struct dup_group *g)
{
	uint64_t shipped = 0, sets;
	uint32_t layer = USES_NONE;
	bool ships = false;

	for (size_t i = 0; i < n; i++) {
		uint32_t at = layer_of(f, files[i].entry);

		if (at != layer)
			ships = join_layer(f, at);
		layer = at;
		shipped += ships;
		g->places += f->scope->uses->layers[at].n;
	}
	sets = count_sets(f);
	g->shipped = times(shipped - sets, g->size);
	g->across_images = times(sets ? sets - 1 : 0, g->size);
	g->build_only = times(sets ? n - shipped : n - 1, g->size);
}

/* ---- groups ---- */

static int by_number(uint64_t a, uint64_t b)
{
	return a == b ? 0 : a < b ? 1 : -1;
}

static int by_reclaimable(const void *pa, const void *pb)
{
	const struct dup_group *a = pa, *b = pb;
	int c = by_number(a->reclaimable, b->reclaimable);

	if (!c)
		c = memcmp(a->xxh128, b->xxh128, sizeof(a->xxh128));
	return c ? c : by_number(a->size, b->size);
}

static int by_shipped(const void *pa, const void *pb)
{
	const struct dup_group *a = pa, *b = pb;
	int c = by_number(a->shipped, b->shipped);

	return c ? c : by_reclaimable(pa, pb);
}

/* The largest max_groups in order. */
static void cut(struct finder *f)
{
	struct dup_group_vec *g = &f->ret->groups;

	if (g->n)
		qsort(g->v, g->n, sizeof(*g->v),
		      f->limits->order == DUPS_BY_SHIPPED ? by_shipped : by_reclaimable);
	if (f->limits->max_groups)
		g->n = MIN(g->n, f->limits->max_groups);
}

/* Files of one hash and size. */
static int take(struct finder *f, const struct file *files, size_t n)
{
	struct dup_group g = {
	    .size = files->size, .copies = n, .reclaimable = times(n - 1, files->size)};

	if (n < 2 || g.size < f->limits->min_size)
		return 0;
	memcpy(g.xxh128, files->hash, sizeof(g.xxh128));
	split(f, files, n, &g);
	add_group(&f->ret->all, &g);
	if (f->limits->max_groups && f->ret->groups.n / 2 >= f->limits->max_groups)
		cut(f);
	return dup_group_vec_push(&f->ret->groups, g) < 0 ? err_oom(f->err) : 0;
}

static int compare_files(const void *pa, const void *pb)
{
	const struct file *a = pa, *b = pb;
	int c = memcmp(a->hash, b->hash, sizeof(a->hash));

	if (!c)
		c = (a->size > b->size) - (a->size < b->size);
	return c ? c : (a->entry > b->entry) - (a->entry < b->entry);
}

/* Sorts the files and takes the groups in them. */
static int take_files(struct finder *f)
{
	const struct file_vec *v = &f->files;
	size_t first = 0;
	int r = 0;

	if (v->n)
		qsort(v->v, v->n, sizeof(*v->v), compare_files);
	for (size_t i = 1; r == 0 && i <= v->n; i++) {
		if (i < v->n && v->v[i].size == v->v[first].size &&
		    memcmp(v->v[i].hash, v->v[first].hash, sizeof(f->hash)) == 0)
			continue;
		r = take(f, v->v + first, i - first);
		first = i;
	}
	file_vec_clear(&f->files);
	return r;
}

/* ---- a few layers: those of their files that may not be alone, sorted ---- */

/* The hashes of the scope's layers, held. */
struct held {
	struct layer_hashes **v;
	size_t n;
	uint64_t files;
};

static void held_release(struct held *h)
{
	for (size_t i = 0; i < h->n; i++)
		layer_hashes_unref(h->v[i]);
	free(h->v);
}

static int hold(const struct finder *f, struct held *h)
{
	const struct dup_scope *s = f->scope;
	int r = 0;

	h->v = calloc(s->n + 1, sizeof(struct layer_hashes *));
	if (!h->v)
		return err_oom(f->err);
	for (size_t i = 0; r == 0 && i < s->n; i++) {
		r = forest_hashes(f->forest, f->db, s->uses->layers[s->layers[i]].id, &h->v[i],
				  f->err);
		if (r == 0)
			h->files += h->v[h->n++]->n;
	}
	return r;
}

/* What falls through the sieve. */
static int take_sifted(struct finder *f, const struct held *h, const struct sieve *s)
{
	for (size_t i = 0; i < h->n; i++)
		for (uint32_t k = 0; k < h->v[i]->n; k++) {
			const struct layer_hash *hash = &h->v[i]->v[k];
			struct file file = {.size = hash->size,
					    .entry = ENTRY_ID(h->v[i]->layer, k)};

			if (!hash->size || !sieve_passes(s, hash->xxh128))
				continue;
			memcpy(file.hash, hash->xxh128, sizeof(file.hash));
			if (file_vec_push(&f->files, file) < 0)
				return err_oom(f->err);
		}
	return 0;
}

static int find_sorted(struct finder *f)
{
	_cleanup_(held_release) struct held held = {0};
	_cleanup_(sieve_release) struct sieve sieve = {0};
	int r = hold(f, &held);

	if (r == 0 && sieve_init(&sieve, held.files) < 0)
		r = err_oom(f->err);
	for (size_t i = 0; r == 0 && i < held.n; i++)
		for (uint32_t k = 0; k < held.v[i]->n; k++)
			if (held.v[i]->v[k].size)
				sieve_add(&sieve, held.v[i]->v[k].xxh128);
	if (r == 0)
		r = take_sifted(f, &held, &sieve);
	return r < 0 ? r : take_files(f);
}

/* ---- the whole index, or too many files to sort: in the order of the hashes ---- */

static int on_copy(void *arg, int64_t entry, uint64_t size)
{
	struct finder *f = arg;
	struct file file = {.size = size, .entry = entry};

	if (layer_of(f, entry) == USES_NONE)
		return 0;
	memcpy(file.hash, f->hash, sizeof(file.hash));
	return file_vec_push(&f->files, file) < 0 ? err_oom(f->err) : 0;
}

/* Most hashes are alone, and their rows are never looked at. */
static int end_hash(struct finder *f)
{
	int r = 0;

	if (f->same > 1)
		r = contents_find(f->db, f->hash, on_copy, f, f->err);
	f->same = 0;
	return r < 0 ? r : take_files(f);
}

static int on_entry(void *arg, const unsigned char *hash, int64_t entry)
{
	struct finder *f = arg;
	int r = 0;

	if (layer_of(f, entry) == USES_NONE)
		return 0;
	if (f->same && memcmp(f->hash, hash, sizeof(f->hash)) != 0)
		r = end_hash(f);
	memcpy(f->hash, hash, sizeof(f->hash));
	f->same++;
	return r;
}

static int find_streaming(struct finder *f)
{
	int r = contents_each(f->db, on_entry, f, f->err);

	return r < 0 ? r : end_hash(f);
}

int dups_find(struct db *db, struct forest *forest, const struct dup_scope *scope,
	      const struct dup_limits *limits, struct dups *ret, struct err *err)
{
	_cleanup_(finder_release) struct finder f = {.db = db,
						     .forest = forest,
						     .scope = scope,
						     .limits = limits,
						     .ret = ret,
						     .err = err};
	int r;

	*ret = (struct dups){0};
	ret->dirs = content_dirs_new();
	r = ret->dirs ? finder_init(&f) : err_oom(err);
	if (r == 0)
		r = scope->layers && scope->files <= DUPS_SORTED ? find_sorted(&f)
								 : find_streaming(&f);
	if (r < 0)
		dups_release(ret);
	else
		cut(&f);
	return r;
}

/* ---- copies ---- */

struct copies {
	const struct dup_scope *scope;
	const struct dup_group *group;
	struct dup_copy_vec *ret;
	struct err *err;
};

static bool in_scope(const struct dup_scope *s, uint32_t layer)
{
	size_t lo = 0, hi = s->n;

	if (!s->layers)
		return true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->layers[mid] < layer)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->layers[lo] == layer;
}

static int on_member(void *arg, int64_t entry, uint64_t size)
{
	struct copies *c = arg;
	struct dup_copy copy = {entry, uses_find(c->scope->uses, ENTRY_LAYER(entry)),
				BYTES_NULL};

	if (size != c->group->size || copy.layer == USES_NONE ||
	    !in_scope(c->scope, copy.layer))
		return 0;
	return dup_copy_vec_push(c->ret, copy) < 0 ? err_oom(c->err) : 0;
}

int dups_copies(struct db *db, const struct dup_scope *scope, const struct dups *d,
		size_t group, struct dup_copy_vec *ret, struct arena *paths, struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct copies c = {scope, &d->groups.v[group], ret, err};
	int r;

	dup_copy_vec_clear(ret);
	r = contents_find(db, c.group->xxh128, on_member, &c, err);
	for (size_t i = 0; r == 0 && i < ret->n; i++) {
		r = contents_path(db, d->dirs, ret->v[i].entry, &path, err);
		if (r == 0)
			ret->v[i].path = arena_bytes(paths, buf_bytes(&path));
		if (r == 0 && path.len && !ret->v[i].path.ptr)
			r = err_oom(err);
	}
	return r;
}

/* ---- scopes ---- */

static int compare_indexes(const void *pa, const void *pb)
{
	const uint32_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* Sorts them, and keeps each once. */
static void finish_scope(struct dup_scope *s, uint32_t *layers, size_t n)
{
	size_t kept = 0;

	qsort(layers, n, sizeof(*layers), compare_indexes);
	for (size_t i = 0; i < n; i++)
		if (!kept || layers[kept - 1] != layers[i])
			layers[kept++] = layers[i];
	s->layers = layers;
	s->n = kept;
	for (size_t i = 0; i < kept; i++)
		s->files += s->uses->layers[layers[i]].entries;
}

static size_t add_chain(const struct uses *u, const struct catalog_layer *chain, uint32_t n,
			uint32_t *out)
{
	size_t kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = uses_find(u, chain[i].layer);

		if (at != USES_NONE)
			out[kept++] = at;
	}
	return kept;
}

int dups_scope_of_chain(const struct uses *u, const struct catalog_layer *layers, uint32_t n,
			uint32_t **ret_layers, struct dup_scope *ret)
{
	*ret = (struct dup_scope){.uses = u};
	*ret_layers = calloc((size_t)n + 1, sizeof(**ret_layers));
	if (!*ret_layers)
		return -ENOMEM;
	finish_scope(ret, *ret_layers, add_chain(u, layers, n, *ret_layers));
	return 0;
}

int dups_scope_of_build(const struct uses *u, const struct catalog_build *b,
			uint32_t **ret_layers, struct dup_scope *ret)
{
	size_t n = 0;

	*ret = (struct dup_scope){.uses = u};
	for (uint32_t k = 0; k < b->n_stages; k++)
		n += b->stages[k].n_layers;
	*ret_layers = calloc(n + 1, sizeof(**ret_layers));
	if (!*ret_layers)
		return -ENOMEM;
	n = 0;
	for (uint32_t k = 0; k < b->n_stages; k++)
		n += add_chain(u, b->stages[k].layers, b->stages[k].n_layers, *ret_layers + n);
	finish_scope(ret, *ret_layers, n);
	return 0;
}
