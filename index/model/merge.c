/* SPDX-License-Identifier: MIT */
/*
 * How layers become the tree that a container sees.
 *
 * A layer is not a tree but a set of changes, written as a tar. Three of its words are changes
 * rather than files: ".wh.<name>" hides <name> of the layers below, ".wh..wh..opq" hides all
 * that the layers below have in its directory, and a hard link may name a file that only a
 * layer below has. The OCI image specification says what they mean, but says it of extractors
 * that unpack one tar after the other onto a disk; and those disagree, because on a disk the
 * order inside the tar shows through: a whiteout behind the file it names deletes it in one
 * runtime, is an error in the second and does nothing in the third. The specification's own
 * sentence is that a whiteout hides *lower* layers only, wherever it stands. We follow the
 * sentence. Where runtimes differ, merging makes a finding, so that somebody can be told.
 *
 * What happens inside one tar, in tar order, is over when we begin: see model/layer.h. Here a
 * layer is a set, and nothing below depends on the order in which its members were written.
 *
 * Each layer is laid over the tree of those below it in three passes.
 *
 *   1. Hiding. Whiteouts and opaque markers act on the tree below, before it holds anything
 *      of this layer: so they cannot hide what stands beside them. From the root downwards: a
 *      directory's own whiteouts act before anyone looks at what lies below it.
 *   2. Hard links into the tree below are looked up, while it is still only that: a
 *      replacement of the target in this layer was decided inside the layer. Links on the way
 *      to the target are followed, a link in its place is itself the target.
 *   3. Laying. Every other entry goes where its path says:
 *
 *      this layer \ below  nothing     directory           symlink          other
 *      ------------------  ----------  ------------------  ---------------  -------------
 *      directory           added       takes attributes,   replaces         replaces
 *                                      children stay
 *      implied directory   added 0755  stays as it is      followed [1]     replaces [2]
 *      anything else       added       replaces it all     replaces         replaces
 *      link to below       as "anything else", as the found entry; without one, left out [3]
 *      whiteout, opaque    nothing: pass 1 was theirs
 *      metadata            nothing: AUFS and eStargz bookkeeping is no part of any tree
 *
 * "Replaces" removes the lower entry with all that it holds; what is gone stays gone, also
 * when a layer further up makes a directory of that name again.
 *
 * [1] An implied directory is one that no entry of the tar describes: it is there because
 *     "lib/x" is. If the tree has a symlink "lib -> usr/lib", docker and podman's vfs write
 *     through it (every distribution with a merged /usr has images that need that), podman's
 *     overlay puts a directory over it. We follow it, inside the tree: absolute targets start
 *     at the tree's root, ".." ends there, 40 links and it is a loop. Finding
 *     parent-symlink-lower. If it leads to no directory, a directory replaces it, finding
 *     parent-not-directory. An entry that *describes* the directory replaces the symlink.
 *     Entries that go through symlinks are laid after all others of their layer, one such
 *     subtree after the other: then it does not matter whether "lib/x" or the "usr/lib/" of
 *     the same tar came first.
 * [2] Finding parent-not-directory.
 * [3] Finding link-target-missing. The name keeps what it had below.
 *
 * A directory that changes its attributes keeps its children because children are names, not
 * contents: a name goes only by a whiteout, an opaque marker, or by being replaced.
 * trusted.overlay.* attributes and 0/0 devices are overlayfs' own words for all this. In a
 * tar they are an attribute and a device, and are shown as such.
 *
 * Cost: one hash look-up per entry of each layer and one sort of the result; nothing recurses;
 * memory is in proportion to the entries. Names are never copied.
 */
#include "model/merge.h"

#include "model/overlay.h"
#include "model/whiteout.h"
#include "util/buf.h"

#define NOWHERE UINT32_MAX

/* A hard link of this layer and what it was found to stand for. */
struct pinned {
	uint32_t node;
	struct overlay_source target;
};
DEFINE_VEC(pinned_vec, struct pinned)

/* An implied directory that waits because a symlink stands in its place. */
struct detour {
	uint32_t node; /* of this layer */
	uint32_t dir;  /* where its parent went */
};
DEFINE_VEC(detour_vec, struct detour)

struct merge {
	struct overlay tree;
	const struct layer *layer; /* the one being laid */
	uint32_t position;         /* its index */
	uint32_t *where;           /* directory of the layer -> node of the tree, or NOWHERE */
	uint32_t n_where;
	struct pinned_vec pinned; /* ascending by node */
	struct detour_vec detours;
	merge_finding_fn finding;
	merge_event_fn event;
	void *arg;
};

static void merge_release(struct merge *m)
{
	overlay_release(&m->tree);
	free(m->where);
	pinned_vec_release(&m->pinned);
	detour_vec_release(&m->detours);
}

static int note(struct merge *m, enum finding f, uint32_t node, struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (!m->finding)
		return 0;
	if (node_path(m->layer->nodes, node, &path) < 0)
		return err_oom(err);
	m->finding(m->arg, f, m->layer->id, buf_bytes(&path));
	return 0;
}

/* ---- telling who watches ---- */

static int tell(struct merge *m, enum merge_how how, uint32_t by, uint32_t name)
{
	const struct name_node *n = nametree_at(&m->tree.names, name);
	struct merge_event e = {.how = how,
				.position = m->position,
				.by = by,
				.name = name,
				.parent = n->parent,
				.text = bytes_make(n->name, n->len),
				.source_position = n->aux,
				.source_node = n->item};

	return m->event ? m->event(m->arg, &e) : 0;
}

/* Node `by` of this layer makes a name stand for something. */
static int show(struct merge *m, uint32_t name, uint32_t by, struct overlay_source s)
{
	overlay_show(&m->tree, name, s);
	return tell(m, MERGE_SHOWN, by, name);
}

static int drop_below(struct merge *m, uint32_t top, enum merge_how how, uint32_t by)
{
	int r = 0;

	for (uint32_t at = top; r == 0 && m->event;) {
		at = nametree_next(&m->tree.names, top, at);
		if (!at)
			break;
		r = tell(m, how, by, at);
	}
	nametree_clear(&m->tree.names, top);
	return r;
}

static int drop(struct merge *m, uint32_t name, enum merge_how how, uint32_t by)
{
	int r = tell(m, how, by, name);

	if (r == 0)
		r = drop_below(m, name, how, by);
	nametree_remove(&m->tree.names, name);
	return r;
}

static void forget_where(struct merge *m)
{
	memset(m->where, 0xff, m->layer->n * sizeof(*m->where));
}

/* The directory that a symlink of the tree leads to. 1 and *ret, 0 none, -ENOMEM. */
static int follow(struct merge *m, uint32_t dir, uint32_t symlink, uint32_t *ret,
		  struct err *err)
{
	const struct node *link = overlay_at(&m->tree, symlink);
	int r;

	r = overlay_resolve(&m->tree, dir, bytes_make(link->link, link->size), true, ret, err);
	return r == 1 ? node_is_dir(overlay_at(&m->tree, *ret)) : r;
}

/* ---- pass 1: hiding ---- */

static bool hides_anything(const struct layer *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (l->nodes[i].kind == ENTRY_WHITEOUT || l->nodes[i].kind == ENTRY_OPAQUE)
			return true;
	}
	return false;
}

static int hide_children(struct merge *m, uint32_t d, uint32_t lower)
{
	const struct node *dir = &m->layer->nodes[d];
	int r = 0;

	for (uint32_t c = dir->first; c < dir->first + dir->count && r == 0; c++) {
		const struct node *n = &m->layer->nodes[c];
		uint32_t hidden = 0;

		if (n->kind == ENTRY_OPAQUE)
			r = drop_below(m, lower, MERGE_OPAQUE, c);
		else if (n->kind == ENTRY_WHITEOUT)
			hidden =
			    nametree_find(&m->tree.names, lower, whiteout_target(node_name(n)));
		if (hidden)
			r = drop(m, hidden, MERGE_WHITEOUT, c);
	}
	return r;
}

/* Which directory of the tree below a directory of this layer will meet: NOWHERE if none. */
static int find_below(struct merge *m, uint32_t c, uint32_t lower, struct err *err)
{
	const struct node *n = &m->layer->nodes[c];
	uint32_t below = nametree_find(&m->tree.names, lower, node_name(n)), target;
	int r;

	if (!below || n->kind == ENTRY_META)
		return 0;
	if (node_is_dir(overlay_at(&m->tree, below)))
		m->where[c] = below;
	if (n->kind != ENTRY_IMPLIED || !S_ISLNK(overlay_at(&m->tree, below)->mode))
		return 0;
	r = follow(m, lower, below, &target, err);
	if (r == 1)
		m->where[c] = target;
	return MIN(r, 0);
}

static int find_all_below(struct merge *m, uint32_t d, uint32_t lower, struct err *err)
{
	const struct node *dir = &m->layer->nodes[d];
	int r = 0;

	for (uint32_t c = dir->first; c < dir->first + dir->count && r == 0; c++) {
		if (node_is_dir(&m->layer->nodes[c]))
			r = find_below(m, c, lower, err);
	}
	return r;
}

static int hide(struct merge *m, struct err *err)
{
	int r = 0;

	if (!hides_anything(m->layer))
		return 0;
	forget_where(m);
	m->where[0] = 0;
	for (uint32_t d = 0; d < m->layer->n && r == 0; d++) {
		uint32_t lower = m->where[d];

		if (!node_is_dir(&m->layer->nodes[d]) || lower == NOWHERE)
			continue;
		/* Two ways can lead to one directory, and one of them have hidden it: then it
		 * is dead and nothing is found in it. */
		r = hide_children(m, d, lower);
		if (r == 0)
			r = find_all_below(m, d, lower, err);
	}
	return r;
}

/* ---- pass 2: hard links into the tree below ---- */

static int pin_link(struct merge *m, uint32_t i, struct err *err)
{
	const struct node *n = &m->layer->nodes[i];
	struct pinned p = {.node = i};
	uint32_t found;
	int r;

	r = overlay_resolve(&m->tree, 0, bytes_from_str(n->link), false, &found, err);
	if (r < 0)
		return r;
	if (r == 0 || node_is_dir(overlay_at(&m->tree, found)))
		return note(m, FINDING_LINK_TARGET_MISSING, i, err);
	p.target = overlay_source(&m->tree, found);
	return pinned_vec_push(&m->pinned, p) < 0 ? err_oom(err) : 0;
}

static int pin_links(struct merge *m, struct err *err)
{
	int r = 0;

	pinned_vec_clear(&m->pinned);
	for (uint32_t i = 0; i < m->layer->n && r == 0; i++) {
		if (m->layer->nodes[i].kind == ENTRY_LINK_LOWER)
			r = pin_link(m, i, err);
	}
	return r;
}

static int by_node(const void *a, const void *b)
{
	const struct pinned *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

static const struct pinned *find_pinned(const struct merge *m, uint32_t node)
{
	const struct pinned key = {.node = node};

	if (!m->pinned.n)
		return NULL;
	return bsearch(&key, m->pinned.v, m->pinned.n, sizeof(key), by_node);
}

/* ---- pass 3: laying ---- */

static struct overlay_source source_of(const struct merge *m, uint32_t node)
{
	return (struct overlay_source){node, m->position};
}

static int add(struct merge *m, uint32_t dir, uint32_t node, struct overlay_source s,
	       uint32_t *ret, struct err *err)
{
	int r;

	r = nametree_add(&m->tree.names, dir, node_name(&m->layer->nodes[node]), ret, err);
	return r == 0 ? show(m, *ret, node, s) : r;
}

/* A name of the tree shows this directory from now on; children it has are names and stay. */
static int show_dir(struct merge *m, uint32_t below, uint32_t c)
{
	m->where[c] = below;
	return show(m, below, c, source_of(m, c));
}

static int lay_dir(struct merge *m, uint32_t c, uint32_t dir, struct err *err)
{
	const struct node *n = &m->layer->nodes[c];
	uint32_t below = nametree_find(&m->tree.names, dir, node_name(n));
	int r;

	if (!below)
		return add(m, dir, c, source_of(m, c), &m->where[c], err);
	if (n->kind != ENTRY_IMPLIED)
		return show_dir(m, below, c);
	if (node_is_dir(overlay_at(&m->tree, below))) {
		m->where[c] = below;
		return 0;
	}
	if (S_ISLNK(overlay_at(&m->tree, below)->mode)) {
		const struct detour later = {c, dir};

		return detour_vec_push(&m->detours, later) < 0 ? err_oom(err) : 0;
	}
	r = show_dir(m, below, c);
	return r < 0 ? r : note(m, FINDING_PARENT_NOT_DIR, c, err);
}

static int lay_other(struct merge *m, uint32_t c, uint32_t dir, struct err *err)
{
	const struct node *n = &m->layer->nodes[c];
	struct overlay_source s = source_of(m, c);
	uint32_t below;
	int r;

	if (n->kind == ENTRY_LINK_LOWER) {
		const struct pinned *p = find_pinned(m, c);

		if (!p)
			return 0;
		s = p->target;
	}
	below = nametree_find(&m->tree.names, dir, node_name(n));
	if (!below)
		return add(m, dir, c, s, &below, err);
	r = drop_below(m, below, MERGE_REPLACED, c);
	return r < 0 ? r : show(m, below, c, s);
}

static int lay_children(struct merge *m, uint32_t d, struct err *err)
{
	const struct node *dir = &m->layer->nodes[d];
	int r = 0;

	for (uint32_t c = dir->first; c < dir->first + dir->count && r == 0; c++) {
		const struct node *n = &m->layer->nodes[c];

		if (n->kind == ENTRY_WHITEOUT || n->kind == ENTRY_OPAQUE ||
		    n->kind == ENTRY_META)
			continue;
		r = node_is_dir(n) ? lay_dir(m, c, m->where[d], err)
				   : lay_other(m, c, m->where[d], err);
	}
	return r;
}

/*
 * Everything below a directory that has its place. Level by level: in breadth-first numbering
 * the descendants of one node on one level are one run, which the level above spans.
 */
static int lay_below(struct merge *m, uint32_t top, struct err *err)
{
	uint32_t lo = top, hi = top + 1;

	while (lo < hi) {
		uint32_t next_lo = UINT32_MAX, next_hi = 0;

		for (uint32_t d = lo; d < hi; d++) {
			const struct node *n = &m->layer->nodes[d];
			int r;

			if (!node_is_dir(n) || !n->count)
				continue;
			next_lo = MIN(next_lo, n->first);
			next_hi = n->first + n->count;
			r = m->where[d] == NOWHERE ? 0 : lay_children(m, d, err);
			if (r < 0)
				return r;
		}
		lo = next_lo;
		hi = next_hi;
	}
	return 0;
}

/* An implied directory in whose place a symlink stood when its turn first came. */
static int take_detour(struct merge *m, const struct detour *d, struct err *err)
{
	const struct node *n = &m->layer->nodes[d->node];
	uint32_t below, target;
	int r;

	/* An earlier detour may have changed everything here. */
	if (nametree_at(&m->tree.names, d->dir)->dead ||
	    !node_is_dir(overlay_at(&m->tree, d->dir)))
		return note(m, FINDING_PARENT_NOT_DIR, d->node, err);
	below = nametree_find(&m->tree.names, d->dir, node_name(n));
	if (!below || !S_ISLNK(overlay_at(&m->tree, below)->mode))
		return lay_dir(m, d->node, d->dir, err);
	r = follow(m, d->dir, below, &target, err);
	if (r < 0)
		return r;
	if (r == 1) {
		m->where[d->node] = target;
		return note(m, FINDING_PARENT_SYMLINK_LOWER, d->node, err);
	}
	r = show_dir(m, below, d->node);
	return r < 0 ? r : note(m, FINDING_PARENT_NOT_DIR, d->node, err);
}

static int lay(struct merge *m, struct err *err)
{
	int r = 0;

	forget_where(m);
	detour_vec_clear(&m->detours);
	m->where[0] = 0;
	if (m->layer->nodes[0].kind != ENTRY_IMPLIED || overlay_root_is_bare(&m->tree))
		r = show(m, 0, 0, source_of(m, 0));
	if (r == 0)
		r = lay_below(m, 0, err);
	/* Detours below detours join the end of the list. */
	for (size_t i = 0; i < m->detours.n && r == 0; i++) {
		struct detour d = m->detours.v[i];

		r = take_detour(m, &d, err);
		if (r == 0 && m->where[d.node] != NOWHERE)
			r = lay_below(m, d.node, err);
	}
	return r;
}

/* ---- layer upon layer ---- */

static int make_room(struct merge *m, uint32_t n, struct err *err)
{
	uint32_t *where;

	if (n <= m->n_where)
		return 0;
	where = reallocarray(m->where, n, sizeof(*where));
	if (!where)
		return err_oom(err);
	m->where = where;
	m->n_where = n;
	return 0;
}

static int merge_layer(struct merge *m, struct err *err)
{
	int r;

	r = make_room(m, m->layer->n, err);
	if (r == 0)
		r = hide(m, err);
	if (r == 0)
		r = pin_links(m, err);
	if (r == 0)
		r = lay(m, err);
	return r;
}

static int merge_all(struct merge *m, struct layer *const *layers, uint32_t n, struct err *err)
{
	int r = overlay_init(&m->tree, layers, n, err);

	for (uint32_t i = 0; i < n && r == 0; i++) {
		if (!layers[i])
			continue;
		m->layer = layers[i];
		m->position = i;
		r = merge_layer(m, err);
	}
	return r;
}

int merge_layers(struct layer *const *layers, uint32_t n, merge_finding_fn finding, void *arg,
		 struct tree **ret, struct err *err)
{
	_cleanup_(merge_release) struct merge m = {.finding = finding, .arg = arg};
	int r = merge_all(&m, layers, n, err);

	return r < 0 ? r : overlay_freeze(&m.tree, ret, err);
}

int merge_watch(struct layer *const *layers, uint32_t n, merge_event_fn event, void *arg,
		struct err *err)
{
	_cleanup_(merge_release) struct merge m = {.event = event, .arg = arg};

	return merge_all(&m, layers, n, err);
}
