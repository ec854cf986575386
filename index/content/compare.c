/* SPDX-License-Identifier: MIT */
/* Are two stored files the same, byte by byte? */
#include "content/content_internal.h"

#define PIECE ((size_t)1 << 20)

static int read_piece(struct content *c, int64_t inode, char *buf, size_t n, uint64_t off,
		      struct err *err)
{
	size_t got;
	int r = content_pread(c, inode, buf, n, off, &got, err);

	if (r == 0 && got != n)
		r = err_set(err, EIO, "a file is shorter than the index says");
	return r;
}

static size_t first_difference(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	while (i < n && a[i] == b[i])
		i++;
	return i;
}

int content_compare(struct content *c, const int64_t inodes[2], uint64_t size, uint64_t *ret_at,
		    int *ret_which, struct err *err)
{
	_cleanup_free_ char *a = malloc(PIECE), *b = malloc(PIECE);

	if (!a || !b)
		return err_oom(err);
	for (uint64_t off = 0; off < size; off += PIECE) {
		size_t n = (size_t)MIN((uint64_t)PIECE, size - off), at;
		int r = read_piece(c, inodes[0], a, n, off, err);

		*ret_which = 0;
		if (r == 0) {
			r = read_piece(c, inodes[1], b, n, off, err);
			*ret_which = 1;
		}
		if (r < 0)
			return r;
		at = first_difference(a, b, n);
		if (at == n)
			continue;
		*ret_at = off + at;
		return 1;
	}
	return 0;
}
