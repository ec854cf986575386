/* SPDX-License-Identifier: MIT */
/* The inflater on zlib, for builds without ISA-L: Z_BLOCK stops at block ends by itself. */
#include "io/inflate.h"

#include <string.h>
#include <zlib.h>

struct inflater {
	z_stream z;
	bool want;
	unsigned bits;
};

int inflater_new(struct inflater **ret)
{
	struct inflater *f = calloc(1, sizeof(*f));

	if (!f || inflateInit2(&f->z, -15) != Z_OK) {
		free(f);
		return -ENOMEM;
	}
	*ret = f;
	return 0;
}

void inflater_free(struct inflater *f)
{
	if (!f)
		return;
	inflateEnd(&f->z);
	free(f);
}

void inflater_reset(struct inflater *f)
{
	inflateReset(&f->z);
	f->want = false;
	f->bits = 0;
}

int inflater_resume(struct inflater *f, unsigned bits, unsigned left, const void *window,
		    size_t window_len)
{
	inflater_reset(f);
	if (window_len > INFLATE_WINDOW)
		return -EINVAL;
	if (bits && inflatePrime(&f->z, (int)bits, (int)left) != Z_OK)
		return -EINVAL;
	if (window_len && inflateSetDictionary(&f->z, window, (unsigned)window_len) != Z_OK)
		return -EINVAL;
	return 0;
}

void inflater_want_boundary(struct inflater *f)
{
	f->want = true;
}

/* zlib keeps window and bits itself. */
int inflater_go_on(struct inflater *f, const void *window, size_t window_len)
{
	(void)f;
	(void)window;
	(void)window_len;
	return 0;
}

/* data_type: 128 at the end of a block, 64 in the last block, low bits unused bits. */
static bool at_boundary(const struct inflater *f)
{
	return f->z.data_type & 128 && !(f->z.data_type & 64);
}

int inflater_step(struct inflater *f, struct inflate_io *io, enum inflate_status *ret)
{
	unsigned in = (unsigned)MIN(io->in_len, (size_t)1 << 30);
	unsigned out = (unsigned)MIN(io->out_len, (size_t)1 << 30);
	int r;

	f->z.next_in = (Bytef *)(uintptr_t)io->in;
	f->z.avail_in = in;
	f->z.next_out = io->out;
	f->z.avail_out = out;
	r = inflate(&f->z, f->want ? Z_BLOCK : Z_NO_FLUSH);
	io->in += in - f->z.avail_in;
	io->in_len -= in - f->z.avail_in;
	io->out += out - f->z.avail_out;
	io->out_len -= out - f->z.avail_out;
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return -EBADMSG;
	*ret = r == Z_STREAM_END ? INFLATE_END : INFLATE_MORE;
	if (f->want && r == Z_OK && at_boundary(f)) {
		f->bits = (unsigned)f->z.data_type & 7;
		f->want = false;
		*ret = INFLATE_BOUNDARY;
	}
	return 0;
}

void inflater_unused(const struct inflater *f, size_t *ret_bytes, unsigned *ret_bits)
{
	*ret_bytes = 0;
	*ret_bits = f->bits;
}

uint32_t inflate_crc32(uint32_t crc, const void *p, size_t n)
{
	return (uint32_t)crc32_z(crc, p, n);
}
