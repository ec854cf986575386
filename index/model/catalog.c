/* SPDX-License-Identifier: MIT */
#include "model/catalog.h"

#include "store/layers.h"
#include "util/escape.h"

#include <stdio.h>

DEFINE_VEC(image_vec, struct catalog_image)
DEFINE_VEC(layer_ref_vec, struct catalog_layer)
DEFINE_VEC(stored_vec, struct catalog_stored_layer)
DEFINE_VEC(tag_vec, struct naming_tag)

struct loader {
	struct db *db;
	struct catalog *c;
	const int64_t *only;
	size_t n_only;
	struct err *err;
	struct image_vec images;
	struct layer_ref_vec layers; /* of the image being loaded */
	struct stored_vec stored;    /* by id while loading */
	struct tag_vec tags;
	uint32_t history_at; /* layers[] before this one have their instruction */
};

static const char *keep(struct loader *l, const char *s)
{
	return s ? arena_dup(&l->c->arena, s, strlen(s)) : NULL;
}

static bool wanted(const struct loader *l, int64_t id)
{
	for (size_t i = 0; i < l->n_only; i++)
		if (l->only[i] == id)
			return true;
	return l->n_only == 0;
}

static int on_image(void *arg, const struct image_row *row)
{
	struct loader *l = arg;
	struct catalog_image img = {.id = row->id,
				    .config_digest = keep(l, row->config_digest),
				    .platform = keep(l, row->platform),
				    .manifest_digest = keep(l, row->manifest_digest),
				    .created = keep(l, row->created),
				    .format = keep(l, row->format),
				    .indexed = row->indexed};

	if (!wanted(l, row->id))
		return 0;
	if (!img.config_digest || !img.platform || !img.format)
		return -ENOMEM;
	return image_vec_push(&l->images, img);
}

static int on_layer(void *arg, const struct image_layer_row *row)
{
	struct loader *l = arg;
	struct catalog_layer layer = {.position = row->position,
				      .layer = row->layer,
				      .diff_id = keep(l, row->diff_id),
				      .blob_digest = keep(l, row->blob_digest),
				      .codec = keep(l, row->codec),
				      .media_type = keep(l, row->media_type),
				      .blob_bytes = row->blob_bytes,
				      .slug = "layer"};

	return layer_ref_vec_push(&l->layers, layer);
}

static int set_instruction(struct loader *l, struct catalog_layer *layer,
			   const struct history_row *row)
{
	struct history_entry h = {row->created_by, row->comment, row->author, row->empty_layer};
	_cleanup_(buf_release) struct buf slug = BUF_INIT;
	struct instruction in;
	int r = history_instruction(&h, &in);

	if (r == 0)
		r = history_slug(&in, &slug);
	if (r == 0) {
		layer->instruction = arena_bytes(&l->c->arena, buf_bytes(&in.text));
		layer->slug = keep(l, buf_str(&slug));
		r = layer->slug ? 0 : -ENOMEM;
	}
	instruction_release(&in);
	return r;
}

static int on_history(void *arg, const struct history_row *row)
{
	struct loader *l = arg;

	for (size_t i = 0; row->position && i < l->layers.n; i++)
		if (l->layers.v[i].position == row->position)
			return set_instruction(l, &l->layers.v[i], row);
	return 0;
}

static void number_layers(struct layer_ref_vec *v)
{
	int width = 2;

	for (size_t n = v->n; n >= 100; n /= 10)
		width++;
	vec_foreach (layer, v)
		snprintf(layer->nn, sizeof(layer->nn), "%0*u", width, layer->position);
}

static int load_image(struct loader *l, struct catalog_image *img)
{
	struct image_row row;
	int r = images_get(l->db, img->id, &row, l->err);

	if (r > 0) {
		img->has_config = row.config.ptr != NULL;
		img->has_manifest = row.manifest.ptr != NULL;
	}
	layer_ref_vec_clear(&l->layers);
	if (r >= 0)
		r = image_layers_each(l->db, img->id, on_layer, l, l->err);
	if (r == 0)
		r = history_each(l->db, img->id, on_history, l, l->err);
	if (r < 0)
		return r;
	number_layers(&l->layers);
	img->n_layers = (uint32_t)l->layers.n;
	img->layers = calloc(l->layers.n + 1, sizeof(*img->layers));
	if (!img->layers)
		return err_oom(l->err);
	if (l->layers.n)
		memcpy(img->layers, l->layers.v, l->layers.n * sizeof(*img->layers));
	return 0;
}

static int on_stored(void *arg, const struct layer_row *row)
{
	struct loader *l = arg;
	struct catalog_stored_layer s = {.id = row->id,
					 .diff_id = keep(l, row->diff_id),
					 .tar_bytes = row->tar_bytes,
					 .content_bytes = row->content_bytes,
					 .entries = row->entries,
					 .bottom_only = true,
					 .indexed = row->indexed};

	return s.diff_id ? stored_vec_push(&l->stored, s) : -ENOMEM;
}

static int compare_id(const void *a, const void *b)
{
	int64_t x = ((const struct catalog_stored_layer *)a)->id;
	int64_t y = ((const struct catalog_stored_layer *)b)->id;

	return (x > y) - (x < y);
}

static struct catalog_stored_layer *stored_by_id(struct loader *l, int64_t id)
{
	struct catalog_stored_layer key = {.id = id};

	return l->stored.n ? bsearch(&key, l->stored.v, l->stored.n, sizeof(key), compare_id)
			   : NULL;
}

static int name_stored(struct loader *l, struct catalog_stored_layer *s, const char *slug)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	const char *colon = strchr(s->diff_id, ':');

	buf_addf(&name, "%.12s-%s", colon ? colon + 1 : s->diff_id, slug);
	s->name = keep(l, buf_str(&name));
	return buf_status(&name) == 0 && s->name ? 0 : -ENOMEM;
}

/* Which images use a layer, and what its first use calls it. */
static int count_uses(struct loader *l, const struct catalog_image *img)
{
	for (uint32_t i = 0; i < img->n_layers; i++) {
		struct catalog_stored_layer *s = stored_by_id(l, img->layers[i].layer);
		bool again = false;

		if (!s)
			continue;
		for (uint32_t j = 0; j < i; j++)
			again |= img->layers[j].layer == img->layers[i].layer;
		s->images += !again;
		s->bottom_only &= img->layers[i].position == 1;
		if (!s->name && name_stored(l, s, img->layers[i].slug) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int compare_name(const void *a, const void *b)
{
	return strcmp(((const struct catalog_stored_layer *)a)->name,
		      ((const struct catalog_stored_layer *)b)->name);
}

static int load_stored(struct loader *l)
{
	size_t kept = 0;
	int r = layers_each(l->db, on_stored, l, l->err);

	for (size_t i = 0; r == 0 && i < l->images.n; i++)
		r = count_uses(l, &l->images.v[i]);
	for (size_t i = 0; r == 0 && i < l->stored.n; i++)
		if (l->stored.v[i].images)
			l->stored.v[kept++] = l->stored.v[i];
	l->stored.n = kept;
	if (r == 0 && kept)
		qsort(l->stored.v, kept, sizeof(*l->stored.v), compare_name);
	return r;
}

static int on_name(void *arg, const struct name_row *row)
{
	struct loader *l = arg;
	struct naming_tag t = {keep(l, row->reference), row->image, row->event};

	return t.reference ? tag_vec_push(&l->tags, t) : -ENOMEM;
}

static int name_images(struct loader *l)
{
	_cleanup_free_ struct naming_image *images = calloc(l->images.n + 1, sizeof(*images));
	int r = images ? names_each(l->db, on_name, l, l->err) : -ENOMEM;

	if (r < 0)
		return r;
	for (size_t i = 0; i < l->images.n; i++)
		images[i] = (struct naming_image){
		    l->images.v[i].id, l->images.v[i].config_digest, l->images.v[i].platform};
	r = naming_build(images, l->images.n, l->tags.v, l->tags.n, naming_machine(),
			 &l->c->naming, l->err);
	for (size_t i = 0; r == 0 && i < l->images.n; i++)
		l->images.v[i].name = naming_of(&l->c->naming, l->images.v[i].id);
	return r;
}

static int load(struct loader *l)
{
	int r = db_generation(l->db, &l->c->generation, l->err);

	if (r == 0)
		r = images_each(l->db, on_image, l, l->err);
	for (size_t i = 0; r == 0 && i < l->images.n; i++)
		r = load_image(l, &l->images.v[i]);
	if (r == 0)
		r = load_stored(l);
	if (r == 0)
		r = name_images(l);
	return r;
}

int catalog_load(struct db *db, const int64_t *only, size_t n_only, struct catalog **ret,
		 struct err *err)
{
	_cleanup_(catalog_unrefp) struct catalog *c = calloc(1, sizeof(*c));
	struct err local = ERR_INIT;
	struct loader l = {.db = db, .c = c, .only = only, .n_only = n_only, .err = &local};
	int r;

	if (!c)
		return err_oom(err);
	c->refs = 1;
	r = load(&l);
	layer_ref_vec_release(&l.layers);
	tag_vec_release(&l.tags);
	c->images = l.images.v;
	c->n_images = l.images.n;
	c->layers = l.stored.v;
	c->n_layers = l.stored.n;
	if (r == -ENOMEM)
		return err_oom(err);
	if (r < 0) {
		if (err)
			*err = local;
		return r;
	}
	*ret = steal_ptr(&c);
	return 0;
}

struct catalog *catalog_ref(struct catalog *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void catalog_unref(struct catalog *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	for (size_t i = 0; i < c->n_images; i++)
		free(c->images[i].layers);
	free(c->images);
	free(c->layers);
	naming_release(&c->naming);
	arena_release(&c->arena);
	free(c);
}

const struct catalog_image *catalog_image(const struct catalog *c, int64_t id)
{
	size_t lo = 0, hi = c->n_images;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->images[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->n_images && c->images[lo].id == id ? &c->images[lo] : NULL;
}

const struct catalog_stored_layer *catalog_stored_layer(const struct catalog *c, int64_t id)
{
	for (size_t i = 0; i < c->n_layers; i++)
		if (c->layers[i].id == id)
			return &c->layers[i];
	return NULL;
}

static int not_found(const struct catalog *c, struct bytes text, struct err *err)
{
	_cleanup_(buf_release) struct buf names = BUF_INIT;
	char shown[200];
	size_t listed = 0;

	for (size_t i = 0; i < c->naming.entries.n && listed < 8; i++) {
		if (c->naming.entries.v[i].kind == NAMING_DIR) {
			buf_addf(&names, " %s", c->naming.entries.v[i].name);
			listed++;
		}
	}
	return err_set(err, ENOENT, "there is no image '%s' (%s%s%s)",
		       escape_short(text, shown, sizeof(shown)),
		       listed ? "there are:"
			      : "the index "
				"is empty",
		       buf_str(&names), c->n_images > listed ? " ..." : "");
}

int catalog_resolve(const struct catalog *c, struct bytes text,
		    const struct catalog_image **ret, struct err *err)
{
	_cleanup_free_ struct naming_image *images = calloc(c->n_images + 1, sizeof(*images));
	int64_t id;
	int r;

	if (!images)
		return err_oom(err);
	for (size_t i = 0; i < c->n_images; i++)
		images[i] = (struct naming_image){c->images[i].id, c->images[i].config_digest,
						  c->images[i].platform};
	r = naming_resolve(&c->naming, images, c->n_images, text, &id, err);
	if (r == 0)
		return not_found(c, text, err);
	if (r < 0)
		return r;
	*ret = catalog_image(c, id);
	return *ret ? 0 : not_found(c, text, err);
}
