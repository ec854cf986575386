/* SPDX-License-Identifier: MIT */
#include "util/digest.h"

#include "util/escape.h"

static const struct {
	const char *name;
	size_t raw;
} algs[] = {
    [DIGEST_NONE] = {"", 0},
    [DIGEST_SHA256] = {"sha256", 32},
    [DIGEST_SHA512] = {"sha512", 64},
};

size_t digest_raw_len(enum digest_alg alg)
{
	return algs[alg].raw;
}

const char *digest_alg_name(enum digest_alg alg)
{
	return algs[alg].name;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int parse_hex(struct bytes hex, unsigned char *out)
{
	for (size_t i = 0; i < hex.len; i += 2) {
		int hi = hex_value(hex.ptr[i]), lo = hex_value(hex.ptr[i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		out[i / 2] = (unsigned char)(hi << 4 | lo);
	}
	return 0;
}

static int refuse(struct bytes text, const char *why, struct err *err)
{
	char shown[160];

	return err_set(err, EINVAL, "digest \"%s\" %s",
		       escape_short(text, shown, sizeof(shown)), why);
}

int digest_parse(struct bytes text, struct digest *ret, struct err *err)
{
	size_t colon = bytes_find(text, ':');
	struct bytes alg = bytes_make(text.ptr, colon);
	struct digest d = {0};
	struct bytes hex;

	if (colon == text.len)
		return refuse(text, "has no algorithm", err);
	for (int i = DIGEST_SHA256; i <= DIGEST_SHA512; i++)
		if (bytes_equal(alg, bytes_from_str(algs[i].name)))
			d.alg = i;
	if (d.alg == DIGEST_NONE)
		return refuse(text, "uses an algorithm other than sha256 or sha512", err);
	hex = bytes_skip(text, colon + 1);
	if (hex.len != 2 * algs[d.alg].raw || parse_hex(hex, d.raw) < 0)
		return refuse(text, "is not lower-case hex of the right length", err);
	*ret = d;
	return 0;
}

void hex_encode(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * n] = 0;
}

const char *digest_hex(const struct digest *d, char out[DIGEST_TEXT_MAX])
{
	hex_encode(d->raw, digest_raw_len(d->alg), out);
	return out;
}

const char *digest_format(const struct digest *d, char out[DIGEST_TEXT_MAX])
{
	size_t n;

	out[0] = 0;
	if (d->alg == DIGEST_NONE)
		return out;
	n = strlen(algs[d->alg].name);
	memcpy(out, algs[d->alg].name, n);
	out[n] = ':';
	hex_encode(d->raw, digest_raw_len(d->alg), out + n + 1);
	return out;
}

struct digest digest_sha256(const unsigned char raw[32])
{
	struct digest d = {.alg = DIGEST_SHA256};

	memcpy(d.raw, raw, 32);
	return d;
}
