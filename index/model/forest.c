/* SPDX-License-Identifier: MIT */
#include "model/forest.h"

#include "util/vec.h"

#include <pthread.h>

/*
 * What is kept, by key. A plant without ptr is being loaded by somebody: wait for `changed`
 * and look again. Its slot may move meanwhile, so nobody keeps a pointer to one over a wait.
 */
enum plant_kind {
	PLANT_LAYER,
	PLANT_HASHES,
	PLANT_COPIES,
	PLANT_TREE,
	PLANT_STAGE,
	PLANT_DERIVED /* + what */
};

struct plant_key {
	unsigned kind;
	uint32_t upto;   /* derived trees: sub */
	int64_t version; /* derived trees: theirs; copies: the generation of the index */
	int64_t id;      /* of the layer, the image or the stage */
};

struct plant {
	struct plant_key key;
	void *ptr; /* of the kind's type; the forest's own reference */
	size_t bytes;
	uint64_t used; /* the forest's clock when it was last asked for */
};
DEFINE_VEC(plant_vec, struct plant)

struct forest {
	struct db *db;
	pthread_mutex_t db_lock; /* never taken while lock is held */
	pthread_mutex_t lock;    /* of all that follows */
	pthread_cond_t changed;
	struct plant_vec plants; /* by key */
	uint64_t clock;
	size_t bytes, max_bytes;
};

int forest_new(struct db *db, size_t max_bytes, struct forest **ret)
{
	struct forest *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->db = db;
	f->max_bytes = max_bytes;
	pthread_mutex_init(&f->db_lock, NULL);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	*ret = f;
	return 0;
}

/* ---- kinds of plants ---- */

struct kind {
	const uint32_t *(*refs)(const void *p);
	size_t (*memory)(const void *p);
	void *(*ref)(void *p);
	void (*unref)(void *p);
};

#define DEFINE_KIND(type)                                                                      \
	static const uint32_t *type##_kind_refs(const void *p)                                 \
	{                                                                                      \
		return &((const struct type *)p)->refs;                                        \
	}                                                                                      \
	static size_t type##_kind_memory(const void *p)                                        \
	{                                                                                      \
		return type##_memory(p);                                                       \
	}                                                                                      \
	static void *type##_kind_ref(void *p)                                                  \
	{                                                                                      \
		return type##_ref(p);                                                          \
	}                                                                                      \
	static void type##_kind_unref(void *p)                                                 \
	{                                                                                      \
		type##_unref(p);                                                               \
	}                                                                                      \
	static const struct kind type##_kind = {type##_kind_refs, type##_kind_memory,          \
						type##_kind_ref, type##_kind_unref};

DEFINE_KIND(layer)
DEFINE_KIND(layer_hashes)
DEFINE_KIND(layer_copies)
DEFINE_KIND(tree)

static const struct kind *kind_of(const struct plant *p)
{
	static const struct kind *const kinds[] = {[PLANT_LAYER] = &layer_kind,
						   [PLANT_HASHES] = &layer_hashes_kind,
						   [PLANT_COPIES] = &layer_copies_kind};

	return p->key.kind < ARRAY_SIZE(kinds) ? kinds[p->key.kind] : &tree_kind;
}

static uint32_t count_refs(const struct plant *p)
{
	return __atomic_load_n(kind_of(p)->refs(p->ptr), __ATOMIC_ACQUIRE);
}

/* ---- keeping ---- */

static int compare_keys(const struct plant_key *a, const struct plant_key *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->upto != b->upto)
		return a->upto < b->upto ? -1 : 1;
	return (a->version > b->version) - (a->version < b->version);
}

/* Where key is, or belongs; *ret_found says which. */
static size_t locate(const struct forest *f, const struct plant_key *key, bool *ret_found)
{
	size_t lo = 0, hi = f->plants.n;

	*ret_found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare_keys(&f->plants.v[mid].key, key);

		if (c == 0) {
			*ret_found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int insert(struct forest *f, size_t at, const struct plant_key *key)
{
	const struct plant p = {.key = *key};

	if (plant_vec_push(&f->plants, p) < 0)
		return -ENOMEM;
	memmove(f->plants.v + at + 1, f->plants.v + at,
		(f->plants.n - 1 - at) * sizeof(*f->plants.v));
	f->plants.v[at] = p;
	return 0;
}

static void remove_at(struct forest *f, size_t at)
{
	f->bytes -= f->plants.v[at].bytes;
	f->plants.n--;
	memmove(f->plants.v + at, f->plants.v + at + 1,
		(f->plants.n - at) * sizeof(*f->plants.v));
}

/*
 * Drops the plant longest unused of those that only the forest holds. References are only
 * ever taken from the forest, under its lock, or from a holder: one that stands at 1 stays
 * there. A tree holds its layers, so layers go after the last tree over them.
 */
static bool drop_one(struct forest *f)
{
	size_t oldest = f->plants.n;
	struct plant dropped;

	for (size_t i = 0; i < f->plants.n; i++) {
		const struct plant *p = &f->plants.v[i];

		if (p->ptr && count_refs(p) == 1 &&
		    (oldest == f->plants.n || p->used < f->plants.v[oldest].used))
			oldest = i;
	}
	if (oldest == f->plants.n)
		return false;
	dropped = f->plants.v[oldest];
	remove_at(f, oldest);
	kind_of(&dropped)->unref(dropped.ptr);
	return true;
}

static void trim_locked(struct forest *f, size_t to_bytes)
{
	while (f->bytes > to_bytes && drop_one(f))
		;
}

void forest_trim(struct forest *f, size_t to_bytes)
{
	pthread_mutex_lock(&f->lock);
	trim_locked(f, to_bytes);
	pthread_mutex_unlock(&f->lock);
}

size_t forest_memory(struct forest *f)
{
	size_t bytes;

	pthread_mutex_lock(&f->lock);
	bytes = f->bytes;
	pthread_mutex_unlock(&f->lock);
	return bytes;
}

void forest_free(struct forest *f)
{
	if (!f)
		return;
	vec_foreach (p, &f->plants) {
		if (p->ptr)
			kind_of(p)->unref(p->ptr);
	}
	plant_vec_release(&f->plants);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	pthread_mutex_destroy(&f->db_lock);
	free(f);
}

/* ---- asking ---- */

/*
 * A reference to what is kept under key, waiting for somebody who is loading it. 1 and *ret;
 * 0: the slot is the caller's to fill with finish(); -ENOMEM.
 */
static int begin(struct forest *f, const struct plant_key *key, void **ret)
{
	bool found;
	size_t at;
	int r = 0;

	pthread_mutex_lock(&f->lock);
	for (;;) {
		at = locate(f, key, &found);
		if (!found || f->plants.v[at].ptr)
			break;
		pthread_cond_wait(&f->changed, &f->lock);
	}
	if (found) {
		f->plants.v[at].used = ++f->clock;
		*ret = kind_of(&f->plants.v[at])->ref(f->plants.v[at].ptr);
		r = 1;
	} else {
		r = insert(f, at, key);
	}
	pthread_mutex_unlock(&f->lock);
	return r;
}

/* The end of a loading: ptr goes into the slot, or the slot goes (NULL: those who waited try
 * for themselves, and get their own error). The caller keeps a reference of its own. */
static void finish(struct forest *f, const struct plant_key *key, void *ptr)
{
	struct plant *p;
	bool found;
	size_t at;

	pthread_mutex_lock(&f->lock);
	at = locate(f, key, &found);
	p = &f->plants.v[at];
	if (ptr) {
		p->ptr = ptr;
		p->used = ++f->clock;
		p->bytes = kind_of(p)->memory(ptr);
		f->bytes += p->bytes;
		kind_of(p)->ref(ptr);
		trim_locked(f, f->max_bytes);
	} else {
		remove_at(f, at);
	}
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

/* ---- of one layer ---- */

typedef int (*load_fn)(struct db *db, int64_t layer, void **ret, struct err *err);

/* With db, which is the caller's, or the forest's own under its lock. */
static int load_with(struct forest *f, struct db *db, int64_t layer, load_fn load, void **ret,
		     struct err *err)
{
	int r;

	if (db)
		return load(db, layer, ret, err);
	pthread_mutex_lock(&f->db_lock);
	r = load(f->db, layer, ret, err);
	pthread_mutex_unlock(&f->db_lock);
	return r;
}

static int load_once(struct forest *f, struct db *db, const struct plant_key *key, load_fn load,
		     void **ret, struct err *err)
{
	void *loaded = NULL;
	int r = begin(f, key, ret);

	if (r < 0)
		return err_oom(err);
	if (r == 1)
		return 0;
	r = load_with(f, db, key->id, load, &loaded, err);
	finish(f, key, r == 0 ? loaded : NULL);
	*ret = loaded;
	return r;
}

#define DEFINE_LOAD(type)                                                                      \
	static int type##_load_any(struct db *db, int64_t layer, void **ret, struct err *err)  \
	{                                                                                      \
		struct type *loaded = NULL;                                                    \
		int r = type##_load(db, layer, &loaded, err);                                  \
                                                                                               \
		*ret = loaded;                                                                 \
		return r;                                                                      \
	}

DEFINE_LOAD(layer)
DEFINE_LOAD(layer_hashes)
DEFINE_LOAD(layer_copies)

int forest_layer(struct forest *f, int64_t layer, struct layer **ret, struct err *err)
{
	const struct plant_key key = {.kind = PLANT_LAYER, .id = layer};
	void *kept = NULL;
	int r = load_once(f, NULL, &key, layer_load_any, &kept, err);

	*ret = kept;
	return r;
}

int forest_hashes(struct forest *f, struct db *db, int64_t layer, struct layer_hashes **ret,
		  struct err *err)
{
	const struct plant_key key = {.kind = PLANT_HASHES, .id = layer};
	void *kept = NULL;
	int r = load_once(f, db, &key, layer_hashes_load_any, &kept, err);

	*ret = kept;
	return r;
}

int forest_copies(struct forest *f, struct db *db, int64_t layer, int64_t generation,
		  struct layer_copies **ret, struct err *err)
{
	const struct plant_key key = {.kind = PLANT_COPIES, .id = layer, .version = generation};
	void *kept = NULL;
	int r = load_once(f, db, &key, layer_copies_load_any, &kept, err);

	*ret = kept;
	return r;
}

/* ---- trees ---- */

DEFINE_VEC(id_vec, int64_t)

static int push_id(void *arg, const struct image_layer_row *row)
{
	return id_vec_push(arg, row->layer);
}

/* The image's layers, lowest first, 0 for absent ones. */
static int list_layers(struct forest *f, int64_t image, struct id_vec *ret, struct err *err)
{
	struct image_row row;
	int r;

	pthread_mutex_lock(&f->db_lock);
	r = images_get(f->db, image, &row, err);
	if (r == 1)
		r = image_layers_each(f->db, image, push_id, ret, err);
	else if (r == 0)
		r = err_set(err, ESTALE, "image %lld is no longer in the index",
			    (long long)image);
	pthread_mutex_unlock(&f->db_lock);
	return r;
}

static void release_layers(struct layer **layers, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		layer_unref(layers[i]);
	free(layers);
}

static int merge_chain(struct forest *f, const struct id_vec *ids, uint32_t upto,
		       struct tree **ret, struct err *err)
{
	struct layer **layers = calloc(MAX(upto, 1u), sizeof(*layers));
	int r = layers ? 0 : err_oom(err);

	for (uint32_t i = 0; i < upto && r == 0; i++) {
		if (ids->v[i])
			r = forest_layer(f, ids->v[i], &layers[i], err);
	}
	if (r == 0)
		r = merge_layers(layers, upto, NULL, NULL, ret, err);
	release_layers(layers, layers ? upto : 0);
	return r;
}

static int push_layer(void *arg, int64_t layer)
{
	return id_vec_push(arg, layer);
}

static int list_stage_layers(struct forest *f, int64_t stage, struct id_vec *ret,
			     struct err *err)
{
	int r;

	pthread_mutex_lock(&f->db_lock);
	r = stage_layers_get(f->db, stage, push_layer, ret, err);
	pthread_mutex_unlock(&f->db_lock);
	return r == -ENOENT ? err_set(err, ESTALE, "stage %lld is no longer in the index",
				      (long long)stage)
			    : r;
}

static int grow_tree(struct forest *f, const struct plant_key *key, struct tree **ret,
		     struct err *err)
{
	_cleanup_(id_vec_release) struct id_vec ids = {0};
	int r;

	if (key->kind == PLANT_TREE)
		r = list_layers(f, key->id, &ids, err);
	else
		r = list_stage_layers(f, key->id, &ids, err);
	if (r < 0)
		return r;
	if (key->upto > ids.n)
		return err_set(err, ESTALE, "only %zu layers are left of what had %u", ids.n,
			       key->upto);
	return merge_chain(f, &ids, key->upto, ret, err);
}

static int tree_of(struct forest *f, const struct plant_key *key, struct tree **ret,
		   struct err *err)
{
	struct tree *grown = NULL;
	void *kept;
	int r;

	r = begin(f, key, &kept);
	if (r < 0)
		return err_oom(err);
	if (r == 1) {
		*ret = kept;
		return 0;
	}
	r = grow_tree(f, key, &grown, err);
	finish(f, key, r == 0 ? grown : NULL);
	if (r == 0)
		*ret = grown;
	return r;
}

int forest_tree(struct forest *f, int64_t image, uint32_t upto, struct tree **ret,
		struct err *err)
{
	const struct plant_key key = {.kind = PLANT_TREE, .id = image, .upto = upto};

	return tree_of(f, &key, ret, err);
}

int forest_stage_tree(struct forest *f, int64_t stage, uint32_t upto, struct tree **ret,
		      struct err *err)
{
	const struct plant_key key = {.kind = PLANT_STAGE, .id = stage, .upto = upto};

	return tree_of(f, &key, ret, err);
}

int forest_derived(struct forest *f, const struct forest_derived *d, struct tree **ret,
		   struct err *err)
{
	const struct plant_key key = {.kind = PLANT_DERIVED + d->what,
				      .id = d->id,
				      .upto = d->sub,
				      .version = d->version};
	struct tree *grown = NULL;
	void *kept;
	int r = begin(f, &key, &kept);

	if (r < 0)
		return err_oom(err);
	if (r == 1) {
		*ret = kept;
		return 0;
	}
	r = d->make(d->arg, &grown, err);
	finish(f, &key, r == 0 ? grown : NULL);
	if (r == 0)
		*ret = grown;
	return r;
}

int forest_with_db(struct forest *f, int (*fn)(struct db *db, void *arg, struct err *err),
		   void *arg, struct err *err)
{
	int r;

	pthread_mutex_lock(&f->db_lock);
	r = fn(f->db, arg, err);
	pthread_mutex_unlock(&f->db_lock);
	return r;
}
