/* SPDX-License-Identifier: MIT */
#include "content/filecache.h"

#include <sys/stat.h>

#define FILES        4096 /* a power of two */
#define REGION_BYTES 16   /* offset and length, little-endian: what the index stores */

struct filecache {
	struct file v[FILES];
};

int filecache_new(struct filecache **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void filecache_free(struct filecache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < FILES; i++)
		file_release(&c->v[i]);
	free(c);
}

void file_release(struct file *f)
{
	free(f->regions);
	*f = (struct file){0};
}

static int copy(const struct file *f, struct file *ret)
{
	*ret = *f;
	if (!f->regions)
		return 0;
	ret->regions = calloc(f->n_regions + 1, sizeof(*f->regions));
	if (!ret->regions) {
		*ret = (struct file){0};
		return -ENOMEM;
	}
	memcpy(ret->regions, f->regions, f->n_regions * sizeof(*f->regions));
	return 0;
}

/* Layers are numbered above the sequence: files of one layer do not push each other out. */
static size_t place_of(int64_t inode)
{
	return ((uint64_t)inode ^ (uint64_t)ENTRY_LAYER(inode) * 0x9e3779b1) % FILES;
}

bool filecache_has(const struct filecache *c, int64_t inode)
{
	return c->v[place_of(inode)].inode == inode;
}

int filecache_get(const struct filecache *c, int64_t inode, struct file *ret)
{
	int r;

	if (!filecache_has(c, inode))
		return 0;
	r = copy(&c->v[place_of(inode)], ret);
	return r < 0 ? r : 1;
}

void filecache_put(struct filecache *c, const struct file *f)
{
	struct file *place = &c->v[place_of(f->inode)];
	struct file kept;

	if (copy(f, &kept) < 0)
		return;
	file_release(place);
	*place = kept;
}

static uint64_t le64(const char *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static int parse_regions(struct bytes map, struct file *f, struct err *err)
{
	uint64_t at = f->data, end;

	f->n_regions = map.len / REGION_BYTES;
	f->regions = calloc(f->n_regions + 1, sizeof(*f->regions));
	if (!f->regions)
		return err_oom(err);
	for (size_t i = 0; i < f->n_regions; i++) {
		struct region *r = &f->regions[i];

		*r = (struct region){le64(map.ptr + i * REGION_BYTES),
				     le64(map.ptr + i * REGION_BYTES + 8), at};
		if (add_overflows(r->off, r->len, &end) || end > f->size ||
		    add_overflows(at, r->len, &at))
			return err_set(err, EBADMSG, "the index has a damaged sparse map");
	}
	return 0;
}

int file_from_row(const struct entry_row *row, struct file *ret, struct err *err)
{
	int r = 0;

	*ret = (struct file){.inode = row->id,
			     .size = row->size,
			     .stored = row->stored,
			     .data = row->data < 0 ? 0 : (uint64_t)row->data,
			     .hashed = row->sha256.len == 32};
	if (!S_ISREG(row->mode))
		return err_set(err, EINVAL, "not a regular file");
	if (ret->hashed)
		memcpy(ret->sha256, row->sha256.ptr, 32);
	if (row->sparse.ptr || row->stored < row->size) /* no map at all: one hole */
		r = parse_regions(row->sparse, ret, err);
	if (r < 0)
		file_release(ret);
	return r;
}
