/* SPDX-License-Identifier: MIT */
/*
 * stages/, and the derived trees and reports of builds and stages.
 */
#include "fs/layout_internal.h"

#include "fs/alias.h"
#include "model/stage_tree.h"

#include <stdio.h>

/* ---- which build, which stage ---- */

bool layout_is_of_build(unsigned kind)
{
	return kind == LAYOUT_BUILD || kind == LAYOUT_FROM_BUILD || kind == LAYOUT_LEFT_BUILD ||
	       kind == LAYOUT_REPORTS_BUILD || kind == LAYOUT_BUILD_REPORT_LINK;
}

bool layout_is_of_stage(unsigned kind)
{
	return (kind >= LAYOUT_STAGE && kind <= LAYOUT_STAGE_LEFT_LINK) ||
	       kind == LAYOUT_FROM_STAGE || kind == LAYOUT_REPORTS_STAGE;
}

bool layout_is_stage_link(unsigned kind)
{
	return (kind >= LAYOUT_STAGE_BASE_LINK && kind <= LAYOUT_STAGE_LEFT_LINK) ||
	       kind == LAYOUT_BUILD_REPORT_LINK;
}

/* A link is another one when what its target names is called otherwise. */
static uint64_t build_link_tag(const struct catalog_build *b)
{
	return alias_hash((uint64_t)b->b->id, bytes_from_str(b->name));
}

static const struct catalog_image *base_image(const struct catalog *c,
					      const struct catalog_stage *s)
{
	if (s->s->base_kind != BASE_IMAGE)
		return NULL;
	return s->s->base_image ? catalog_image(c, s->s->base_image)
				: catalog_image_named(c, s->s->base_ref);
}

static const char *base_name(const struct catalog *c, const struct catalog_stage *s)
{
	const struct catalog_image *img = base_image(c, s);

	if (s->s->base_kind == BASE_STAGE)
		return s->build->stages[s->s->base_stage].name;
	return img ? img->name : NULL;
}

static uint64_t stage_link_tag(const struct catalog *c, const struct catalog_stage *s,
			       unsigned kind)
{
	const char *base = kind == LAYOUT_STAGE_BASE_LINK ? base_name(c, s) : s->name;
	uint64_t tag = alias_hash((uint64_t)s->s->id, bytes_from_str(s->build->name));

	return alias_hash(tag, bytes_from_str(base ? base : ""));
}

const struct catalog_build *layout_build(const struct catalog *c, const struct inode *i)
{
	for (size_t k = 0; k < c->n_builds; k++) {
		const struct catalog_build *b = &c->builds[k];
		uint64_t tag = i->kind == LAYOUT_BUILD_REPORT_LINK ? build_link_tag(b)
								   : (uint64_t)b->b->id;

		if (b->shown && tag == i->tag)
			return b;
	}
	return NULL;
}

const struct catalog_stage *layout_stage(const struct catalog *c, const struct inode *i)
{
	bool link = layout_is_stage_link(i->kind);

	for (size_t k = 0; k < c->n_builds; k++)
		for (uint32_t n = 0; c->builds[k].shown && n < c->builds[k].n_stages; n++) {
			const struct catalog_stage *s = &c->builds[k].stages[n];
			uint64_t tag =
			    link ? stage_link_tag(c, s, i->kind) : (uint64_t)s->s->id;

			if (tag == i->tag)
				return s;
		}
	return NULL;
}

uint64_t layout_stage_link_tag(const struct catalog *c, const struct inode *dir, unsigned kind)
{
	if (kind == LAYOUT_BUILD_REPORT_LINK)
		return build_link_tag(layout_build(c, dir));
	return stage_link_tag(c, layout_stage(c, dir), kind);
}

int layout_stage_target(const struct catalog *c, const struct inode *i, const char *prefix,
			struct buf *ret)
{
	const struct catalog_stage *s;

	if (i->kind == LAYOUT_BUILD_REPORT_LINK)
		return buf_addf(ret, "%s%s", prefix, layout_build(c, i)->name);
	s = layout_stage(c, i);
	if (i->kind == LAYOUT_STAGE_BASE_LINK)
		return buf_addf(ret,
				s->s->base_kind == BASE_STAGE ? "../%s" : "../../../images/%s",
				base_name(c, s));
	return buf_addf(ret, "%s%s/%s", prefix, s->build->name, s->name);
}

uint64_t layout_stage_parent(const struct catalog *c, const struct inode *i, unsigned parent)
{
	const struct catalog_stage *s = layout_is_of_stage(i->kind) ? layout_stage(c, i) : NULL;
	const struct catalog_build *b = s ? s->build : layout_build(c, i);

	if (layout_is_of_stage(parent))
		return inode_fixed(parent, s ? (uint64_t)s->s->id : 0);
	if (layout_is_of_build(parent))
		return inode_fixed(parent, b ? (uint64_t)b->b->id : 0);
	return inode_fixed(parent, 0);
}

bool layout_stage_has_layers(const struct catalog *c, const struct inode *dir)
{
	const struct catalog_stage *s = layout_stage(c, dir);

	return s && s->n_layers;
}

bool layout_stage_has_base(const struct catalog *c, const struct inode *dir)
{
	const struct catalog_stage *s = layout_stage(c, dir);

	return s && base_name(c, s);
}

bool layout_image_has_stage(const struct catalog *c, const struct inode *dir)
{
	const struct catalog_stage *s = catalog_stage_of(c, layout_image(c, dir));

	return s && s->n_layers && s->build->shown;
}

/* ---- listings ---- */

/* The directory of a build, or of a stage, in each of the trees. */
static unsigned build_kind(unsigned dir)
{
	switch (dir) {
	case LAYOUT_FROM_STAGES:
		return LAYOUT_FROM_BUILD;
	case LAYOUT_LEFT:
		return LAYOUT_LEFT_BUILD;
	case LAYOUT_REPORTS_STAGES:
		return LAYOUT_REPORTS_BUILD;
	default:
		return LAYOUT_BUILD;
	}
}

static unsigned stage_kind(unsigned dir)
{
	switch (dir) {
	case LAYOUT_FROM_BUILD:
		return LAYOUT_FROM_STAGE;
	case LAYOUT_REPORTS_BUILD:
		return LAYOUT_REPORTS_STAGE;
	default:
		return LAYOUT_STAGE;
	}
}

int layout_list_builds(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	int r = 0;

	for (size_t k = 0; r == 0 && k < c->n_builds; k++)
		if (c->builds[k].shown)
			r = layout_add(l, KEY_NUMBER + (uint64_t)c->builds[k].b->id,
				       bytes_from_str(c->builds[k].name),
				       layout_fixed_ref(build_kind(dir->kind),
							(uint64_t)c->builds[k].b->id));
	return r;
}

/* By any spelling of the final image's name. */
int layout_find_build(const struct catalog *c, const struct inode *dir, struct bytes name,
		      struct layout_ref *ret)
{
	struct alias a = alias_find(&c->naming, BYTES_NULL, name);

	for (size_t k = 0; k < c->n_builds; k++) {
		const struct catalog_build *b = &c->builds[k];
		const struct catalog_image *img = catalog_image(c, b->b->image);

		if (!b->shown ||
		    !(bytes_equal(bytes_from_str(b->name), name) ||
		      (img && a.kind == ALIAS_IMAGE && a.image == img->id) ||
		      (img && a.kind == ALIAS_LINK && strcmp(a.target, img->name) == 0)))
			continue;
		*ret = layout_fixed_ref(build_kind(dir->kind), (uint64_t)b->b->id);
		return 1;
	}
	return 0;
}

int layout_list_stages(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	const struct catalog_build *b = layout_build(c, dir);
	struct layout_file text = {.kind = LAYOUT_FILE_DOCKERFILE, .build = b->b->id};
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < b->n_stages; k++)
		if (dir->kind != LAYOUT_FROM_BUILD || b->stages[k].n_layers)
			r = layout_add(l, KEY_NUMBER + k, bytes_from_str(b->stages[k].name),
				       layout_fixed_ref(stage_kind(dir->kind),
							(uint64_t)b->stages[k].s->id));
	if (r == 0 && dir->kind == LAYOUT_BUILD && b->b->dockerfile.ptr)
		r = layout_add(l, KEY_FILE, BYTES("Dockerfile"), layout_file_ref(text));
	return r;
}

int layout_list_stage(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	const struct catalog_stage *s = layout_stage(c, dir);
	struct layout_file missing = {.kind = LAYOUT_FILE_MISSING, .stage = s->s->id};
	int r;

	if (!s->n_layers)
		return layout_add(l, KEY_FILE, BYTES("MISSING.txt"), layout_file_ref(missing));
	r = layout_add(l, KEY_NUMBER, BYTES("rootfs"),
		       layout_view_ref(VIEW_STAGE_ROOTFS, s->s->id, s->n_layers));
	return r < 0 ? r
		     : layout_add(l, KEY_NUMBER + 1, BYTES("diff"),
				  layout_view_ref(VIEW_STAGE_DIFF, s->s->id, 0));
}

int layout_list_stage_layers(const struct catalog *c, const struct inode *dir,
			     struct layout_list *l)
{
	const struct catalog_stage *s = layout_stage(c, dir);
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < s->n_layers; k++) {
		char name[256];

		if (!s->layers[k].layer)
			continue;
		snprintf(name, sizeof(name), "%s-%s", s->layers[k].nn, s->layers[k].slug);
		r = layout_add_copy(l, KEY_NUMBER + k, name,
				    layout_view_ref(VIEW_STAGE_LAYER, s->s->id, k + 1));
	}
	return r;
}

struct origin_list {
	struct layout_list *l;
	enum view_kind view;
	int64_t id;
};

static int add_origin(void *arg, uint32_t code, const char *name)
{
	struct origin_list *o = arg;

	return layout_add_copy(o->l, KEY_NUMBER + code, name,
			       layout_view_ref(o->view, o->id, code));
}

int layout_list_stage_origins(const struct catalog *c, const struct inode *dir,
			      struct layout_list *l)
{
	const struct catalog_stage *s = layout_stage(c, dir);
	struct origin_list o = {l, VIEW_FROM, s->s->id};

	return stage_origins(s, add_origin, &o);
}

int layout_list_image_origins(const struct catalog *c, const struct inode *dir,
			      struct layout_list *l)
{
	const struct catalog_stage *s = catalog_stage_of(c, layout_image(c, dir));
	struct origin_list o = {l, VIEW_IMAGE_FROM, (int64_t)dir->tag};

	return s ? stage_origins(s, add_origin, &o) : 0;
}

int layout_list_left(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	const struct catalog_build *b = layout_build(c, dir);
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < b->n_stages; k++)
		if (b->stages[k].n_layers)
			r = layout_add(l, KEY_NUMBER + k, bytes_from_str(b->stages[k].name),
				       layout_view_ref(VIEW_LEFT, b->stages[k].s->id, 0));
	return r;
}
