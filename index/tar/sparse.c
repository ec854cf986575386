/* SPDX-License-Identifier: MIT */
#include "tar/sparse.h"

#include "tar/field.h"

static int bad(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EBADMSG;
}

void sparse_release(struct sparse_map *m)
{
	region_vec_release(&m->regions);
	memset(m, 0, sizeof(*m));
}

void sparse_clear(struct sparse_map *m)
{
	struct region_vec kept = m->regions;

	region_vec_clear(&kept);
	*m = (struct sparse_map){.regions = kept};
}

int sparse_add(struct sparse_map *m, int64_t off, int64_t len, uint64_t limit,
	       const char **ret_why)
{
	int64_t end;

	if (off < 0 || len < 0 || add_overflows(off, len, &end))
		return bad(ret_why, "sparse map with a number out of range");
	if (++m->count > limit)
		return bad(ret_why, "sparse map over limit sparse-regions");
	if ((uint64_t)off < m->end)
		return bad(ret_why, "sparse map that overlaps or runs backwards");
	m->end = (uint64_t)end;
	m->stored += (uint64_t)len; /* below end: cannot overflow */
	if (!len)
		return 0;
	return region_vec_push(&m->regions, (struct tar_region){(uint64_t)off, (uint64_t)len});
}

int sparse_add_number(struct sparse_map *m, struct bytes text, uint64_t limit,
		      const char **ret_why)
{
	int64_t v;

	if (pax_number(text, &v) != NUMBER_OK || v < 0)
		return bad(ret_why, "sparse map with a value that is no number");
	m->has_half = !m->has_half;
	if (!m->has_half)
		return sparse_add(m, (int64_t)m->half, v, limit, ret_why);
	m->half = (uint64_t)v;
	return 0;
}

int sparse_add_list(struct sparse_map *m, struct bytes text, uint64_t limit,
		    const char **ret_why)
{
	int r = 0;

	while (text.len && r == 0) {
		size_t n = bytes_find(text, ',');

		r = sparse_add_number(m, bytes_make(text.ptr, n), limit, ret_why);
		text = bytes_skip(text, MIN(n + 1, text.len));
	}
	return r;
}

int sparse_add_fields(struct sparse_map *m, const char *p, size_t n, uint64_t limit,
		      const char **ret_why)
{
	for (size_t i = 0; i < n && p[24 * i]; i++) {
		int64_t off, len;
		int r;

		if (field_number(p + 24 * i, 12, &off) != NUMBER_OK ||
		    field_number(p + 24 * i + 12, 12, &len) != NUMBER_OK)
			return bad(ret_why, "sparse map with a value that is no number");
		r = sparse_add(m, off, len, limit, ret_why);
		if (r < 0)
			return r;
	}
	return 0;
}

int sparse_judge(const struct sparse_map *m, uint64_t real_size, uint64_t stored,
		 const char **ret_why)
{
	if (m->has_half)
		return bad(ret_why, "sparse map that ends in the middle of a pair");
	if (m->end > real_size)
		return bad(ret_why, "sparse map past the end of the file");
	if (m->stored != stored)
		return bad(ret_why, "sparse map that does not add up to the stored data");
	return 0;
}
