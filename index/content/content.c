/* SPDX-License-Identifier: MIT */
#include "content/content.h"

#include "content/content_internal.h"
#include "io/hash.h"

#include <sys/stat.h>

#define REGION_BYTES 16

int content_new(const struct content_opts *opts, struct content **ret, struct err *err)
{
	_cleanup_(content_freep) struct content *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_oom(err);
	pthread_mutex_init(&c->lock, NULL);
	c->files = calloc(FILES, sizeof(*c->files));
	if (!c->files || spancache_new(opts->span_bytes, &c->spans) < 0)
		return err_oom(err);
	r = cachedir_new(opts->cache_dir, opts->cache_bytes, &c->cache, err);
	if (r < 0)
		return r;
	c->opener = (struct opener){opts->db, c->cache, c->spans};
	c->verify_always = opts->verify_always;
	*ret = steal_ptr(&c);
	return 0;
}

void content_free(struct content *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < OPEN_MAX_LAYERS; i++)
		opened_unref(c->open[i]);
	for (size_t i = 0; c->files && i < FILES; i++)
		free(c->files[i].sparse);
	free(c->files);
	cachedir_free(c->cache);
	spancache_free(c->spans);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct opened *find_open(struct content *c, int64_t layer)
{
	for (size_t i = 0; i < OPEN_MAX_LAYERS; i++)
		if (c->open[i] && c->open[i]->layer == layer)
			return c->open[i];
	return NULL;
}

/* A free place, or that of the least recently used layer. */
static struct opened **place_for(struct content *c)
{
	struct opened **oldest = &c->open[0];

	for (size_t i = 0; i < OPEN_MAX_LAYERS; i++) {
		if (!c->open[i])
			return &c->open[i];
		if (c->open[i]->used < (*oldest)->used)
			oldest = &c->open[i];
	}
	opened_unref(*oldest);
	*oldest = NULL;
	return oldest;
}

/* The open layer, with a reference for the caller. Lock held. */
static int get_open(struct content *c, int64_t layer, struct opened **ret, struct err *err)
{
	struct opened *o = find_open(c, layer);

	if (!o) {
		int r = opened_new(&c->opener, layer, &o, err);

		if (r < 0)
			return r;
		*place_for(c) = o;
	}
	o->used = ++c->clock;
	__atomic_add_fetch(&o->refs, 1, __ATOMIC_RELAXED);
	*ret = o;
	return 0;
}

static int fill_file(struct file *f, const struct entry_row *row, struct err *err)
{
	free(f->sparse);
	*f = (struct file){.inode = row->id,
			   .size = row->size,
			   .stored = row->stored,
			   .data = row->data < 0 ? 0 : (uint64_t)row->data,
			   .hashed = row->sha256.len == 32};
	if (f->hashed)
		memcpy(f->sha256, row->sha256.ptr, 32);
	if (row->sparse.ptr) {
		f->sparse = malloc(row->sparse.len + 1);
		if (!f->sparse) {
			f->inode = 0;
			return err_oom(err);
		}
		memcpy(f->sparse, row->sparse.ptr, row->sparse.len);
		f->sparse_len = row->sparse.len;
	}
	return 0;
}

/* Lock held. The file lives until the next get_file. */
static int get_file(struct content *c, int64_t inode, struct file **ret, struct err *err)
{
	struct file *f = &c->files[((uint64_t)inode ^ (uint64_t)inode >> 24) % FILES];
	struct entry_row row;
	int r;

	*ret = f;
	if (f->inode == inode)
		return 0;
	r = entries_find(c->opener.db, inode, &row, err);
	if (r == 0)
		return err_set(err, ESTALE, "the file is not in the index any more");
	if (r < 0)
		return r;
	if (!S_ISREG(row.mode))
		return err_set(err, EINVAL, "not a regular file");
	return fill_file(f, &row, err);
}

static uint64_t le64(const char *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

/* A read of a file with holes: zeros, and over them what the regions hold. */
static int read_sparse(struct source *tar, const struct file *f, const char *sparse, char *buf,
		       size_t n, uint64_t off, struct err *err)
{
	uint64_t at = f->data;

	memset(buf, 0, n);
	for (size_t i = 0; i + REGION_BYTES <= f->sparse_len; i += REGION_BYTES) {
		uint64_t start = le64(sparse + i), len = le64(sparse + i + 8);
		uint64_t lo = MAX(start, off), hi = MIN(start + len, off + n);
		size_t got;

		if (lo < hi) {
			int r = source_pread(tar, buf + (lo - off), (size_t)(hi - lo),
					     at + (lo - start), &got, err);

			if (r < 0)
				return r;
			if (got != hi - lo)
				return err_set(err, EIO, "the layer ends before its file does");
		}
		at += len;
	}
	return 0;
}

static int read_file(struct opened *o, const struct file *f, void *buf, size_t n, uint64_t off,
		     struct err *err)
{
	size_t got;
	int r = opened_check(o, err);

	if (r < 0)
		return r;
	if (f->sparse)
		return read_sparse(o->tar, f, f->sparse, buf, n, off, err);
	r = source_pread(o->tar, buf, n, f->data + off, &got, err);
	if (r == 0 && got != n)
		r = err_set(err, EIO, "the layer ends before its file does");
	return r < 0 ? err_prefix(err, r, "%s", o->archive.path) : 0;
}

static int verify_file(struct opened *o, const struct file *f, struct err *err)
{
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	_cleanup_free_ char *piece = malloc(MIB(1));
	unsigned char sum[32];

	if (!piece || sha256_new(&h) < 0)
		return err_oom(err);
	for (uint64_t off = 0; off < f->size; off += MIN(MIB(1), f->size - off)) {
		size_t n = (size_t)MIN(MIB(1), f->size - off);
		int r = read_file(o, f, piece, n, off, err);

		if (r < 0)
			return r;
		sha256_update(h, piece, n);
	}
	sha256_final(h, sum);
	if (memcmp(sum, f->sha256, 32) != 0)
		return err_set(err, EIO, "%s: a file does not have its SHA-256 any more",
			       o->archive.path);
	return 0;
}

static void remember_verified(struct content *c, int64_t inode)
{
	struct file *f;

	pthread_mutex_lock(&c->lock);
	if (get_file(c, inode, &f, NULL) == 0)
		f->verified = true;
	pthread_mutex_unlock(&c->lock);
}

/* A copy that outlives the lock. */
static int copy_file(const struct file *f, struct file *ret, struct err *err)
{
	*ret = *f;
	if (!f->sparse)
		return 0;
	ret->sparse = malloc(f->sparse_len + 1);
	if (!ret->sparse)
		return err_oom(err);
	memcpy(ret->sparse, f->sparse, f->sparse_len);
	return 0;
}

int content_pread(struct content *c, int64_t inode, void *buf, size_t n, uint64_t off,
		  size_t *ret_n, struct err *err)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	struct file *found, f = {0};
	int r;

	*ret_n = 0;
	pthread_mutex_lock(&c->lock);
	r = get_file(c, inode, &found, err);
	if (r == 0)
		r = copy_file(found, &f, err);
	if (r == 0 && off < f.size)
		r = get_open(c, ENTRY_LAYER(inode), &o, err);
	pthread_mutex_unlock(&c->lock);
	if (r == 0 && off < f.size) {
		n = (size_t)MIN((uint64_t)n, f.size - off);
		if (c->verify_always && f.hashed && !f.verified) {
			r = verify_file(o, &f, err);
			if (r == 0)
				remember_verified(c, inode);
		}
		if (r == 0)
			r = read_file(o, &f, buf, n, off, err);
		if (r == 0)
			*ret_n = n;
	}
	free(f.sparse);
	return r;
}

bool content_is_fast(struct content *c, int64_t inode)
{
	struct opened *o;
	bool fast;

	if (c->verify_always)
		return false;
	pthread_mutex_lock(&c->lock);
	o = find_open(c, ENTRY_LAYER(inode));
	fast = o && o->fast && opened_is_same(o);
	pthread_mutex_unlock(&c->lock);
	return fast;
}
