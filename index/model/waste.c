/* SPDX-License-Identifier: MIT */
#include "model/waste.h"

#include "model/hashes.h"

/* What became of a stored entry, by its first name. */
#define UNSEEN 0 /* no tree showed it */
#define VISIBLE                                                                                \
	UINT32_MAX /* the final tree does; else 1 + the version that hid its last name */

/* Content of one layer, to find what was moved. */
struct content {
	unsigned char xxh128[16];
	uint64_t size;
	uint32_t node;
};
DEFINE_VEC(content_vec, struct content)

struct making {
	struct tree *tree;
	struct versions *versions;
	uint32_t *highest; /* of each position: the highest at which the same layer stands */
	uint32_t **fates;  /* of each position, one a node; NULL where another is the highest */
	struct content_vec *contents; /* of each position, made on first use */
	bool *listed;
	struct hashes hashes;
	struct wastes *out;
	struct err *err;
};

const char *waste_reason_name(enum waste_reason r)
{
	static const char *const names[] = {"metadata-only", "moved", "overwritten", "deleted",
					    "never-visible"};

	return names[r];
}

/* ---- package databases ---- */

/* Ended by a slash: all that is below. */
static const char *const package_dbs[] = {
    "lib/apk/db/",
    "usr/lib/apk/db/",
    "usr/lib/opkg/status",
    "usr/lib/sysimage/libdnf5/",
    "usr/lib/sysimage/rpm/",
    "usr/lib/sysimage/zypp/AutoInstalled",
    "var/cache/debconf/",
    "var/lib/apt/extended_states",
    "var/lib/dnf/",
    "var/lib/dpkg/available",
    "var/lib/dpkg/available-old",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/diversions-old",
    "var/lib/dpkg/statoverride",
    "var/lib/dpkg/statoverride-old",
    "var/lib/dpkg/status",
    "var/lib/dpkg/status-old",
    "var/lib/dpkg/triggers/",
    "var/lib/rpm/",
    "var/lib/yum/",
    "var/lib/zypp/AutoInstalled",
};

bool waste_is_package_db(struct bytes path)
{
	for (size_t i = 0; i < ARRAY_SIZE(package_dbs); i++) {
		struct bytes db = bytes_from_str(package_dbs[i]);

		if (bytes_ends_with(db, BYTES("/")) ? bytes_starts_with(path, db)
						    : bytes_equal(path, db))
			return true;
	}
	return false;
}

/* ---- which stored entries are gone ---- */

static const struct node *node_at(const struct making *m, uint32_t position, uint32_t node)
{
	return &m->tree->layers[position]->nodes[node];
}

static bool is_stored(const struct node *n)
{
	return n->kind == ENTRY_PLAIN && !node_is_dir(n);
}

static int make_fates(struct making *m)
{
	uint32_t n = m->tree->n_layers;
	struct layer *const *layers = m->tree->layers;

	m->highest = calloc(n + 1, sizeof(*m->highest));
	m->fates = calloc(n + 1, sizeof(*m->fates));
	m->contents = calloc(n + 1, sizeof(*m->contents));
	m->listed = calloc(n + 1, sizeof(*m->listed));
	if (!m->highest || !m->fates || !m->contents || !m->listed)
		return -ENOMEM;
	for (uint32_t i = n; i-- > 0;) {
		uint32_t k = n - 1;

		if (!layers[i])
			continue;
		while (!layers[k] || layers[k]->id != layers[i]->id)
			k--;
		m->highest[i] = k;
		if (k == i && !(m->fates[i] = calloc(layers[i]->n, sizeof(*m->fates[i]))))
			return -ENOMEM;
	}
	return 0;
}

/* The last name to go counts: its end is the entry's. */
static void note_fate(struct making *m, const struct version *x)
{
	const struct node *n = version_node(m->versions, x);
	uint32_t *fate, seq = ENTRY_SEQ(n->inode);
	const struct version *v = m->versions->v.v;

	if (!is_stored(n) || seq >= m->tree->layers[x->layer]->n)
		return;
	fate = &m->fates[m->highest[x->layer]][seq];
	if (x->next == VERSION_NONE)
		*fate = VISIBLE;
	else if (*fate == UNSEEN ||
		 (*fate != VISIBLE && v[*fate - 1].position < v[x->next].position))
		*fate = x->next + 1;
}

/* ---- why ---- */

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

static int list_contents(struct making *m, uint32_t position)
{
	const struct layer *l = m->tree->layers[position];
	struct content_vec *list = &m->contents[position];

	for (uint32_t i = 0; i < l->n; i++) {
		struct content c = {.size = l->nodes[i].size, .node = i};
		const unsigned char *hash;
		int r;

		if (!is_stored(&l->nodes[i]) || ENTRY_SEQ(l->nodes[i].inode) != i)
			continue;
		r = hashes_of(&m->hashes, &l->nodes[i], &hash, m->err);
		if (r < 0)
			return r;
		if (!hash)
			continue;
		memcpy(c.xxh128, hash, sizeof(c.xxh128));
		if (content_vec_push(list, c) < 0)
			return err_oom(m->err);
	}
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare_content);
	m->listed[position] = true;
	return 0;
}

/* The first node of a layer with the content of n; WASTE_NOWHERE. */
static int find_again(struct making *m, uint32_t position, const struct node *n, uint32_t *ret)
{
	const struct content_vec *list = &m->contents[position];
	struct content key = {.size = n->size};
	const unsigned char *hash;
	size_t lo = 0, hi;
	int r = hashes_of(&m->hashes, n, &hash, m->err);

	*ret = WASTE_NOWHERE;
	if (r == 0 && hash && !m->listed[position])
		r = list_contents(m, position);
	if (r < 0 || !hash)
		return r;
	memcpy(key.xxh128, hash, sizeof(key.xxh128));
	for (hi = list->n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_content(&list->v[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < list->n && list->v[lo].size == key.size &&
	    memcmp(list->v[lo].xxh128, key.xxh128, sizeof(key.xxh128)) == 0)
		*ret = list->v[lo].node;
	return 0;
}

static int judge_shown(struct making *m, const struct node *n, const struct version *end,
		       struct waste *w)
{
	const struct node *over = version_node(m->versions, end);
	int r = hashes_same(&m->hashes, n, over, m->err);

	if (r < 0)
		return r;
	w->reason =
	    (n->mode & S_IFMT) == (over->mode & S_IFMT) ? WASTE_OVERWRITTEN : WASTE_DELETED;
	/* A link to another entry of a layer below stores nothing again. */
	if (r && end->layer == end->position) {
		w->reason = WASTE_METADATA;
		w->again = end->node;
	}
	return 0;
}

static int judge(struct making *m, uint32_t fate, struct waste *w)
{
	const struct node *n = node_at(m, w->layer, w->node);
	const struct version *end;
	int r = 0;

	if (fate == UNSEEN) {
		w->reason = WASTE_NEVER_VISIBLE;
		w->hider = w->layer;
		return 0;
	}
	end = &m->versions->v.v[fate - 1];
	w->hider = end->position;
	w->by = end->by;
	w->reason = WASTE_DELETED;
	if (end->how == MERGE_SHOWN)
		r = judge_shown(m, n, end, w);
	if (r == 0 && w->reason == WASTE_DELETED)
		r = find_again(m, w->hider, n, &w->again);
	if (w->reason == WASTE_DELETED && w->again != WASTE_NOWHERE)
		w->reason = WASTE_MOVED;
	return r;
}

/* ---- rows ---- */

/* The row of a node that ended with this fate. */
static int make_row(struct making *m, uint32_t position, uint32_t node, uint32_t fate,
		    struct waste *ret)
{
	const struct node *n = node_at(m, position, node);
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	int r;

	*ret = (struct waste){.bytes = S_ISREG(n->mode) ? n->size : 0,
			      .layer = position,
			      .node = node,
			      .by = WASTE_NOWHERE,
			      .again = WASTE_NOWHERE};
	r = judge(m, fate, ret);
	if (r < 0)
		return r;
	if (node_path(m->tree->layers[position]->nodes, node, &path) < 0)
		return err_oom(m->err);
	ret->path = arena_bytes(&m->out->paths, buf_bytes(&path));
	ret->package_db = (ret->reason == WASTE_OVERWRITTEN || ret->reason == WASTE_METADATA) &&
			  waste_is_package_db(ret->path);
	return ret->path.ptr ? 0 : err_oom(m->err);
}

static int add_row(struct making *m, uint32_t position, uint32_t node, uint32_t fate)
{
	struct waste w;
	int r = make_row(m, position, node, fate, &w);

	if (r == 0 && waste_vec_push(&m->out->rows, w) < 0)
		r = err_oom(m->err);
	return r;
}

/* A name that ended while its entry shows under another one, if a file was stored in its place.
 */
static int add_linked(struct making *m, const struct version *x)
{
	const struct node *n = version_node(m->versions, x);
	uint32_t position = m->highest[x->layer];
	struct waste w;
	int r;

	if (x->next == VERSION_NONE || !S_ISREG(n->mode) || !is_stored(n) || n->nlink < 2 ||
	    ENTRY_SEQ(n->inode) >= m->tree->layers[x->layer]->n ||
	    m->fates[position][ENTRY_SEQ(n->inode)] != VISIBLE)
		return 0;
	r = make_row(m, position, x->node, x->next + 1, &w);
	w.bytes = 0;
	if (r == 0 && (w.reason == WASTE_METADATA || w.reason == WASTE_OVERWRITTEN) &&
	    waste_vec_push(&m->out->linked, w) < 0)
		r = err_oom(m->err);
	return r;
}

static int add_rows(struct making *m, uint32_t position)
{
	const struct layer *l = m->tree->layers[position];
	const uint32_t *fates = m->fates[position];
	int r = 0;

	for (uint32_t i = 0; r == 0 && fates && i < l->n; i++)
		if (is_stored(&l->nodes[i]) && ENTRY_SEQ(l->nodes[i].inode) == i &&
		    fates[i] != VISIBLE)
			r = add_row(m, position, i, fates[i]);
	return r;
}

static int compare_rows(const void *pa, const void *pb)
{
	const struct waste *a = pa, *b = pb;
	int c;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	c = bytes_cmp(a->path, b->path);
	return c ? c : (a->layer > b->layer) - (a->layer < b->layer);
}

static void making_release(struct making *m)
{
	for (uint32_t i = 0; i < m->tree->n_layers; i++) {
		if (m->fates)
			free(m->fates[i]);
		if (m->contents)
			content_vec_release(&m->contents[i]);
	}
	free(m->highest);
	free(m->fates);
	free(m->contents);
	free(m->listed);
	versions_free(m->versions);
	hashes_release(&m->hashes);
}

void wastes_release(struct wastes *w)
{
	tree_unref(w->tree);
	waste_vec_release(&w->rows);
	waste_vec_release(&w->linked);
	arena_release(&w->paths);
	*w = (struct wastes){0};
}

int wastes_make(struct forest *f, struct tree *t, struct wastes *ret, struct err *err)
{
	_cleanup_(making_release) struct making m = {
	    .tree = t, .hashes = {.forest = f}, .out = ret, .err = err};
	int r;

	*ret = (struct wastes){.tree = tree_ref(t)};
	r = versions_make(t, &m.versions, err);
	if (r == 0 && make_fates(&m) < 0)
		r = err_oom(err);
	for (size_t i = 0; r == 0 && i < m.versions->v.n; i++)
		if (m.versions->v.v[i].how == MERGE_SHOWN)
			note_fate(&m, &m.versions->v.v[i]);
	for (uint32_t i = 0; r == 0 && i < t->n_layers; i++)
		r = add_rows(&m, i);
	for (size_t i = 0; r == 0 && i < m.versions->v.n; i++)
		if (m.versions->v.v[i].how == MERGE_SHOWN)
			r = add_linked(&m, &m.versions->v.v[i]);
	if (r == 0 && ret->rows.n)
		qsort(ret->rows.v, ret->rows.n, sizeof(*ret->rows.v), compare_rows);
	if (r == 0 && ret->linked.n)
		qsort(ret->linked.v, ret->linked.n, sizeof(*ret->linked.v), compare_rows);
	if (r < 0)
		wastes_release(ret);
	return r;
}
