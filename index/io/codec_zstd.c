/* SPDX-License-Identifier: MIT */
/* zstd (RFC 8878): frames one after the other, skippable frames among them (zstd:chunked). */
#include "io/codec_internal.h"

#include <zstd.h>
#include <zstd_errors.h>

struct zstd_decoder {
	struct decoder d;
	ZSTD_DStream *z;
	bool inside; /* in the middle of a frame */
};

static int zstd_init(struct decoder *d, struct err *err)
{
	struct zstd_decoder *z = (struct zstd_decoder *)d;
	int log = 10;

	z->z = ZSTD_createDStream();
	if (!z->z)
		return err_oom(err);
	while (log < 31 && (1ULL << (log + 1)) <= d->limits.zstd_window)
		log++;
	ZSTD_DCtx_setParameter(z->z, ZSTD_d_windowLogMax, log);
	return 0;
}

static int refuse(const struct decoder *d, size_t code, struct err *err)
{
	unsigned long long at = input_offset(&d->in);

	if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
		return err_set(err, EFBIG,
			       "zstd: the window is over the limit zstd-window of %llu",
			       (unsigned long long)d->limits.zstd_window);
	return err_set(err, EBADMSG, "zstd: %s at offset %llu", ZSTD_getErrorName(code), at);
}

/* Between frames: is the next thing a frame? Anything else is trailing data. */
static int at_frame(struct decoder *d, struct err *err)
{
	unsigned char magic[4];
	size_t got;
	int r = source_pread(d->in.source, magic, 4, input_offset(&d->in), &got, err);

	if (r < 0)
		return r;
	if (got < 4 && input_offset(&d->in) == 0)
		return err_set(err, EBADMSG, "zstd: the data ends early, at offset %zu", got);
	return got == 4 && (input_offset(&d->in) == 0 || codec_detect(magic, 4) == CODEC_ZSTD);
}

static int zstd_read(struct decoder *d, unsigned char *buf, size_t n, size_t *ret_n,
		     struct err *err)
{
	struct zstd_decoder *z = (struct zstd_decoder *)d;
	ZSTD_outBuffer out = {buf, n, 0};

	while (out.pos == 0) {
		ZSTD_inBuffer in;
		size_t code;
		int r = input_fill(&d->in, err);

		if (r == 0 && !z->inside) {
			r = at_frame(d, err);
			if (r <= 0) {
				d->ended = r == 0;
				return r;
			}
			r = 0;
		}
		if (r < 0)
			return r;
		in = (ZSTD_inBuffer){d->in.p, d->in.len, 0};
		code = ZSTD_decompressStream(z->z, &out, &in);
		if (ZSTD_isError(code))
			return refuse(d, code, err);
		input_take(&d->in, in.pos);
		z->inside = code != 0;
		if (z->inside && in.size == 0 && out.pos == 0)
			return err_set(err, EBADMSG,
				       "zstd: the data ends early, at offset %llu",
				       (unsigned long long)input_offset(&d->in));
	}
	*ret_n = out.pos;
	return 0;
}

static void zstd_release(struct decoder *d)
{
	ZSTD_freeDStream(((struct zstd_decoder *)d)->z);
}

const struct codec_ops codec_zstd = {.name = "zstd",
				     .size = sizeof(struct zstd_decoder),
				     .init = zstd_init,
				     .read = zstd_read,
				     .release = zstd_release};
