/* SPDX-License-Identifier: MIT */
#include "fs/vfile.h"

#include <pthread.h>
#include <xxhash.h>

#define BUCKETS 1024

struct version {
	struct layout_file file;
	struct vfile info;
	XXH128_hash_t hash; /* of the bytes, also when they are gone */
	struct buf bytes;
	bool resident;        /* bytes are here */
	bool current;         /* what a lookup finds */
	int64_t generation;   /* of the index: the newest known to give these bytes */
	uint64_t lookups;     /* the kernel's */
	uint64_t used;        /* clock of the cache at the last use */
	struct version *next; /* in its bucket */
};
DEFINE_VEC(version_vec, struct version *)
DEFINE_VEC(slot_vec, uint32_t)

struct vfile_cache {
	pthread_mutex_t lock;
	struct version_vec slots;        /* by slot; NULL where free */
	struct slot_vec free_slots;      /* enough room reserved for all slots */
	struct version *bucket[BUCKETS]; /* current versions, by file */
	uint64_t last_generation;        /* of inode numbers */
	uint64_t clock;
	size_t count, bytes, max_bytes;
};

int vfile_cache_new(size_t max_bytes, struct vfile_cache **ret)
{
	struct vfile_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	pthread_mutex_init(&c->lock, NULL);
	c->max_bytes = max_bytes;
	*ret = c;
	return 0;
}

void vfile_cache_free(struct vfile_cache *c)
{
	if (!c)
		return;
	vec_foreach (v, &c->slots) {
		if (*v)
			buf_release(&(*v)->bytes);
		free(*v);
	}
	version_vec_release(&c->slots);
	slot_vec_release(&c->free_slots);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct version **bucket_of(struct vfile_cache *c, const struct layout_file *f)
{
	uint64_t h =
	    ((uint64_t)f->image + ((uint64_t)f->build << 20) + ((uint64_t)f->stage << 40)) *
		0x9e3779b97f4a7c15 +
	    (uint64_t)(uintptr_t)f->report + (uint64_t)f->kind * 31 + (uint64_t)f->format;

	return &c->bucket[(h ^ h >> 32 ^ h >> 7) % BUCKETS];
}

static struct version *find_current(struct vfile_cache *c, const struct layout_file *f)
{
	struct version *v = *bucket_of(c, f);

	while (v && !layout_file_equal(&v->file, f))
		v = v->next;
	return v;
}

static struct version *by_ino(struct vfile_cache *c, uint64_t ino)
{
	struct inode i = inode_decode(ino);
	struct version *v = NULL;

	if (i.class == INODE_RENDERED && i.slot < c->slots.n)
		v = c->slots.v[i.slot];
	return v && v->info.ino == ino ? v : NULL;
}

static void touch(struct vfile_cache *c, struct version *v)
{
	v->used = ++c->clock;
}

static void drop_bytes(struct vfile_cache *c, struct version *v)
{
	if (v->resident)
		c->bytes -= v->info.size;
	buf_release(&v->bytes);
	v->bytes = BUF_INIT;
	v->resident = false;
}

static void take_bytes(struct vfile_cache *c, struct version *v, struct buf *bytes)
{
	v->bytes = *bytes;
	*bytes = BUF_INIT;
	v->resident = true;
	c->bytes += v->info.size;
	touch(c, v);
}

static void remove_current(struct vfile_cache *c, struct version *v)
{
	struct version **p = bucket_of(c, &v->file);

	while (*p != v)
		p = &(*p)->next;
	*p = v->next;
	v->current = false;
}

/* Room in free_slots was reserved when the slot was made. */
static void drop_version(struct vfile_cache *c, struct version *v)
{
	uint32_t slot = inode_decode(v->info.ino).slot;

	if (v->current)
		remove_current(c, v);
	drop_bytes(c, v);
	c->slots.v[slot] = NULL;
	c->free_slots.v[c->free_slots.n++] = slot;
	c->count--;
	free(v);
}

/* What to let go of first: what the kernel has forgotten, then the least recently used. */
static bool goes_before(const struct version *a, const struct version *b)
{
	if (!a->lookups != !b->lookups)
		return !a->lookups;
	return a->used < b->used;
}

static void shrink(struct vfile_cache *c, const struct version *keep)
{
	while (c->bytes > c->max_bytes) {
		struct version *victim = NULL;

		vec_foreach (v, &c->slots)
			if (*v && *v != keep && (*v)->resident && (*v)->info.size > 0 &&
			    (!victim || goes_before(*v, victim)))
				victim = *v;
		if (!victim)
			return;
		if (victim->lookups)
			drop_bytes(c, victim);
		else
			drop_version(c, victim);
	}
}

static int take_slot(struct vfile_cache *c, uint32_t *ret)
{
	int r;

	if (c->free_slots.n) {
		*ret = c->free_slots.v[--c->free_slots.n];
		return 0;
	}
	if (c->slots.n >= 1u << INODE_SLOT_BITS)
		return -ENOSPC;
	r = slot_vec_reserve(&c->free_slots, c->slots.n + 1);
	if (r == 0)
		r = version_vec_push(&c->slots, NULL);
	if (r == 0)
		*ret = (uint32_t)c->slots.n - 1;
	return r;
}

static int make_version(struct vfile_cache *c, const struct layout_file *file,
			struct timespec mtime, struct buf *bytes, struct version **ret)
{
	struct version *v = calloc(1, sizeof(*v));
	uint32_t slot;
	int r = v ? take_slot(c, &slot) : -ENOMEM;

	if (r < 0) {
		free(v);
		return r;
	}
	v->file = *file;
	v->info.ino = inode_rendered(slot, ++c->last_generation);
	v->info.size = bytes->len;
	v->info.mtime = mtime;
	v->hash = XXH3_128bits(bytes->ptr, bytes->len);
	c->slots.v[slot] = v;
	c->count++;
	take_bytes(c, v, bytes);
	*ret = v;
	return 0;
}

static void make_current(struct vfile_cache *c, struct version *v)
{
	struct version *old = find_current(c, &v->file);
	struct version **bucket = bucket_of(c, &v->file);

	if (old) {
		remove_current(c, old);
		if (!old->lookups)
			drop_version(c, old);
	}
	v->current = true;
	v->next = *bucket;
	*bucket = v;
}

static bool has_bytes(const struct version *v, const struct buf *bytes)
{
	return v->info.size == bytes->len &&
	       XXH128_isEqual(v->hash, XXH3_128bits(bytes->ptr, bytes->len));
}

int vfile_find(struct vfile_cache *c, const struct layout_file *file, int64_t generation,
	       struct vfile *ret)
{
	struct version *v;

	pthread_mutex_lock(&c->lock);
	v = find_current(c, file);
	if (v && v->generation < generation)
		v = NULL;
	if (v) {
		v->lookups++;
		touch(c, v);
		*ret = v->info;
	}
	pthread_mutex_unlock(&c->lock);
	return v != NULL;
}

static int store(struct vfile_cache *c, const struct layout_file *file, int64_t generation,
		 struct timespec mtime, struct buf *bytes, struct version **ret)
{
	struct version *v = find_current(c, file);
	int r = 0;

	if (v && has_bytes(v, bytes)) {
		if (!v->resident)
			take_bytes(c, v, bytes);
	} else {
		r = make_version(c, file, mtime, bytes, &v);
		if (r == 0)
			make_current(c, v);
	}
	if (r < 0)
		return r;
	v->generation = MAX(v->generation, generation);
	v->lookups++;
	shrink(c, v);
	*ret = v;
	return 0;
}

int vfile_store(struct vfile_cache *c, const struct layout_file *file, int64_t generation,
		struct timespec mtime, struct buf *bytes, struct vfile *ret)
{
	struct version *v;
	int r;

	pthread_mutex_lock(&c->lock);
	r = store(c, file, generation, mtime, bytes, &v);
	if (r == 0)
		*ret = v->info;
	pthread_mutex_unlock(&c->lock);
	buf_release(bytes);
	*bytes = BUF_INIT;
	return r;
}

void vfile_forget(struct vfile_cache *c, uint64_t ino, uint64_t lookups)
{
	struct version *v;

	pthread_mutex_lock(&c->lock);
	v = by_ino(c, ino);
	if (v) {
		v->lookups -= MIN(lookups, v->lookups);
		if (!v->lookups && (!v->current || !v->resident))
			drop_version(c, v);
	}
	pthread_mutex_unlock(&c->lock);
}

int vfile_get(struct vfile_cache *c, uint64_t ino, struct vfile *ret)
{
	struct version *v;

	pthread_mutex_lock(&c->lock);
	v = by_ino(c, ino);
	if (v)
		*ret = v->info;
	pthread_mutex_unlock(&c->lock);
	return v ? 0 : -ESTALE;
}

static int read_version(struct vfile_cache *c, struct version *v, uint64_t off, void *to,
			size_t n, size_t *ret_n)
{
	size_t rest = off < v->info.size ? v->info.size - off : 0;

	*ret_n = MIN(n, rest);
	if (!v->resident)
		return -EAGAIN;
	if (*ret_n)
		memcpy(to, v->bytes.ptr + off, *ret_n);
	touch(c, v);
	return 0;
}

int vfile_read(struct vfile_cache *c, uint64_t ino, uint64_t off, void *to, size_t n,
	       size_t *ret_n, struct layout_file *ret_file)
{
	struct version *v;
	int r = -ESTALE;

	pthread_mutex_lock(&c->lock);
	v = by_ino(c, ino);
	if (v) {
		*ret_file = v->file;
		r = read_version(c, v, off, to, n, ret_n);
	}
	pthread_mutex_unlock(&c->lock);
	return r;
}

int vfile_restore(struct vfile_cache *c, uint64_t ino, struct buf *bytes)
{
	struct version *v;
	bool same;

	pthread_mutex_lock(&c->lock);
	v = by_ino(c, ino);
	same = v && has_bytes(v, bytes);
	if (same && !v->resident) {
		take_bytes(c, v, bytes);
		shrink(c, v);
	}
	pthread_mutex_unlock(&c->lock);
	buf_release(bytes);
	*bytes = BUF_INIT;
	return same ? 0 : -ESTALE;
}

size_t vfile_cache_count(struct vfile_cache *c, size_t *ret_bytes)
{
	size_t n;

	pthread_mutex_lock(&c->lock);
	n = c->count;
	*ret_bytes = c->bytes;
	pthread_mutex_unlock(&c->lock);
	return n;
}
