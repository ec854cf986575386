/* SPDX-License-Identifier: MIT */
/*
 * A gzip stream decoded from end to end, and the same bytes read through its seek points.
 */
#include "fuzz.h"

#include "io/codec.h"
#include "io/seek_gzip.h"
#include "util/buf.h"

#define OUTPUT_MAX MIB(4)
#define SPACING    KIB(16)

/* 0 and the decoded bytes, or the decoder's answer. */
static int decode(struct source *src, struct seekpoints *points, struct buf *out,
		  struct err *err)
{
	struct limits limits = LIMITS_DEFAULT;
	struct decoder_opts opts = {.limits = &limits, .points = points, .spacing = SPACING};
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	int r;

	limits.layer_bytes = OUTPUT_MAX;
	r = decoder_open(src, CODEC_GZIP, &opts, &d, err);
	while (r == 0) {
		size_t n;

		fuzz_check(buf_reserve(out, 10000) == 0);
		r = decoder_read(d, out->ptr + out->len, 10000, &n, err);
		if (r == 0 && n == 0)
			break;
		out->len += r == 0 ? n : 0;
	}
	fuzz_check(out->len <= OUTPUT_MAX);
	return r;
}

static void read_piece(struct source *s, const struct buf *want, size_t off, size_t n)
{
	struct err err = ERR_INIT;
	char *got = malloc(n + 1);
	size_t ret;

	fuzz_check(got);
	fuzz_check(source_pread(s, got, n, off, &ret, &err) == 0);
	fuzz_check(ret == MIN(n, want->len - MIN(off, want->len)));
	fuzz_check(ret == 0 || memcmp(got, want->ptr + off, ret) == 0);
	free(got);
}

static void read_through_points(struct source *stored, struct seekpoints *points,
				const struct buf *want)
{
	_cleanup_(spancache_freep) struct spancache *cache = NULL;
	_cleanup_(source_unrefp) struct source *s = NULL;
	struct err err = ERR_INIT;

	fuzz_check(spancache_new(MIB(1), &cache) == 0);
	fuzz_check(source_open_gzip(stored, want->len, points, cache, 1, &s, &err) == 0);
	fuzz_check(s->size == want->len);
	for (size_t i = 8; i-- > 0;)
		read_piece(s, want, want->len * i / 8, 5000);
	read_piece(s, want, 0, want->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *src = NULL;
	_cleanup_(seekpoints_release) struct seekpoints points = {0};
	_cleanup_(buf_release) struct buf out = BUF_INIT, again = BUF_INIT;
	struct err err = ERR_INIT;
	int r;

	fuzz_check(source_open_memory(bytes_make(data, size), &src, &err) == 0);
	r = decode(src, &points, &out, &err);
	if (r < 0) {
		fuzz_refused(r, &err);
		return 0;
	}
	fuzz_check(decode(src, NULL, &again, &err) == 0);
	fuzz_check(bytes_equal(buf_bytes(&out), buf_bytes(&again)));
	read_through_points(src, &points, &out);
	return 0;
}
