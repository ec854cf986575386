/* SPDX-License-Identifier: MIT */
#include "model/facts.h"

#include "model/naming.h"
#include "store/images.h"
#include "util/json.h"

struct loader {
	struct db *db;
	struct facts *f;
	struct fact_image *image; /* being filled */
	struct fact_document *document;
	struct err *err;
};

static struct bytes keep(struct loader *l, const char *s)
{
	return arena_bytes(&l->f->arena, bytes_from_str(s));
}

static void image_release(struct fact_image *i)
{
	fact_layer_vec_release(&i->layers);
	vec_foreach (e, &i->history)
		instruction_release(&e->in);
	fact_entry_vec_release(&i->history);
	bytes_vec_release(&i->names);
	buildcache_free(i->cache);
}

static void document_release(struct fact_document *d)
{
	provenance_free(d->provenance);
	buildcache_free(d->cache);
	fact_layer_vec_release(&d->layers);
}

void facts_release(struct facts *f)
{
	buildcache_graph_free(f->caches);
	vec_foreach (i, &f->images)
		image_release(i);
	fact_image_vec_release(&f->images);
	vec_foreach (d, &f->documents)
		document_release(d);
	fact_document_vec_release(&f->documents);
	chains_release(&f->chains);
	arena_release(&f->arena);
}

/* ---- names ---- */

/* Length of the reference without "@digest". */
static size_t without_digest(struct bytes r)
{
	return bytes_find(r, '@');
}

/* Position of the ':' before the tag: the last one behind the last '/'. */
static size_t tag_colon(struct bytes r)
{
	size_t n = without_digest(r);

	for (size_t i = n; i-- > 0 && r.ptr[i] != '/';)
		if (r.ptr[i] == ':')
			return i;
	return n;
}

struct bytes facts_repository(struct bytes reference)
{
	return bytes_make(reference.ptr, tag_colon(reference));
}

struct bytes facts_tag(struct bytes reference)
{
	size_t colon = tag_colon(reference), end = without_digest(reference);

	return colon < end ? bytes_make(reference.ptr + colon + 1, end - colon - 1)
			   : bytes_make(reference.ptr + end, 0);
}

bool facts_same_repository(const struct fact_image *a, const struct fact_image *b)
{
	vec_foreach (x, &a->names)
		vec_foreach (y, &b->names)
			if (bytes_equal(facts_repository(*x), facts_repository(*y)))
				return true;
	return false;
}

/* ---- images ---- */

static int on_image(void *arg, const struct image_row *row)
{
	struct loader *l = arg;
	struct fact_image i = {.id = row->id,
			       .indexed = row->indexed,
			       .config_digest = keep(l, row->config_digest),
			       .manifest_digest = keep(l, row->manifest_digest),
			       .platform = keep(l, row->platform),
			       .created = keep(l, row->created)};

	return fact_image_vec_push(&l->f->images, i);
}

static int on_layer(void *arg, const struct image_layer_row *row)
{
	struct loader *l = arg;
	struct fact_layer layer = {.layer = row->layer,
				   .diff_id = keep(l, row->diff_id),
				   .blob = keep(l, row->blob_digest)};
	int r;

	if (!layer.diff_id.ptr)
		return -ENOMEM;
	r = chains_add(&l->f->chains, l->image->tip, layer.diff_id, layer.layer, &layer.node);
	l->image->tip = layer.node;
	return r < 0 ? r : fact_layer_vec_push(&l->image->layers, layer);
}

static int on_history(void *arg, const struct history_row *row)
{
	struct loader *l = arg;
	struct history_entry h = {row->created_by, row->comment, row->author, row->empty_layer};
	struct fact_entry e = {.position = (uint32_t)row->position,
			       .comment = arena_bytes(&l->f->arena, row->comment),
			       .author = arena_bytes(&l->f->arena, row->author),
			       .empty = row->empty_layer,
			       .buildkit = bytes_starts_with(row->comment, BYTES("buildkit."))};
	int r = history_instruction(&h, &e.in);

	if (r == 0)
		r = fact_entry_vec_push(&l->image->history, e);
	if (r < 0)
		instruction_release(&e.in);
	return r;
}

static bool history_fits(const struct fact_image *i)
{
	size_t made = 0;

	vec_foreach (e, &i->history)
		made += e->position != 0;
	return i->history.n > 0 && made == i->layers.n;
}

/* A label, or nothing: a config of another shape has none. */
static struct bytes label(struct loader *l, const json_t *labels, const char *key)
{
	struct bytes value = BYTES_NULL;

	if (!labels || json_get_string(labels, key, &value, NULL) <= 0)
		return BYTES_NULL;
	return arena_bytes(&l->f->arena, value);
}

static int read_config(struct loader *l, struct fact_image *i, struct bytes text)
{
	_cleanup_(json_freep) json_t *config = NULL;
	json_t *inner = NULL, *labels = NULL;
	struct bytes cache = BYTES_NULL;
	int r = json_parse(text, &config, NULL);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return 0;
	if (json_get_object(config, "config", &inner, NULL) > 0 &&
	    json_get_object(inner, "Labels", &labels, NULL) < 0)
		labels = NULL;
	i->stage_name = label(l, labels, "io.buildah.stage.name");
	i->stage_base = label(l, labels, "io.buildah.stage.base");
	i->base_name = label(l, labels, "org.opencontainers.image.base.name");
	i->base_digest = label(l, labels, "org.opencontainers.image.base.digest");
	if (json_get_string(config, "moby.buildkit.cache.v0", &cache, NULL) <= 0)
		return 0;
	r = buildcache_parse_inline(cache, (uint32_t)i->layers.n, &i->cache, NULL);
	for (uint32_t n = 0; r == 0 && n < i->layers.n; n++)
		buildcache_set_diff_id(i->cache, n, i->layers.v[n].diff_id);
	return r == -ENOMEM ? r : 0;
}

static int load_image(struct loader *l, struct fact_image *i)
{
	struct image_row row;
	int r;

	l->image = i;
	r = image_layers_each(l->db, i->id, on_layer, l, l->err);
	if (r == 0)
		r = history_each(l->db, i->id, on_history, l, l->err);
	if (r < 0)
		return r;
	i->reliable = history_fits(i);
	r = images_get(l->db, i->id, &row, l->err);
	if (r > 0 && row.config.len)
		r = read_config(l, i, row.config);
	return r < 0 ? r : 0;
}

/* The rows come by reference, then event: the last of a reference owns it. */
static int on_name(void *arg, const struct name_row *row)
{
	struct loader *l = arg;
	uint32_t at = facts_image(l->f, row->image);
	struct bytes reference = keep(l, row->reference);
	struct fact_image *i;

	if (at == UINT32_MAX)
		return 0;
	i = &l->f->images.v[at];
	i->event = MAX(i->event, row->event);
	return reference.ptr ? bytes_vec_push(&i->names, reference) : -ENOMEM;
}

static int compare_image_id(const void *a, const void *b)
{
	const struct fact_image *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int load_images(struct loader *l)
{
	int r = images_each(l->db, on_image, l, l->err);

	if (r < 0)
		return r;
	if (l->f->images.n)
		qsort(l->f->images.v, l->f->images.n, sizeof(*l->f->images.v),
		      compare_image_id);
	vec_foreach (i, &l->f->images) {
		r = load_image(l, i);
		if (r < 0)
			return r;
	}
	return names_each(l->db, on_name, l, l->err);
}

uint32_t facts_image(const struct facts *f, int64_t id)
{
	struct fact_image key = {.id = id}, *at;

	if (!f->images.n)
		return UINT32_MAX;
	at = bsearch(&key, f->images.v, f->images.n, sizeof(key), compare_image_id);
	return at ? (uint32_t)(at - f->images.v) : UINT32_MAX;
}

uint32_t facts_by_digest(const struct facts *f, struct bytes digest)
{
	for (uint32_t i = 0; digest.len && i < f->images.n; i++)
		if (bytes_equal(f->images.v[i].manifest_digest, digest) ||
		    bytes_equal(f->images.v[i].config_digest, digest))
			return i;
	return UINT32_MAX;
}

/* ---- documents ---- */

static int on_document(void *arg, const struct document_row *row)
{
	struct loader *l = arg;
	struct fact_document d = {.id = row->id,
				  .kind = row->kind,
				  .body = arena_bytes(&l->f->arena, row->body),
				  .subject = arena_bytes(&l->f->arena, row->subject),
				  .name = arena_bytes(&l->f->arena, row->name)};

	return fact_document_vec_push(&l->f->documents, d);
}

/* A metadata file holds one provenance a platform: every one becomes a document. */
static int parse_provenance(struct loader *l, size_t at)
{
	struct fact_document *d = &l->f->documents.v[at];
	uint32_t n = 0;
	int r = provenance_count(d->body, &n, NULL);

	for (uint32_t i = 0; r == 0 && i < n; i++) {
		struct fact_document more = l->f->documents.v[at];
		struct provenance *p = NULL;

		r = provenance_parse(more.body, i, &p, NULL);
		if (r < 0)
			break;
		more.provenance = p;
		if (i == 0) {
			l->f->documents.v[at] = more;
		} else {
			r = fact_document_vec_push(&l->f->documents, more);
			if (r < 0)
				provenance_free(p);
		}
	}
	return r == -ENOMEM ? r : 0;
}

static int on_cache_layer(void *arg, const struct document_layer_row *row)
{
	struct loader *l = arg;
	struct fact_layer layer = {.layer = row->layer, .diff_id = keep(l, row->diff_id)};

	if (row->ord >= l->document->cache->n_layers || !layer.diff_id.len)
		return 0;
	buildcache_set_diff_id(l->document->cache, row->ord, layer.diff_id);
	return fact_layer_vec_push(&l->document->layers, layer);
}

static int parse_cache(struct loader *l, size_t at)
{
	struct fact_document *d = &l->f->documents.v[at];
	int r = buildcache_parse(d->body, &d->cache, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	l->document = d;
	return document_layers_get(l->db, d->id, on_cache_layer, l, l->err);
}

static int load_documents(struct loader *l)
{
	int r = documents_get(l->db, on_document, l, l->err);
	size_t n = l->f->documents.n;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (l->f->documents.v[i].kind == DOCUMENT_PROVENANCE)
			r = parse_provenance(l, i);
		else if (l->f->documents.v[i].kind == DOCUMENT_CACHE)
			r = parse_cache(l, i);
	}
	return r;
}

/* ---- the graph of all caches ---- */

static int compare_known(const void *a, const void *b)
{
	return bytes_cmp(((const struct fact_layer *)a)->diff_id,
			 ((const struct fact_layer *)b)->diff_id);
}

/* Which row of the layer table a cache's layer is: the documents' rows say it. */
static int64_t known_layer(const struct fact_layer_vec *known, struct bytes diff_id)
{
	struct fact_layer key = {.diff_id = diff_id}, *at = NULL;

	if (known->n)
		at = bsearch(&key, known->v, known->n, sizeof(key), compare_known);
	return at ? at->layer : 0;
}

static int add_cache_chains(struct facts *f, const struct fact_layer_vec *known)
{
	for (uint32_t i = 0; i < f->caches->n; i++) {
		const struct buildcache_node *n = &f->caches->nodes[i];
		uint32_t tip = CHAIN_ROOT;

		for (uint32_t k = 0; k < n->n_layers; k++)
			if (chains_add(&f->chains, tip, n->diff_ids[k],
				       known_layer(known, n->diff_ids[k]), &tip) < 0)
				return -ENOMEM;
	}
	return 0;
}

DEFINE_VEC(cache_vec, const struct buildcache *)

/* All caches, and the layers of those that brought layers, sorted. */
static int collect_caches(struct facts *f, struct cache_vec *caches,
			  struct fact_layer_vec *known)
{
	int r = 0;

	vec_foreach (d, &f->documents) {
		if (r == 0 && d->cache)
			r = cache_vec_push(caches, d->cache);
		vec_foreach (layer, &d->layers)
			if (r == 0)
				r = fact_layer_vec_push(known, *layer);
	}
	vec_foreach (i, &f->images)
		if (r == 0 && i->cache)
			r = cache_vec_push(caches, i->cache);
	if (known->n)
		qsort(known->v, known->n, sizeof(*known->v), compare_known);
	return r;
}

static int load_caches(struct facts *f, struct err *err)
{
	_cleanup_(cache_vec_release) struct cache_vec caches = {0};
	_cleanup_(fact_layer_vec_release) struct fact_layer_vec known = {0};
	int r = collect_caches(f, &caches, &known);

	if (r < 0 || !caches.n)
		return r;
	r = buildcache_graph_make(caches.v, caches.n, &f->caches, err);
	return r < 0 ? r : add_cache_chains(f, &known);
}

int facts_load(struct db *db, struct facts *ret, struct err *err)
{
	struct facts f = {0};
	struct loader l = {.db = db, .f = &f, .err = err};
	int r = chains_init(&f.chains);

	if (r == 0)
		r = load_images(&l);
	if (r == 0)
		r = load_documents(&l);
	if (r == 0)
		r = load_caches(&f, err);
	if (r < 0) {
		facts_release(&f);
		return r == -ENOMEM ? err_oom(err) : r;
	}
	*ret = f;
	return 0;
}
