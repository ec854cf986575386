/* SPDX-License-Identifier: MIT */
#include "model/catalog_internal.h"

#include "store/layers.h"
#include "util/escape.h"

#include <stdio.h>

#define SHORT_HEX    12
#define LISTED_MAX   8 /* names in a message */
#define READINGS_MAX 10

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
	bool failed; /* out of memory in keep() */
};

/* A copy that lives as long as the catalog; NULL stays NULL. Out of memory is noted. */
static const char *keep(struct loader *l, const char *s)
{
	const char *copy = s ? arena_dup(&l->c->arena, s, strlen(s)) : NULL;

	l->failed |= s && !copy;
	return copy;
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
	struct catalog_image img;

	if (!wanted(l, row->id))
		return 0;
	img = (struct catalog_image){.id = row->id,
				     .config_digest = keep(l, row->config_digest),
				     .platform = keep(l, row->platform),
				     .manifest_digest = keep(l, row->manifest_digest),
				     .created = keep(l, row->created),
				     .format = keep(l, row->format),
				     .indexed = row->indexed};
	return l->failed ? -ENOMEM : image_vec_push(&l->images, img);
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

	return l->failed ? -ENOMEM : layer_ref_vec_push(&l->layers, layer);
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
		r = l->failed || (in.text.len && !layer->instruction.ptr) ? -ENOMEM : 0;
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

/* Which images use a layer, and what its first use calls it. last: per layer, the last image
 * that was counted. */
static void count_uses(struct loader *l, const struct catalog_image *img, int64_t *last)
{
	for (uint32_t i = 0; i < img->n_layers; i++) {
		struct catalog_stored_layer *s = stored_by_id(l, img->layers[i].layer);

		if (!s)
			continue;
		if (!s->name)
			s->name = img->layers[i].slug;
		if (last[s - l->stored.v] != img->id)
			s->images++;
		last[s - l->stored.v] = img->id;
		s->bottom_only &= img->layers[i].position == 1;
	}
}

static const char *hex_of(const struct catalog_stored_layer *s)
{
	const char *colon = strchr(s->diff_id, ':');

	return colon ? colon + 1 : s->diff_id;
}

static int compare_hex(const void *a, const void *b)
{
	return strcmp(hex_of(a), hex_of(b));
}

/* How many digits tell a's digest from b's; 12 if they differ earlier. */
static size_t digits_apart(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return MAX(n + 1, (size_t)SHORT_HEX);
}

/* "<12 hex>-<slug>"; more digits where layers share twelve. Layers are sorted by hex. */
static int name_stored(struct loader *l, size_t at)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	struct catalog_stored_layer *s = &l->stored.v[at];
	size_t digits = SHORT_HEX;

	if (at > 0)
		digits = MAX(digits, digits_apart(hex_of(s), hex_of(s - 1)));
	if (at + 1 < l->stored.n)
		digits = MAX(digits, digits_apart(hex_of(s), hex_of(s + 1)));
	buf_addf(&name, "%.*s-%s", (int)digits, hex_of(s), s->name);
	if (buf_status(&name) < 0)
		return -ENOMEM;
	s->name = keep(l, buf_str(&name));
	return s->name ? 0 : -ENOMEM;
}

static int compare_name(const void *a, const void *b)
{
	return strcmp(((const struct catalog_stored_layer *)a)->name,
		      ((const struct catalog_stored_layer *)b)->name);
}

/* Layers that no image or stage shown here uses are left out. */
static void keep_used(struct stored_vec *v)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].name)
			v->v[kept++] = v->v[i];
	v->n = kept;
}

/* Layers that only caches brought: the first stage that has one names it. */
static void count_stage_uses(struct loader *l)
{
	vec_foreach (b, &l->c->build_set.builds)
		for (uint32_t k = 0; k < b->n_stages; k++)
			for (uint32_t i = 0; i < b->stages[k].n_layers; i++) {
				int64_t id = b->stages[k].layers[i].layer;
				struct catalog_stored_layer *s = stored_by_id(l, id);

				if (!s || s->name)
					continue;
				s->name = keep(
				    l, catalog_stage_slug(&b->stages[k], i + 1, &l->c->arena));
				s->bottom_only &= i == 0;
			}
}

static int load_stored(struct loader *l)
{
	_cleanup_free_ int64_t *last = NULL;
	int r = layers_each(l->db, on_stored, l, l->err);

	if (r == 0 && !(last = calloc(l->stored.n + 1, sizeof(*last))))
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < l->images.n; i++)
		count_uses(l, &l->images.v[i], last);
	if (r == 0 && !l->n_only)
		count_stage_uses(l);
	keep_used(&l->stored);
	if (r < 0 || !l->stored.n)
		return r;
	qsort(l->stored.v, l->stored.n, sizeof(*l->stored.v), compare_hex);
	for (size_t i = 0; r == 0 && i < l->stored.n; i++)
		r = name_stored(l, i);
	if (r == 0)
		qsort(l->stored.v, l->stored.n, sizeof(*l->stored.v), compare_name);
	return r;
}

static int compare_order(const void *a, const void *b, void *layers)
{
	const struct catalog_stored_layer *v = layers;

	return compare_id(&v[*(const uint32_t *)a], &v[*(const uint32_t *)b]);
}

static int order_layers(struct loader *l)
{
	uint32_t *order = calloc(l->stored.n + 1, sizeof(*order));

	l->c->layer_order = order;
	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < l->stored.n; i++)
		order[i] = (uint32_t)i;
	if (l->stored.n)
		qsort_r(order, l->stored.n, sizeof(*order), compare_order, l->stored.v);
	return 0;
}

static int on_name(void *arg, const struct name_row *row)
{
	struct loader *l = arg;
	struct naming_tag t = {keep(l, row->reference), row->image, row->event};

	return t.reference ? tag_vec_push(&l->tags, t) : -ENOMEM;
}

static int compare_image_id(const void *a, const void *b)
{
	int64_t x = ((const struct catalog_image *)a)->id;
	int64_t y = ((const struct catalog_image *)b)->id;

	return (x > y) - (x < y);
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
	if (r < 0)
		return r;
	vec_foreach (e, &l->c->naming.entries) {
		struct catalog_image key = {.id = e->image}, *img;

		if (e->kind != NAMING_DIR)
			continue;
		img = bsearch(&key, l->images.v, l->images.n, sizeof(key), compare_image_id);
		img->name = e->name;
	}
	return 0;
}

static int load(struct loader *l)
{
	int r = db_generation(l->db, &l->c->generation, l->err);

	if (r == 0)
		r = images_each(l->db, on_image, l, l->err);
	for (size_t i = 0; r == 0 && i < l->images.n; i++)
		r = load_image(l, &l->images.v[i]);
	if (r == 0)
		r = builds_load(l->db, &l->c->build_set, l->err);
	if (r == 0)
		r = load_stored(l);
	if (r == 0)
		r = order_layers(l);
	if (r == 0)
		r = name_images(l);
	return r;
}

/* One reading of the whole index: 0, -errno, or 1 if it was changed meanwhile. */
static int load_once(struct loader *l, struct catalog **ret)
{
	_cleanup_(catalog_unrefp) struct catalog *c = calloc(1, sizeof(*c));
	int64_t after;
	int r;

	if (!c)
		return -ENOMEM;
	c->refs = 1;
	l->c = c;
	r = load(l);
	layer_ref_vec_release(&l->layers);
	tag_vec_release(&l->tags);
	c->images = l->images.v;
	c->n_images = l->images.n;
	c->layers = l->stored.v;
	c->n_layers = l->stored.n;
	if (r == 0)
		r = catalog_make_builds(c, l->n_only > 0);
	if (r == 0)
		r = db_generation(l->db, &after, l->err);
	if (r < 0 || after != c->generation)
		return r < 0 ? r : 1;
	*ret = steal_ptr(&c);
	return 0;
}

/*
 * The store has no read transactions; what changes an image changes the generation in the same
 * commit, so a reading is whole if the generation is the same before and after.
 */
int catalog_load(struct db *db, const int64_t *only, size_t n_only, struct catalog **ret,
		 struct err *err)
{
	struct err local = ERR_INIT;
	int r = 1;

	for (int i = 0; r == 1 && i < READINGS_MAX; i++) {
		struct loader l = {.db = db, .only = only, .n_only = n_only, .err = &local};

		r = load_once(&l, ret);
	}
	if (r == 1)
		return err_set(err, EBUSY, "%s: changes faster than it can be read (try again)",
			       db_path(db));
	if (r == -ENOMEM)
		return err_oom(err);
	if (r < 0 && err)
		*err = local;
	return r;
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
	catalog_free_builds(c);
	free(c->images);
	free(c->layers);
	free(c->layer_order);
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
	size_t lo = 0, hi = c->n_layers;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct catalog_stored_layer *l = &c->layers[c->layer_order[mid]];

		if (l->id == id)
			return l;
		if (l->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static int not_found(const struct catalog *c, struct bytes text, struct err *err)
{
	_cleanup_(buf_release) struct buf names = BUF_INIT;
	char shown[200];
	size_t listed = 0;

	for (size_t i = 0; i < c->naming.entries.n && listed < LISTED_MAX; i++) {
		if (c->naming.entries.v[i].kind == NAMING_DIR) {
			buf_addf(&names, " %s", c->naming.entries.v[i].name);
			listed++;
		}
	}
	if (!listed)
		return err_set(err, ENOENT, "there is no image '%s': the index is empty",
			       escape_short(text, shown, sizeof(shown)));
	return err_set(err, ENOENT, "there is no image '%s' (there are:%s%s)",
		       escape_short(text, shown, sizeof(shown)), buf_str(&names),
		       c->n_images > listed ? " ..." : "");
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
