/* SPDX-License-Identifier: MIT */
#include "io/codec_internal.h"

static int none_read(struct decoder *d, unsigned char *buf, size_t n, size_t *ret_n,
		     struct err *err)
{
	size_t got;
	int r = input_fill(&d->in, err);

	if (r < 0)
		return r;
	got = MIN(n, d->in.len);
	d->ended = got == 0;
	memcpy(buf, d->in.p, got);
	input_take(&d->in, got);
	*ret_n = got;
	return 0;
}

const struct codec_ops codec_none = {
    .name = "none", .size = sizeof(struct decoder), .read = none_read};
