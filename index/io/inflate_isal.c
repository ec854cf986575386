/* SPDX-License-Identifier: MIT */
/*
 * The inflater on ISA-L. It reaches into struct inflate_state: see the essay in seek_gzip.c for
 * what it relies on, and tests/unit/io/test_seek_gzip.c for the check of every point it makes.
 */
#include "io/inflate.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

struct inflater {
	struct inflate_state state;
	bool want;   /* a boundary is wanted */
	bool forced; /* bfinal is ours, not the stream's */
};

/*
 * ISA-L's AVX code returns with dirty upper halves of the vector registers, which makes SSE2
 * code after it (libxxhash, SHA) several times slower.
 */
#ifdef __x86_64__
__attribute__((target("avx"))) static void clean_vectors(void)
{
	_mm256_zeroupper();
}

static void leave_isal(void)
{
	if (__builtin_cpu_supports("avx"))
		clean_vectors();
}
#else
static void leave_isal(void)
{
}
#endif

int inflater_new(struct inflater **ret)
{
	struct inflater *f = malloc(sizeof(*f));

	if (!f)
		return -ENOMEM;
	inflater_reset(f);
	*ret = f;
	return 0;
}

void inflater_free(struct inflater *f)
{
	free(f);
}

void inflater_reset(struct inflater *f)
{
	isal_inflate_init(&f->state);
	f->state.crc_flag = ISAL_DEFLATE;
	f->want = f->forced = false;
}

int inflater_resume(struct inflater *f, unsigned bits, unsigned left, const void *window,
		    size_t window_len)
{
	unsigned char copy[INFLATE_WINDOW];

	inflater_reset(f);
	if (window_len > INFLATE_WINDOW)
		return -EINVAL;
	memcpy(copy, window, window_len);
	if (window_len && isal_inflate_set_dict(&f->state, copy, (uint32_t)window_len) != 0)
		return -EINVAL;
	f->state.read_in = left;
	f->state.read_in_length = (int32_t)bits;
	return 0;
}

void inflater_want_boundary(struct inflater *f)
{
	f->want = true;
}

/* In the middle of a block that is not the last: let ISA-L believe that it is. */
static void force_stop(struct inflater *f)
{
	bool inside = f->state.block_state == ISAL_BLOCK_CODED ||
		      f->state.block_state == ISAL_BLOCK_TYPE0;

	if (f->want && inside && !f->state.bfinal) {
		f->state.bfinal = 1;
		f->forced = true;
		f->want = false;
	}
}

/* A new stream, as far as ISA-L knows, with the same unread bits and the same window. */
int inflater_go_on(struct inflater *f, const void *window, size_t window_len)
{
	uint64_t left = f->state.read_in;
	int32_t bits = f->state.read_in_length;
	int r = inflater_resume(f, 0, 0, window, window_len);

	f->state.read_in = left;
	f->state.read_in_length = bits;
	return r;
}

int inflater_step(struct inflater *f, struct inflate_io *io, enum inflate_status *ret)
{
	uint32_t in = (uint32_t)MIN(io->in_len, (size_t)1 << 30);
	uint32_t out = (uint32_t)MIN(io->out_len, (size_t)1 << 30);
	int r;

	force_stop(f);
	f->state.next_in = (uint8_t *)(uintptr_t)io->in;
	f->state.avail_in = in;
	f->state.next_out = io->out;
	f->state.avail_out = out;
	r = isal_inflate(&f->state);
	leave_isal();
	io->in += in - f->state.avail_in;
	io->in_len -= in - f->state.avail_in;
	io->out += out - f->state.avail_out;
	io->out_len -= out - f->state.avail_out;
	if (r < 0 && r != ISAL_END_INPUT)
		return -EBADMSG;
	*ret = f->state.block_state != ISAL_BLOCK_FINISH ? INFLATE_MORE
	       : f->forced                               ? INFLATE_BOUNDARY
							 : INFLATE_END;
	return 0;
}

void inflater_unused(const struct inflater *f, size_t *ret_bytes, unsigned *ret_bits)
{
	*ret_bytes = (size_t)f->state.read_in_length / 8;
	*ret_bits = (unsigned)f->state.read_in_length % 8;
}

uint32_t inflate_crc32(uint32_t crc, const void *p, size_t n)
{
	crc = crc32_gzip_refl(crc, p, n);
	leave_isal();
	return crc;
}
