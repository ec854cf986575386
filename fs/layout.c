/* SPDX-License-Identifier: MIT */
#include "fs/layout.h"

#include "fs/alias.h"
#include "fs/layout_internal.h"

#include <stdio.h>

#define HIDDEN  (1u << 0) /* found by name, not listed */
#define GROWS   (1u << 1) /* a directory whose names follow the index */
#define CHANGES (1u << 2) /* not the same for ever: the kernel asks again after a second */

typedef int (*list_fn)(const struct catalog *c, const struct inode *dir, struct layout_list *l);
typedef int (*find_fn)(const struct catalog *c, const struct inode *dir, struct bytes name,
		       struct layout_ref *ret);

static int list_derived(const struct catalog *, const struct inode *, struct layout_list *);
static int list_images(const struct catalog *, const struct inode *, struct layout_list *);
static int list_image_dirs(const struct catalog *, const struct inode *, struct layout_list *);
static int list_image(const struct catalog *, const struct inode *, struct layout_list *);
static int list_positions(const struct catalog *, const struct inode *, struct layout_list *);
static int list_image_views(const struct catalog *, const struct inode *, struct layout_list *);
static int find_image_view(const struct catalog *, const struct inode *, struct bytes,
			   struct layout_ref *);
static int list_layers(const struct catalog *, const struct inode *, struct layout_list *);
static int list_reports(const struct catalog *, const struct inode *, struct layout_list *);
static int find_image(const struct catalog *, const struct inode *, struct bytes,
		      struct layout_ref *);
static int find_layer(const struct catalog *, const struct inode *, struct bytes,
		      struct layout_ref *);
static int find_from(const struct catalog *, const struct inode *, struct bytes,
		     struct layout_ref *);
static int list_build_reports(const struct catalog *, const struct inode *,
			      struct layout_list *);

/*
 * Every thing that is not part of an image. name: what it is called in its parent; NULL where
 * the name comes from the catalog. list: the names in it besides the table's own. find: for
 * directories with unlisted names, or too many to go through.
 */
static const struct kind {
	enum layout_kind parent;
	uint32_t type;
	unsigned flags;
	const char *name;
	const char *target; /* links: %s is the name of the image's directory */
	list_fn list;
	find_fn find;
	bool (*there)(const struct catalog *c, const struct inode *dir); /* NULL: always */
} kinds[LAYOUT_KINDS] = {
    [LAYOUT_ROOT] = {.type = S_IFDIR},
    [LAYOUT_README] = {LAYOUT_ROOT, S_IFREG, 0, "README"},
    [LAYOUT_IMAGES] = {LAYOUT_ROOT, S_IFDIR, GROWS, "images", .list = list_images,
		       .find = find_image},
    [LAYOUT_LAYERS] = {LAYOUT_ROOT, S_IFDIR, GROWS, "layers", .list = list_layers,
		       .find = find_layer},
    [LAYOUT_REPORTS_LINK] = {LAYOUT_ROOT, S_IFLNK, 0, "reports", ".stagefs/reports"},
    [LAYOUT_STEPS_LINK] = {LAYOUT_ROOT, S_IFLNK, 0, "steps", ".stagefs/steps"},
    [LAYOUT_DUPLICATES_LINK] = {LAYOUT_ROOT, S_IFLNK, 0, "duplicates", ".stagefs/duplicates"},
    [LAYOUT_DERIVED] = {LAYOUT_ROOT, S_IFDIR, HIDDEN | GROWS, ".stagefs", .list = list_derived},
    [LAYOUT_STEPS] = {LAYOUT_DERIVED, S_IFDIR, GROWS, "steps", .list = list_image_dirs,
		      .find = find_image},
    [LAYOUT_REPORTS] = {LAYOUT_DERIVED, S_IFDIR, GROWS, "reports", .list = list_reports},
    [LAYOUT_REPORTS_IMAGES] = {LAYOUT_REPORTS, S_IFDIR, GROWS, "images",
			       .list = list_image_dirs, .find = find_image},
    [LAYOUT_IMAGE] = {LAYOUT_IMAGES, S_IFDIR, 0, .list = list_image},
    [LAYOUT_IMAGE_LAYERS] = {LAYOUT_IMAGE, S_IFDIR, 0, "layers", .list = list_positions},
    [LAYOUT_STEPS_IMAGE] = {LAYOUT_STEPS, S_IFDIR, 0, .list = list_positions},
    [LAYOUT_REPORTS_IMAGE] = {LAYOUT_REPORTS_IMAGES, S_IFDIR, CHANGES, .list = list_reports},
    [LAYOUT_IMAGE_REPORT_LINK] = {LAYOUT_IMAGE, S_IFLNK, CHANGES, "report",
				  "../../.stagefs/reports/images/%s"},
    [LAYOUT_IMAGE_STEPS_LINK] = {LAYOUT_IMAGE, S_IFLNK, CHANGES, "steps",
				 "../../.stagefs/steps/%s"},
    [LAYOUT_IMAGE_LINK] = {LAYOUT_IMAGES, S_IFLNK, CHANGES},
    [LAYOUT_IMAGE_PREFIX] = {LAYOUT_IMAGES, S_IFDIR, GROWS | HIDDEN, .find = find_image},
    [LAYOUT_LAYER_LINK] = {LAYOUT_LAYERS, S_IFLNK, CHANGES},
    [LAYOUT_STAGES] = {LAYOUT_ROOT, S_IFDIR, GROWS, "stages", .list = layout_list_builds,
		       .find = layout_find_build},
    [LAYOUT_BUILD] = {LAYOUT_STAGES, S_IFDIR, GROWS, .list = layout_list_stages},
    [LAYOUT_STAGE] = {LAYOUT_BUILD, S_IFDIR, GROWS, .list = layout_list_stage},
    [LAYOUT_STAGE_LAYERS] = {LAYOUT_STAGE, S_IFDIR, 0, "layers",
			     .list = layout_list_stage_layers,
			     .there = layout_stage_has_layers},
    [LAYOUT_STAGE_BASE_LINK] = {LAYOUT_STAGE, S_IFLNK, CHANGES, "base",
				.there = layout_stage_has_base},
    [LAYOUT_STAGE_REPORT_LINK] = {LAYOUT_STAGE, S_IFLNK, CHANGES, "report",
				  "../../../.stagefs/reports/stages/"},
    [LAYOUT_STAGE_FROM_LINK] = {LAYOUT_STAGE, S_IFLNK, CHANGES, "from",
				"../../../.stagefs/from/stages/",
				.there = layout_stage_has_layers},
    [LAYOUT_STAGE_LEFT_LINK] = {LAYOUT_STAGE, S_IFLNK, CHANGES, "left-behind",
				"../../../.stagefs/left-behind/",
				.there = layout_stage_has_layers},
    [LAYOUT_BUILD_REPORT_LINK] = {LAYOUT_BUILD, S_IFLNK, CHANGES, "report",
				  "../../.stagefs/reports/stages/"},
    [LAYOUT_IMAGE_STAGES_LINK] = {LAYOUT_IMAGE, S_IFLNK, CHANGES, "stages", "../../stages/%s",
				  .there = layout_image_has_stage},
    [LAYOUT_IMAGE_FROM_LINK] = {LAYOUT_IMAGE, S_IFLNK, CHANGES, "from",
				"../../.stagefs/from/%s", .there = layout_image_has_stage},
    [LAYOUT_FROM] = {LAYOUT_DERIVED, S_IFDIR, GROWS, "from", .list = list_image_dirs,
		     .find = find_from},
    [LAYOUT_FROM_IMAGE] = {LAYOUT_FROM, S_IFDIR, GROWS, .list = layout_list_image_origins},
    [LAYOUT_FROM_STAGES] = {LAYOUT_FROM, S_IFDIR, GROWS, "stages", .list = layout_list_builds,
			    .find = layout_find_build},
    [LAYOUT_FROM_BUILD] = {LAYOUT_FROM_STAGES, S_IFDIR, GROWS, .list = layout_list_stages},
    [LAYOUT_FROM_STAGE] = {LAYOUT_FROM_BUILD, S_IFDIR, GROWS,
			   .list = layout_list_stage_origins},
    [LAYOUT_LEFT] = {LAYOUT_DERIVED, S_IFDIR, GROWS, "left-behind", .list = layout_list_builds,
		     .find = layout_find_build},
    [LAYOUT_LEFT_BUILD] = {LAYOUT_LEFT, S_IFDIR, GROWS, .list = layout_list_left},
    [LAYOUT_REPORTS_STAGES] = {LAYOUT_REPORTS, S_IFDIR, GROWS, "stages",
			       .list = layout_list_builds, .find = layout_find_build},
    [LAYOUT_REPORTS_BUILD] = {LAYOUT_REPORTS_STAGES, S_IFDIR, GROWS,
			      .list = list_build_reports},
    [LAYOUT_REPORTS_STAGE] = {LAYOUT_REPORTS_BUILD, S_IFDIR, GROWS, .list = list_reports},
    [LAYOUT_WASTED] = {LAYOUT_DERIVED, S_IFDIR, GROWS, "wasted", .list = list_image_views,
		       .find = find_image_view},
    [LAYOUT_VERSIONS] = {LAYOUT_DERIVED, S_IFDIR, GROWS, "versions", .list = list_image_views,
			 .find = find_image_view},
    [LAYOUT_VERSIONS_LINK] = {LAYOUT_ROOT, S_IFLNK, 0, "versions", ".stagefs/versions"},
    [LAYOUT_IMAGE_WASTED_LINK] = {LAYOUT_IMAGE, S_IFLNK, CHANGES, "wasted",
				  "../../.stagefs/wasted/%s"},
    [LAYOUT_IMAGE_VERSIONS_LINK] = {LAYOUT_IMAGE, S_IFLNK, CHANGES, "versions",
				    "../../.stagefs/versions/%s"},
    [LAYOUT_DELETED] = {LAYOUT_VERSIONS, S_IFREG},
};

static const struct kind *kind_of(unsigned kind)
{
	return kind < LAYOUT_KINDS && kinds[kind].type ? &kinds[kind] : NULL;
}

uint32_t layout_type(unsigned kind)
{
	return kind_of(kind) ? kinds[kind].type : 0;
}

bool layout_grows(unsigned kind)
{
	return kind_of(kind) && kinds[kind].flags & GROWS;
}

bool layout_changes(unsigned kind)
{
	return kind_of(kind) && kinds[kind].flags & (GROWS | CHANGES);
}

static bool is_image_link(unsigned kind)
{
	return kind == LAYOUT_IMAGE_REPORT_LINK || kind == LAYOUT_IMAGE_STEPS_LINK ||
	       kind == LAYOUT_IMAGE_STAGES_LINK || kind == LAYOUT_IMAGE_FROM_LINK ||
	       kind == LAYOUT_IMAGE_WASTED_LINK || kind == LAYOUT_IMAGE_VERSIONS_LINK;
}

static bool is_of_image(unsigned kind)
{
	return (kind >= LAYOUT_IMAGE && kind <= LAYOUT_REPORTS_IMAGE) ||
	       kind == LAYOUT_FROM_IMAGE;
}

static uint64_t image_link_tag(const struct catalog_image *i)
{
	return alias_hash((uint64_t)i->id, bytes_from_str(i->name));
}

const struct catalog_image *layout_image(const struct catalog *c, const struct inode *i)
{
	if (is_of_image(i->kind))
		return catalog_image(c, (int64_t)i->tag);
	if (!is_image_link(i->kind))
		return NULL;
	for (size_t k = 0; k < c->n_images; k++)
		if (image_link_tag(&c->images[k]) == i->tag)
			return &c->images[k];
	return NULL;
}

int layout_check(const struct catalog *c, const struct inode *i)
{
	bool there = kind_of(i->kind) != NULL;

	if (is_of_image(i->kind) || is_image_link(i->kind))
		there = layout_image(c, i) != NULL;
	else if (i->kind == LAYOUT_IMAGE_LINK)
		there = alias_link_by_tag(&c->naming, i->tag).kind == ALIAS_LINK;
	else if (i->kind == LAYOUT_IMAGE_PREFIX)
		there = alias_prefix_by_tag(&c->naming, i->tag).kind == ALIAS_PREFIX;
	else if (i->kind == LAYOUT_LAYER_LINK)
		there = catalog_stored_layer(c, (int64_t)i->tag) != NULL;
	else if (layout_is_of_build(i->kind))
		there = layout_build(c, i) != NULL;
	else if (layout_is_of_stage(i->kind))
		there = layout_stage(c, i) != NULL;
	return there ? 0 : -ESTALE;
}

/* ---- what a name stands for ---- */

struct layout_ref layout_fixed_ref(unsigned kind, uint64_t tag)
{
	return (struct layout_ref){
	    .what = LAYOUT_REF_FIXED, .ino = inode_fixed(kind, tag), .type = kinds[kind].type};
}

struct layout_ref layout_view_ref(enum view_kind kind, int64_t id, uint32_t pos)
{
	struct view_id view = {kind, id, pos};

	return (struct layout_ref){
	    .what = LAYOUT_REF_VIEW, .ino = inode_dir(&view, 0), .type = S_IFDIR};
}

struct layout_ref layout_file_ref(struct layout_file file)
{
	return (struct layout_ref){.what = LAYOUT_REF_FILE, .type = S_IFREG, .file = file};
}

/* The table's own child of a directory: the tag goes down from the image to what is in it. */
static struct layout_ref child_ref(const struct catalog *c, const struct inode *dir,
				   unsigned kind)
{
	bool same = is_of_image(kind) || layout_is_of_stage(kind) || layout_is_of_build(kind);
	uint64_t tag = same ? dir->tag : 0;

	if (layout_is_stage_link(kind))
		return layout_fixed_ref(kind, layout_stage_link_tag(c, dir, kind));
	if (is_image_link(kind))
		tag = image_link_tag(layout_image(c, dir));
	return layout_fixed_ref(kind, tag);
}

int layout_add(struct layout_list *l, uint64_t key, struct bytes name, struct layout_ref ref)
{
	return layout_item_vec_push(&l->items, (struct layout_item){key, name, ref});
}

int layout_add_copy(struct layout_list *l, uint64_t key, const char *name,
		    struct layout_ref ref)
{
	struct bytes copy = arena_bytes(&l->names, bytes_from_str(name));

	return copy.ptr ? layout_add(l, key, copy, ref) : -ENOMEM;
}

/* ---- listings ---- */

/* Duplicates are another tree in every generation, under another number. */
static int list_derived(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	(void)dir;
	return layout_add(l, KEY_NUMBER, BYTES("duplicates"),
			  layout_view_ref(VIEW_DUPLICATES, c->generation + 1, 0));
}

static int list_image_dirs(const struct catalog *c, const struct inode *dir,
			   struct layout_list *l)
{
	unsigned kind = dir->kind == LAYOUT_STEPS            ? LAYOUT_STEPS_IMAGE
			: dir->kind == LAYOUT_REPORTS_IMAGES ? LAYOUT_REPORTS_IMAGE
			: dir->kind == LAYOUT_FROM           ? LAYOUT_FROM_IMAGE
							     : LAYOUT_IMAGE;
	int r = 0;

	for (size_t i = 0; i < c->n_images && r == 0; i++) {
		const struct catalog_image *image = &c->images[i];

		if (image->name)
			r = layout_add(l, KEY_NUMBER + (uint64_t)image->id,
				       bytes_from_str(image->name),
				       layout_fixed_ref(kind, (uint64_t)image->id));
	}
	return r;
}

static struct layout_ref image_view(const struct inode *dir, int64_t image)
{
	return layout_view_ref(dir->kind == LAYOUT_WASTED ? VIEW_WASTED : VIEW_VERSIONS, image,
			       0);
}

static int list_image_views(const struct catalog *c, const struct inode *dir,
			    struct layout_list *l)
{
	int r = 0;

	for (size_t i = 0; i < c->n_images && r == 0; i++)
		if (c->images[i].name)
			r = layout_add(l, KEY_NUMBER + (uint64_t)c->images[i].id,
				       bytes_from_str(c->images[i].name),
				       image_view(dir, c->images[i].id));
	return r;
}

static int list_images(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	int r = list_image_dirs(c, dir, l);

	vec_foreach (e, &c->naming.entries) {
		struct alias a;

		if (r < 0)
			break;
		if (e->kind != NAMING_SYMLINK)
			continue;
		a = alias_of_entry(&c->naming, e);
		if (a.kind == ALIAS_LINK)
			r = layout_add(l, KEY_LINK + a.tag, bytes_from_str(e->name),
				       layout_fixed_ref(LAYOUT_IMAGE_LINK, a.tag));
	}
	return r;
}

static int list_image(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	const struct catalog_image *i = layout_image(c, dir);
	struct layout_file config = {.kind = LAYOUT_FILE_CONFIG, .image = i->id};
	struct layout_file manifest = {.kind = LAYOUT_FILE_MANIFEST, .image = i->id};
	int r = layout_add(l, KEY_NUMBER, BYTES("rootfs"),
			   layout_view_ref(VIEW_ROOTFS, i->id, i->n_layers));

	if (r == 0 && i->has_config)
		r = layout_add(l, KEY_FILE, BYTES("config.json"), layout_file_ref(config));
	if (r == 0 && i->has_manifest)
		r = layout_add(l, KEY_FILE + 1, BYTES("manifest.json"),
			       layout_file_ref(manifest));
	return r;
}

/* A layer that is not in any archive has no tree of its own and adds nothing to a step. */
static int list_positions(const struct catalog *c, const struct inode *dir,
			  struct layout_list *l)
{
	const struct catalog_image *i = layout_image(c, dir);
	enum view_kind view = dir->kind == LAYOUT_STEPS_IMAGE ? VIEW_STEP : VIEW_IMAGE_LAYER;
	int r = 0;

	for (uint32_t k = 0; k < i->n_layers && r == 0; k++) {
		const struct catalog_layer *layer = &i->layers[k];
		char name[256];

		if (layer->layer == 0)
			continue;
		snprintf(name, sizeof(name), "%s-%s", layer->nn, layer->slug);
		r = layout_add_copy(l, KEY_NUMBER + layer->position, name,
				    layout_view_ref(view, i->id, layer->position));
	}
	return r;
}

static int list_layers(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	int r = 0;

	(void)dir;
	for (size_t i = 0; i < c->n_layers && r == 0; i++)
		r = layout_add(l, KEY_NUMBER + (uint64_t)c->layers[i].id,
			       bytes_from_str(c->layers[i].name),
			       layout_view_ref(VIEW_LAYER, c->layers[i].id, 0));
	return r;
}

static int add_report(struct layout_list *l, size_t index, enum report_format format,
		      const struct inode *dir)
{
	struct layout_file file = {
	    .kind = LAYOUT_FILE_REPORT, .format = format, .report = reports[index]};
	char name[256];

	if (dir->kind == LAYOUT_REPORTS_IMAGE)
		file.image = (int64_t)dir->tag;
	if (dir->kind == LAYOUT_REPORTS_BUILD)
		file.build = (int64_t)dir->tag;
	if (dir->kind == LAYOUT_REPORTS_STAGE)
		file.stage = (int64_t)dir->tag;
	snprintf(name, sizeof(name), "%s.%s", file.report->name, report_format_ext(format));
	return layout_add_copy(l, KEY_FILE + index * 8 + format, name, layout_file_ref(file));
}

static enum report_scope scope_of(unsigned kind)
{
	switch (kind) {
	case LAYOUT_REPORTS_IMAGE:
		return REPORT_IMAGE;
	case LAYOUT_REPORTS_BUILD:
		return REPORT_BUILD;
	case LAYOUT_REPORTS_STAGE:
		return REPORT_STAGE;
	default:
		return REPORT_INDEX;
	}
}

static int list_build_reports(const struct catalog *c, const struct inode *dir,
			      struct layout_list *l)
{
	int r = list_reports(c, dir, l);

	return r < 0 ? r : layout_list_stages(c, dir, l);
}

static int list_reports(const struct catalog *c, const struct inode *dir, struct layout_list *l)
{
	enum report_scope scope = scope_of(dir->kind);
	int r = 0;

	(void)c;
	for (size_t i = 0; reports[i] && r == 0; i++) {
		if (reports[i]->scope != scope)
			continue;
		for (unsigned f = 0; f < REPORT_FORMATS && r == 0; f++)
			if (reports[i]->formats & 1u << f)
				r = add_report(l, i, (enum report_format)f, dir);
	}
	return r;
}

static int list_table(const struct catalog *c, const struct inode *dir, struct layout_list *l,
		      bool hidden)
{
	int r = 0;

	for (unsigned k = 1; k < LAYOUT_KINDS && r == 0; k++)
		if (kinds[k].name && kinds[k].parent == dir->kind &&
		    (hidden || !(kinds[k].flags & HIDDEN)) &&
		    (!kinds[k].there || kinds[k].there(c, dir)))
			r = layout_add(l, KEY_KIND + k, bytes_from_str(kinds[k].name),
				       child_ref(c, dir, k));
	return r;
}

static int compare_items(const void *a, const void *b)
{
	const struct layout_item *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int list_all(const struct catalog *c, const struct inode *dir, bool hidden,
		    struct layout_list *l)
{
	int r = layout_check(c, dir);

	if (r == 0)
		r = list_table(c, dir, l, hidden);
	if (r == 0 && kinds[dir->kind].list)
		r = kinds[dir->kind].list(c, dir, l);
	if (r == 0 && l->items.n)
		qsort(l->items.v, l->items.n, sizeof(*l->items.v), compare_items);
	return r;
}

void layout_list_release(struct layout_list *l)
{
	layout_item_vec_release(&l->items);
	arena_release(&l->names);
}

int layout_list(const struct catalog *c, const struct inode *dir, struct layout_list *ret)
{
	return list_all(c, dir, false, ret);
}

/* ---- lookups ---- */

/* images/, steps/ and reports/images: all spellings of an image; slashes in images/ only. */
static int find_image(const struct catalog *c, const struct inode *dir, struct bytes name,
		      struct layout_ref *ret)
{
	struct alias in = alias_prefix_by_tag(&c->naming, dir->tag);
	bool prefix = dir->kind == LAYOUT_IMAGE_PREFIX;
	bool images = prefix || dir->kind == LAYOUT_IMAGES;
	struct alias a = alias_find(&c->naming, prefix ? in.text : BYTES_NULL, name);

	if (a.kind == ALIAS_IMAGE)
		*ret = layout_fixed_ref(images                      ? LAYOUT_IMAGE
					: dir->kind == LAYOUT_STEPS ? LAYOUT_STEPS_IMAGE
					: dir->kind == LAYOUT_FROM  ? LAYOUT_FROM_IMAGE
								    : LAYOUT_REPORTS_IMAGE,
					(uint64_t)a.image);
	else if (a.kind == ALIAS_LINK)
		*ret = layout_fixed_ref(LAYOUT_IMAGE_LINK, a.tag);
	else if (a.kind == ALIAS_PREFIX && images)
		*ret = layout_fixed_ref(LAYOUT_IMAGE_PREFIX, a.tag);
	else
		return 0;
	return 1;
}

/* wasted/ and versions/: the trees of images, under any spelling. */
static int find_image_view(const struct catalog *c, const struct inode *dir, struct bytes name,
			   struct layout_ref *ret)
{
	struct alias a = alias_find(&c->naming, BYTES_NULL, name);

	if (a.kind == ALIAS_LINK)
		*ret = layout_fixed_ref(LAYOUT_IMAGE_LINK, a.tag);
	else if (a.kind == ALIAS_IMAGE)
		*ret = image_view(dir, a.image);
	return a.kind == ALIAS_LINK || a.kind == ALIAS_IMAGE;
}

/* from/ has the images' own and, below "stages", those of stages. */
static int find_from(const struct catalog *c, const struct inode *dir, struct bytes name,
		     struct layout_ref *ret)
{
	if (!bytes_equal(name, BYTES("stages")))
		return find_image(c, dir, name, ret);
	*ret = layout_fixed_ref(LAYOUT_FROM_STAGES, 0);
	return 1;
}

static int compare_layer(const void *key, const void *member)
{
	const struct bytes *name = key;
	const struct catalog_stored_layer *l = member;

	return bytes_cmp(*name, bytes_from_str(l->name));
}

static int find_layer(const struct catalog *c, const struct inode *dir, struct bytes name,
		      struct layout_ref *ret)
{
	const struct catalog_stored_layer *l = NULL;

	(void)dir;
	if (c->n_layers)
		l = bsearch(&name, c->layers, c->n_layers, sizeof(*c->layers), compare_layer);
	if (l) {
		*ret = layout_view_ref(VIEW_LAYER, l->id, 0);
		return 1;
	}
	for (size_t i = 0; i < c->n_layers; i++) {
		if (!bytes_equal(name, bytes_from_str(c->layers[i].diff_id)))
			continue;
		*ret = layout_fixed_ref(LAYOUT_LAYER_LINK, (uint64_t)c->layers[i].id);
		return 1;
	}
	return 0;
}

static int find_listed(const struct catalog *c, const struct inode *dir, struct bytes name,
		       struct layout_ref *ret)
{
	_cleanup_(layout_list_release) struct layout_list l = {0};
	int r = list_all(c, dir, true, &l);

	if (r < 0)
		return r;
	vec_foreach (item, &l.items) {
		if (!bytes_equal(item->name, name))
			continue;
		*ret = item->ref;
		return 1;
	}
	return 0;
}

int layout_find(const struct catalog *c, const struct inode *dir, struct bytes name,
		struct layout_ref *ret)
{
	int r = layout_check(c, dir);

	if (r < 0)
		return r;
	r = kinds[dir->kind].find ? kinds[dir->kind].find(c, dir, name, ret)
				  : find_listed(c, dir, name, ret);
	if (r == 1 && ret->what != LAYOUT_REF_FILE && ret->ino == 0)
		return -EOVERFLOW;
	return r;
}

/* ---- where it stands ---- */

static uint64_t prefix_parent(const struct catalog *c, const struct inode *i)
{
	struct alias a = alias_prefix_by_tag(&c->naming, i->tag);
	size_t cut = a.text.len;

	while (cut > 0 && a.text.ptr[cut - 1] != '+')
		cut--;
	if (cut < 2)
		return inode_fixed(LAYOUT_IMAGES, 0);
	return inode_fixed(LAYOUT_IMAGE_PREFIX, alias_hash(0, bytes_make(a.text.ptr, cut - 1)));
}

/* Does the root of a view stand in a directory of its image or stage, or among all of them? */
static bool is_below_owner(enum view_kind kind)
{
	return kind != VIEW_LAYER && kind != VIEW_WASTED && kind != VIEW_VERSIONS &&
	       kind != VIEW_DUPLICATES;
}

uint64_t layout_parent(const struct catalog *c, const struct inode *i)
{
	static const enum layout_kind of_view[] = {
	    [VIEW_ROOTFS] = LAYOUT_IMAGE,
	    [VIEW_STEP] = LAYOUT_STEPS_IMAGE,
	    [VIEW_IMAGE_LAYER] = LAYOUT_IMAGE_LAYERS,
	    [VIEW_LAYER] = LAYOUT_LAYERS,
	    [VIEW_STAGE_ROOTFS] = LAYOUT_STAGE,
	    [VIEW_STAGE_LAYER] = LAYOUT_STAGE_LAYERS,
	    [VIEW_STAGE_DIFF] = LAYOUT_STAGE,
	    [VIEW_FROM] = LAYOUT_FROM_STAGE,
	    [VIEW_LEFT] = LAYOUT_LEFT_BUILD,
	    [VIEW_IMAGE_FROM] = LAYOUT_FROM_IMAGE,
	    [VIEW_WASTED] = LAYOUT_WASTED,
	    [VIEW_VERSIONS] = LAYOUT_VERSIONS,
	    [VIEW_DUPLICATES] = LAYOUT_DERIVED,
	};
	const struct catalog_stage *s;

	if (i->class == INODE_DIR && !is_below_owner(i->view.kind))
		return inode_fixed(of_view[i->view.kind], 0);
	if (i->class == INODE_DIR && i->view.kind == VIEW_LEFT) {
		s = catalog_stage(c, i->view.id);
		return inode_fixed(LAYOUT_LEFT_BUILD, s ? (uint64_t)s->build->b->id : 0);
	}
	if (i->class == INODE_DIR)
		return inode_fixed(of_view[i->view.kind], (uint64_t)i->view.id);
	if (i->kind == LAYOUT_IMAGE_PREFIX)
		return prefix_parent(c, i);
	if (layout_is_of_stage(i->kind) || layout_is_of_build(i->kind))
		return layout_stage_parent(c, i, kinds[i->kind].parent);
	return inode_fixed(kinds[i->kind].parent,
			   is_of_image(kinds[i->kind].parent) ? i->tag : 0);
}

static int image_link_target(const struct catalog *c, const struct inode *i, struct buf *ret)
{
	const struct catalog_image *image = layout_image(c, i);
	const struct catalog_stage *s =
	    i->kind == LAYOUT_IMAGE_STAGES_LINK ? catalog_stage_of(c, image) : NULL;
	const char *target = kinds[i->kind].target;
	int r = buf_add(ret, target, strlen(target) - strlen("%s"));

	return r < 0 ? r : buf_add_str(ret, s ? s->build->name : image->name);
}

static int alias_target(const struct catalog *c, uint64_t tag, struct buf *ret)
{
	struct alias a = alias_link_by_tag(&c->naming, tag);

	for (uint32_t d = 0; d < a.depth; d++)
		(void)buf_add_str(ret, "../");
	(void)buf_add_str(ret, a.target);
	return buf_status(ret);
}

int layout_target(const struct catalog *c, const struct inode *i, struct buf *ret)
{
	int r = layout_check(c, i);

	if (r < 0)
		return r;
	if (kinds[i->kind].type != S_IFLNK)
		return -EINVAL;
	if (is_image_link(i->kind))
		return image_link_target(c, i, ret);
	if (layout_is_stage_link(i->kind))
		return layout_stage_target(c, i, kinds[i->kind].target, ret);
	if (i->kind == LAYOUT_IMAGE_LINK)
		return alias_target(c, i->tag, ret);
	if (i->kind == LAYOUT_LAYER_LINK)
		return buf_add_str(ret, catalog_stored_layer(c, (int64_t)i->tag)->name);
	return buf_add_str(ret, kinds[i->kind].target);
}
