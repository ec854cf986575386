/* SPDX-License-Identifier: MIT */
#include "model/overlay.h"

#include "model/resolve.h"
#include "util/buf.h"

#define NO_LAYER UINT32_MAX

/* Forty targets of 4,095 bytes are 80,000 steps: what one link may cost is bounded apart. */
#define MAX_STEPS 4096

int overlay_init(struct overlay *o, struct layer *const *layers, uint32_t n, struct err *err)
{
	int r;

	*o = (struct overlay){
	    .layers = layers,
	    .n_layers = n,
	    .bare = {.mode = S_IFDIR | 0755, .nlink = 1, .kind = ENTRY_IMPLIED},
	};
	r = nametree_init(&o->names, err);
	if (r == 0)
		nametree_at(&o->names, 0)->aux = NO_LAYER;
	return r;
}

void overlay_release(struct overlay *o)
{
	nametree_release(&o->names);
}

const struct node *overlay_at(const struct overlay *o, uint32_t node)
{
	struct overlay_source s = overlay_source(o, node);

	return s.layer == NO_LAYER ? &o->bare : &o->layers[s.layer]->nodes[s.node];
}

struct overlay_source overlay_source(const struct overlay *o, uint32_t node)
{
	const struct name_node *n = nametree_at(&o->names, node);

	return (struct overlay_source){n->item, n->aux};
}

void overlay_show(struct overlay *o, uint32_t node, struct overlay_source s)
{
	nametree_at(&o->names, node)->item = s.node;
	nametree_at(&o->names, node)->aux = s.layer;
}

bool overlay_root_is_bare(const struct overlay *o)
{
	return nametree_at(&o->names, 0)->aux == NO_LAYER;
}

/* ---- following symlinks ---- */

struct way {
	const struct overlay *o;
	uint32_t at;
	struct buf text; /* what is to be walked, from pos on */
	size_t pos;
	unsigned hops;
};

/* Puts the target of a symlink before the rest of the way; 0 after too many. */
static int take_link(struct way *w, const struct node *link)
{
	struct bytes rest = bytes_skip(buf_bytes(&w->text), w->pos);
	struct buf next = BUF_INIT;

	if (++w->hops > RESOLVE_MAX_HOPS)
		return 0;
	if (link->link[0] == '/')
		w->at = 0;
	buf_add(&next, link->link, link->size);
	buf_add_char(&next, '/');
	buf_add_bytes(&next, rest);
	buf_release(&w->text);
	w->text = next;
	w->pos = 0;
	return buf_status(&next) < 0 ? -ENOMEM : 1;
}

/* One component; last: nothing comes behind it. 1 gone, 0 nowhere to go, -ENOMEM. */
static int take_step(struct way *w, struct bytes name, bool follow)
{
	const struct node *here = overlay_at(w->o, w->at);
	uint32_t child;

	if (!node_is_dir(here))
		return 0;
	if (bytes_equal(name, BYTES(".")))
		return 1;
	if (bytes_equal(name, BYTES(".."))) {
		w->at = nametree_at(&w->o->names, w->at)->parent;
		return 1;
	}
	child = nametree_find(&w->o->names, w->at, name);
	if (!child)
		return 0;
	if (follow && S_ISLNK(overlay_at(w->o, child)->mode))
		return take_link(w, overlay_at(w->o, child));
	w->at = child;
	return 1;
}

int overlay_resolve(const struct overlay *o, uint32_t from, struct bytes path, bool follow_last,
		    uint32_t *ret, struct err *err)
{
	struct way w = {.o = o, .at = path.len && path.ptr[0] == '/' ? 0 : from};
	int r = buf_add_bytes(&w.text, path) < 0 ? -ENOMEM : 1;
	struct bytes rest, name, peek, more;

	for (unsigned steps = 0; r == 1; steps++) {
		rest = bytes_skip(buf_bytes(&w.text), w.pos);
		if (!bytes_next_component(&rest, &name))
			break;
		w.pos = w.text.len - rest.len;
		peek = rest;
		r = steps == MAX_STEPS
			? 0
			: take_step(&w, name,
				    follow_last || bytes_next_component(&peek, &more));
	}
	buf_release(&w.text);
	*ret = w.at;
	return r < 0 ? err_oom(err) : r;
}

/* ---- freezing ---- */

int overlay_freeze(const struct overlay *o, struct tree **ret, struct err *err)
{
	_cleanup_(name_slot_vec_release) struct name_slot_vec slots = {0};
	struct tree *t;
	int r = nametree_number(&o->names, &slots, err);

	if (r < 0)
		return r;
	if (slots.n > ENTRY_SEQ_MAX)
		return err_set(err, EFBIG, "the merged tree has over %u entries",
			       ENTRY_SEQ_MAX);
	t = tree_new((uint32_t)slots.n, o->layers, o->n_layers);
	if (!t)
		return err_oom(err);
	for (uint32_t i = 0; i < t->n; i++)
		tree_place(&t->nodes[i], overlay_at(o, slots.v[i].node), &o->names,
			   &slots.v[i]);
	*ret = t;
	return 0;
}
