/* SPDX-License-Identifier: MIT */
#include "io/codec_internal.h"

#include <fcntl.h>

#define RATIO_FROM MIB(256)

static const struct {
	enum codec codec;
	const char *name;
	size_t len;
	unsigned char magic[6];
	const struct codec_ops *ops;
} table[] = {
    {CODEC_NONE, "none", 0, {0}, &codec_none},
    {CODEC_GZIP, "gzip", 2, {0x1f, 0x8b}, &codec_gzip},
    {CODEC_ZSTD, "zstd", 4, {0x28, 0xb5, 0x2f, 0xfd}, &codec_zstd},
    {CODEC_XZ, "xz", 6, {0xfd, '7', 'z', 'X', 'Z', 0}, &codec_xz},
    {CODEC_BZIP2, "bzip2", 3, {'B', 'Z', 'h'}, NULL},
};

/* A zstd stream may begin with a skippable frame (RFC 8878, 3.1.2): 0x184D2A50 to ..5F. */
static bool is_skippable(const unsigned char *p, size_t n)
{
	return n >= 4 && p[0] >= 0x50 && p[0] <= 0x5f && p[1] == 0x2a && p[2] == 0x4d &&
	       p[3] == 0x18;
}

enum codec codec_detect(const void *p, size_t n)
{
	for (size_t i = 1; i < ARRAY_SIZE(table); i++)
		if (n >= table[i].len && memcmp(p, table[i].magic, table[i].len) == 0)
			return table[i].codec;
	return is_skippable(p, n) ? CODEC_ZSTD : CODEC_NONE;
}

const char *codec_name(enum codec c)
{
	return table[c].name;
}

bool codec_from_name(struct bytes name, enum codec *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (bytes_equal(name, bytes_from_str(table[i].name))) {
			*ret = table[i].codec;
			return true;
		}
	}
	return false;
}

static void set_options(struct decoder *d, const struct decoder_opts *opts)
{
	d->limits = LIMITS_DEFAULT;
	if (!opts)
		return;
	if (opts->limits)
		d->limits = *opts->limits;
	d->points = opts->points;
	d->spacing = opts->spacing;
	d->in.on_input = opts->on_input;
	d->in.arg = opts->arg;
}

int decoder_open(struct source *src, enum codec codec, const struct decoder_opts *opts,
		 struct decoder **ret, struct err *err)
{
	const struct codec_ops *ops = table[codec].ops;
	struct decoder *d;
	int r;

	if (!ops)
		return err_set(err, ENOTSUP, "bzip2 is not supported (bunzip2 it first)");
	d = calloc(1, ops->size);
	if (!d || input_init(&d->in, src, 0) < 0) {
		free(d);
		return err_oom(err);
	}
	if (src->fd >= 0)
		posix_fadvise(src->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	d->ops = ops;
	set_options(d, opts);
	r = ops->init ? ops->init(d, err) : 0;
	if (r < 0) {
		decoder_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	if (d->ops->release)
		d->ops->release(d);
	input_release(&d->in);
	free(d);
}

static int check_limits(const struct decoder *d, struct err *err)
{
	uint64_t in = MAX(input_offset(&d->in), (uint64_t)1);

	if (d->out > d->limits.layer_bytes)
		return err_set(err, EFBIG,
			       "over the limit layer-bytes of %llu uncompressed bytes",
			       (unsigned long long)d->limits.layer_bytes);
	if (d->out > RATIO_FROM && d->out / in > d->limits.ratio)
		return err_set(err, EFBIG, "%s: expands over the limit ratio of %llu to 1",
			       d->ops->name, (unsigned long long)d->limits.ratio);
	return 0;
}

int decoder_read(struct decoder *d, void *buf, size_t n, size_t *ret_n, struct err *err)
{
	unsigned char *p = buf;

	*ret_n = 0;
	while (*ret_n < n && !d->ended) {
		size_t got = 0;
		int r = d->ops->read(d, p + *ret_n, n - *ret_n, &got, err);

		d->out += got;
		*ret_n += got;
		if (r == 0)
			r = check_limits(d, err);
		if (r < 0)
			return r;
	}
	if (d->ended && d->in.source && *ret_n == 0) {
		uint64_t more;
		int r = input_drain(&d->in, &more, err);

		d->trailing += more;
		return r;
	}
	return 0;
}

uint64_t decoder_trailing(const struct decoder *d)
{
	return d->trailing;
}
