/* SPDX-License-Identifier: MIT */
/*
 * Layers from the index. The file may be damaged or made by somebody else: every row is
 * judged before it becomes a node, so that whoever holds a layer may follow its indexes.
 */
#include "model/layer_internal.h"
#include "util/escape.h"

struct layer *layer_ref(struct layer *l)
{
	__atomic_add_fetch(&l->refs, 1, __ATOMIC_RELAXED);
	return l;
}

void layer_unref(struct layer *l)
{
	if (!l || __atomic_sub_fetch(&l->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	arena_release(&l->names);
	layer_twin_vec_release(&l->twins);
	free(l->nodes);
	free(l);
}

size_t layer_memory(const struct layer *l)
{
	return sizeof(*l) + l->n * sizeof(*l->nodes) + l->names.total +
	       l->twins.cap * sizeof(*l->twins.v);
}

int64_t layer_twin(const struct layer *l, int64_t inode)
{
	uint32_t seq = ENTRY_SEQ(inode);
	size_t lo = 0, hi = l->twins.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->twins.v[mid].seq == seq)
			return l->twins.v[mid].entry;
		if (l->twins.v[mid].seq < seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

/* ---- judging rows ---- */

static bool is_known_type(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		return !(mode & ~(S_IFMT | 07777u));
	default:
		return false;
	}
}

static bool is_name(struct bytes name)
{
	return name.len > 0 && name.len <= 255 && bytes_find(name, '/') == name.len &&
	       bytes_find(name, 0) == name.len && !bytes_equal(name, BYTES(".")) &&
	       !bytes_equal(name, BYTES(".."));
}

static const char *judge_root(const struct entry_row *row)
{
	if (!S_ISDIR(row->mode) || row->name.len || row->parent)
		return "the root is no directory";
	if (row->kind != ENTRY_PLAIN && row->kind != ENTRY_IMPLIED)
		return "the root is of a kind that cannot be";
	return NULL;
}

/* Parents never fall and names rise within one: that is what makes children contiguous. */
static const char *judge_place(const struct layer *l, const struct entry_row *row)
{
	const struct node *last = &l->nodes[l->n - 1];

	if (row->parent >= l->n || !node_is_dir(&l->nodes[row->parent]))
		return "its parent is no directory before it";
	if (!is_name(row->name))
		return "its name cannot be one";
	if (l->n == 1)
		return NULL;
	if (row->parent < last->parent)
		return "it is not beside its siblings";
	if (row->parent == last->parent && bytes_cmp(node_name(last), row->name) >= 0)
		return "it is out of order";
	return NULL;
}

static const char *judge_link(const struct entry_row *row)
{
	bool wants = S_ISLNK(row->mode) || row->kind == ENTRY_LINK_LOWER;

	if (wants != (row->link.len > 0) || bytes_find(row->link, 0) != row->link.len)
		return "its link target cannot be one";
	return NULL;
}

static const char *judge_kind(const struct entry_row *row)
{
	switch (row->kind) {
	case ENTRY_PLAIN:
	case ENTRY_META:
		return NULL;
	case ENTRY_IMPLIED:
		return S_ISDIR(row->mode) ? NULL : "an implied parent is no directory";
	case ENTRY_WHITEOUT:
		return !S_ISDIR(row->mode) && row->name.len > 4 ? NULL
								: "a whiteout of nothing";
	case ENTRY_OPAQUE:
		return !S_ISDIR(row->mode) ? NULL : "an opaque marker is a directory";
	case ENTRY_LINK_LOWER:
		return S_ISREG(row->mode) ? NULL : "a link to a lower layer has a type";
	}
	return "it is of an unknown kind";
}

static const char *judge_row(const struct layer *l, const struct entry_row *row)
{
	const char *why;

	if (row->id != ENTRY_ID(l->id, l->n))
		return "its sequence number has a gap";
	if (!is_known_type(row->mode))
		return "its mode cannot be one";
	if (row->size > INT64_MAX || row->stored > INT64_MAX)
		return "its size cannot be one";
	if (ENTRY_LAYER(row->inode) != l->id || ENTRY_SEQ(row->inode) > l->n)
		return "its inode is none of this layer before it";
	if (S_ISDIR(row->mode) && row->inode != row->id)
		return "a directory has two names";
	why = l->n ? judge_place(l, row) : judge_root(row);
	if (!why)
		why = judge_kind(row);
	return why ? why : judge_link(row);
}

/* ---- nodes ---- */

static struct node make_node(const struct entry_row *row)
{
	struct node n = {
	    .inode = row->kind == ENTRY_IMPLIED ? 0 : row->inode,
	    .size = S_ISLNK(row->mode) ? row->link.len : row->size,
	    .mtime = row->mtime,
	    .mtime_nsec = row->mtime_nsec,
	    .uid = row->uid,
	    .gid = row->gid,
	    .parent = row->parent,
	    .nlink = row->nlink,
	    .mode = (uint16_t)row->mode,
	    .name_len = (uint8_t)row->name.len,
	    .kind = row->kind,
	    .xattrs = row->xattrs,
	};

	if (S_ISREG(row->mode) && row->kind != ENTRY_LINK_LOWER)
		n.stored = row->stored;
	if (node_is_device(&n)) {
		n.rdev_major = row->rdev_major;
		n.rdev_minor = row->rdev_minor;
	}
	return n;
}

static int set_texts(struct layer *l, const struct entry_row *row, struct node *n)
{
	n->name = arena_dup(&l->names, row->name.ptr, row->name.len);
	if (n->name && row->link.len) /* judge_link(): of those that have one */
		n->link = arena_dup(&l->names, row->link.ptr, row->link.len);
	return !n->name || (row->link.len && !n->link) ? -ENOMEM : 0;
}

static int note_twin(struct layer *l, const struct entry_row *row)
{
	struct layer_twin twin = {ENTRY_SEQ(row->id), row->twin};

	return row->twin && row->id == row->inode ? layer_twin_vec_push(&l->twins, twin) : 0;
}

static int grow(struct layer_loader *l)
{
	size_t cap = l->cap + l->cap / 2 + 16;
	struct node *nodes;

	if (l->layer->n < l->cap)
		return 0;
	nodes = reallocarray(l->layer->nodes, cap, sizeof(*nodes));
	if (!nodes)
		return err_oom(l->err);
	l->layer->nodes = nodes;
	l->cap = cap;
	return 0;
}

/* Children come one after another, so the first of them says where they begin. */
static void join_parent(struct layer *l, uint32_t index)
{
	struct node *dir = &l->nodes[l->nodes[index].parent];

	if (!dir->count++)
		dir->first = index;
}

int layer_loader_init(struct layer_loader *l, int64_t id, uint64_t expect, struct err *err)
{
	*l = (struct layer_loader){.err = err};
	l->layer = calloc(1, sizeof(*l->layer));
	if (!l->layer)
		return err_oom(err);
	l->layer->id = id;
	l->layer->refs = 1;
	l->cap = (size_t)MIN(expect, (uint64_t)65536);
	if (l->cap)
		l->layer->nodes = calloc(l->cap, sizeof(*l->layer->nodes));
	return l->cap && !l->layer->nodes ? err_oom(err) : 0;
}

int layer_loader_row(struct layer_loader *l, const struct entry_row *row)
{
	struct layer *layer = l->layer;
	const char *why = judge_row(layer, row);
	struct node node;
	char shown[80];

	if (why)
		return err_set(l->err, EBADMSG,
			       "index: entry %u of layer %lld (%s): %s (the index is damaged)",
			       layer->n, (long long)layer->id,
			       escape_short(row->name, shown, sizeof(shown)), why);
	if (grow(l) < 0)
		return -ENOMEM;
	node = make_node(row);
	if (set_texts(layer, row, &node) < 0 || note_twin(layer, row) < 0)
		return err_oom(l->err);
	layer->nodes[layer->n] = node;
	if (layer->n)
		join_parent(layer, layer->n);
	layer->n++;
	return 0;
}

int layer_loader_done(struct layer_loader *l, struct layer **ret)
{
	struct layer *layer = l->layer;
	struct node *fit;

	if (layer->n == 0)
		return err_set(l->err, EBADMSG,
			       "index: layer %lld has no entries (the index is damaged)",
			       (long long)layer->id);
	fit = reallocarray(layer->nodes, layer->n, sizeof(*fit));
	if (fit)
		layer->nodes = fit;
	*ret = steal_ptr(&l->layer);
	return 0;
}

void layer_loader_release(struct layer_loader *l)
{
	layer_unref(steal_ptr(&l->layer));
}

/* ---- from the index ---- */

static int on_row(void *arg, const struct entry_row *row)
{
	return layer_loader_row(arg, row);
}

static int check_count(const struct layer_loader *l, const struct layer_row *row)
{
	if (l->layer->n == row->entries)
		return 0;
	return err_set(l->err, EBADMSG,
		       "index: layer %lld has %u of its %llu entries (the index is damaged)",
		       (long long)row->id, l->layer->n, (unsigned long long)row->entries);
}

int layer_load(struct db *db, int64_t id, struct layer **ret, struct err *err)
{
	_cleanup_(layer_loader_release) struct layer_loader l = {0};
	struct layer_row row;
	int r;

	r = layers_get(db, id, &row, err);
	if (r == 0)
		r = err_set(err, ESTALE, "layer %lld is no longer in the index", (long long)id);
	if (r < 0)
		return r;
	r = layer_loader_init(&l, id, row.entries, err);
	if (r == 0)
		r = entries_each(db, id, on_row, &l, err);
	if (r == 0)
		r = check_count(&l, &row);
	return r == 0 ? layer_loader_done(&l, ret) : r;
}
