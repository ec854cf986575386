/* SPDX-License-Identifier: MIT */
#include "io/codec_internal.h"

#include <lzma.h>

#define XZ_MEMORY MIB(192)

struct xz_decoder {
	struct decoder d;
	lzma_stream z;
};

static int xz_init(struct decoder *d, struct err *err)
{
	struct xz_decoder *x = (struct xz_decoder *)d;

	x->z = (lzma_stream)LZMA_STREAM_INIT;
	if (lzma_stream_decoder(&x->z, XZ_MEMORY, LZMA_CONCATENATED) != LZMA_OK)
		return err_oom(err);
	return 0;
}

static const char *why(lzma_ret r)
{
	switch (r) {
	case LZMA_MEMLIMIT_ERROR:
		return "needs more than 192 MiB to decode";
	case LZMA_BUF_ERROR:
		return "the data ends early";
	default:
		return "the data is damaged";
	}
}

static int xz_read(struct decoder *d, unsigned char *buf, size_t n, size_t *ret_n,
		   struct err *err)
{
	struct xz_decoder *x = (struct xz_decoder *)d;

	x->z.next_out = buf;
	x->z.avail_out = n;
	while (x->z.avail_out == n && !d->ended) {
		int r = input_fill(&d->in, err);
		size_t had = d->in.len;
		lzma_ret code;

		if (r < 0)
			return r;
		x->z.next_in = d->in.p;
		x->z.avail_in = had;
		code = lzma_code(&x->z, had ? LZMA_RUN : LZMA_FINISH);
		input_take(&d->in, had - x->z.avail_in);
		if (code == LZMA_STREAM_END)
			d->ended = true;
		else if (code != LZMA_OK)
			return err_set(err, code == LZMA_MEMLIMIT_ERROR ? EFBIG : EBADMSG,
				       "xz: %s, at offset %llu", why(code),
				       (unsigned long long)input_offset(&d->in));
	}
	*ret_n = n - x->z.avail_out;
	return 0;
}

static void xz_release(struct decoder *d)
{
	lzma_end(&((struct xz_decoder *)d)->z);
}

const struct codec_ops codec_xz = {.name = "xz",
				   .size = sizeof(struct xz_decoder),
				   .init = xz_init,
				   .read = xz_read,
				   .release = xz_release};
