/* SPDX-License-Identifier: MIT */
#include "io/window.h"

#include <string.h>
#include <zstd.h>

void window_add(struct window *w, const void *p, size_t n)
{
	const unsigned char *b = p;
	size_t at, first;

	w->total += n;
	if (n > INFLATE_WINDOW) {
		b += n - INFLATE_WINDOW;
		n = INFLATE_WINDOW;
	}
	at = (size_t)((w->total - n) % INFLATE_WINDOW);
	first = MIN(n, INFLATE_WINDOW - at);
	memcpy(w->data + at, b, first);
	memcpy(w->data, b + first, n - first);
}

void window_begin(struct window *w)
{
	w->begin = w->total;
}

size_t window_copy(const struct window *w, unsigned char out[INFLATE_WINDOW])
{
	size_t n = (size_t)MIN(w->total - w->begin, (uint64_t)INFLATE_WINDOW);
	size_t at = (size_t)((w->total - n) % INFLATE_WINDOW);
	size_t first = MIN(n, INFLATE_WINDOW - at);

	memcpy(out, w->data + at, first);
	memcpy(out + first, w->data, n - first);
	return n;
}

int window_pack(const struct window *w, unsigned char out[WINDOW_PACKED_MAX], uint32_t *ret_len,
		struct err *err)
{
	unsigned char plain[INFLATE_WINDOW];
	size_t n = window_copy(w, plain);
	size_t packed = ZSTD_compress(out, WINDOW_PACKED_MAX, plain, n, 1);

	if (ZSTD_isError(packed))
		return err_set(err, EIO, "a seek point cannot be packed: %s",
			       ZSTD_getErrorName(packed));
	*ret_len = (uint32_t)packed;
	return 0;
}

ssize_t window_unpack(const unsigned char *packed, size_t len,
		      unsigned char out[INFLATE_WINDOW])
{
	size_t n = ZSTD_decompress(out, INFLATE_WINDOW, packed, len);

	return ZSTD_isError(n) ? -EBADMSG : (ssize_t)n;
}

int window_resume(const struct window *w, struct inflater *f)
{
	unsigned char plain[INFLATE_WINDOW];
	size_t n = window_copy(w, plain);

	return inflater_go_on(f, plain, n);
}
