/* SPDX-License-Identifier: MIT */
#include "io/gzip_frame.h"

enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, FRESERVED = 0xe0 };

static int truncated(const struct input *in, struct err *err)
{
	return err_set(err, EBADMSG, "gzip: the data ends early, at offset %llu",
		       (unsigned long long)input_offset(in));
}

static int take(struct input *in, unsigned char *out, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c;
		int r = input_byte(in, &c, err);

		if (r <= 0)
			return r < 0 ? r : truncated(in, err);
		if (out)
			out[i] = c;
	}
	return 0;
}

static int take_string(struct input *in, struct err *err)
{
	unsigned char c;
	int r;

	do
		r = take(in, &c, 1, err);
	while (r == 0 && c);
	return r;
}

static int take_options(struct input *in, unsigned flags, struct err *err)
{
	unsigned char len[2];
	int r = 0;

	if (flags & FEXTRA) {
		r = take(in, len, 2, err);
		if (r == 0)
			r = take(in, NULL, len[0] | (size_t)len[1] << 8, err);
	}
	if (r == 0 && flags & FNAME)
		r = take_string(in, err);
	if (r == 0 && flags & FCOMMENT)
		r = take_string(in, err);
	if (r == 0 && flags & FHCRC)
		r = take(in, NULL, 2, err);
	return r;
}

/* 1 if a member starts here; the bytes stay unread otherwise. */
static int magic(struct input *in, struct err *err)
{
	unsigned char c;
	int r = input_byte(in, &c, err);

	if (r <= 0)
		return r;
	if (c == 0x1f) {
		r = input_byte(in, &c, err);
		if (r < 0)
			return r;
		if (r > 0 && c == 0x8b)
			return 1;
		if (r > 0)
			input_back(in, 1);
	}
	input_back(in, 1);
	return 0;
}

int gzip_header(struct input *in, struct err *err)
{
	unsigned char rest[8]; /* CM FLG MTIME(4) XFL OS */
	int r = magic(in, err);

	if (r <= 0)
		return r;
	r = take(in, rest, sizeof(rest), err);
	if (r < 0)
		return r;
	if (rest[0] != 8 || rest[1] & FRESERVED)
		return err_set(err, EBADMSG, "gzip: damaged header at offset %llu",
			       (unsigned long long)input_offset(in));
	r = take_options(in, rest[1], err);
	return r < 0 ? r : 1;
}

static uint32_t le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int gzip_trailer(struct input *in, uint32_t crc, uint64_t size, struct err *err)
{
	unsigned char t[8];
	int r = take(in, t, sizeof(t), err);

	if (r < 0)
		return r;
	if (le32(t) != crc)
		return err_set(err, EBADMSG,
			       "gzip: wrong CRC at offset %llu (the data is damaged)",
			       (unsigned long long)input_offset(in));
	if (le32(t + 4) != (uint32_t)size)
		return err_set(err, EBADMSG,
			       "gzip: wrong length at offset %llu (the data is "
			       "damaged)",
			       (unsigned long long)input_offset(in));
	return 0;
}
