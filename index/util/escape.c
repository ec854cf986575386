/* SPDX-License-Identifier: MIT */
#include "util/escape.h"

#include <stdio.h>

size_t utf8_sequence(const char *s, size_t n, uint32_t *ret_cp)
{
	const unsigned char *p = (const unsigned char *)s;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = n == 0                        ? 0
		     : p[0] < 0x80                 ? 1
		     : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
		     : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
		     : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
						   : 0;
	uint32_t cp;

	if (len == 0 || len > n)
		return 0;
	cp = len == 1 ? p[0] : p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (cp < least[len] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return 0;
	*ret_cp = cp;
	return len;
}

static bool printable(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return false;
	if (cp == 0x200e || cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e))
		return false;
	return !(cp >= 0x2066 && cp <= 0x2069) && cp != 0x61c && cp != 0xfeff;
}

/* Appends one step of the escaped text; returns how many input bytes it took. */
static size_t escape_step(struct buf *out, struct bytes s)
{
	uint32_t cp;
	size_t len;

	switch (s.ptr[0]) {
	case '\\':
		buf_add_str(out, "\\\\");
		return 1;
	case '\t':
		buf_add_str(out, "\\t");
		return 1;
	case '\n':
		buf_add_str(out, "\\n");
		return 1;
	default:
		break;
	}
	len = utf8_sequence(s.ptr, s.len, &cp);
	if (len && printable(cp)) {
		buf_add(out, s.ptr, len);
		return len;
	}
	len = MAX(len, (size_t)1);
	for (size_t i = 0; i < len; i++)
		buf_addf(out, "\\x%02x", (unsigned char)s.ptr[i]);
	return len;
}

/* Bytes at the beginning that stand for themselves: nearly all there are. */
static size_t plain_run(struct bytes s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= ' ' && s.ptr[n] <= '~' && s.ptr[n] != '\\')
		n++;
	return n;
}

int escape_text(struct buf *out, struct bytes s)
{
	while (s.len) {
		size_t n = plain_run(s);

		if (n)
			buf_add(out, s.ptr, n);
		else
			n = escape_step(out, s);
		s = bytes_skip(s, n);
	}
	return buf_status(out);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int unescape(struct buf *out, struct bytes s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c != '\\') {
			buf_add_char(out, c);
			continue;
		}
		if (++i == s.len)
			return -EINVAL;
		c = s.ptr[i];
		if (c == '\\' || c == 't' || c == 'n') {
			buf_add_char(out, c == 't' ? '\t' : c == 'n' ? '\n' : '\\');
		} else if (c == 'x' && s.len - i > 2 && hex_digit(s.ptr[i + 1]) >= 0 &&
			   hex_digit(s.ptr[i + 2]) >= 0) {
			buf_add_char(out, (char)(hex_digit(s.ptr[i + 1]) << 4 |
						 hex_digit(s.ptr[i + 2])));
			i += 2;
		} else {
			return -EINVAL;
		}
	}
	return buf_status(out);
}

int unescape_text(struct buf *out, struct bytes s)
{
	_cleanup_(buf_release) struct buf raw = BUF_INIT, again = BUF_INIT;
	int r = unescape(&raw, s);

	if (r == 0)
		r = escape_text(&again, buf_bytes(&raw));
	if (r == 0 && !bytes_equal(buf_bytes(&again), s))
		r = -EINVAL;
	return r < 0 ? r : buf_add_bytes(out, buf_bytes(&raw));
}

const char *escape_short(struct bytes s, char *out, size_t size)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	size_t done = 0, fits = 0; /* fits: what leaves room for "..." and the NUL */

	while (done < s.len && b.len < size) {
		done += escape_step(&b, bytes_skip(s, done));
		if (b.len + 4 <= size)
			fits = b.len;
	}
	if (done == s.len && b.len < size)
		snprintf(out, size, "%s", buf_str(&b));
	else
		snprintf(out, size, "%.*s...", (int)fits, buf_str(&b));
	return out;
}

static size_t json_run(struct bytes s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] != '"' && s.ptr[n] != '\\')
		n++;
	return n;
}

int escape_json(struct buf *out, struct bytes s)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int r = escape_text(&text, s);
	struct bytes rest = buf_bytes(&text);

	if (r < 0)
		return r;
	buf_add_char(out, '"');
	while (rest.len) {
		size_t n = json_run(rest);

		buf_add(out, rest.ptr, n);
		rest = bytes_skip(rest, n);
		if (rest.len) {
			buf_add_char(out, '\\');
			buf_add_char(out, rest.ptr[0]);
			rest = bytes_skip(rest, 1);
		}
	}
	buf_add_char(out, '"');
	return buf_status(out);
}

int escape_json_bytes(struct buf *out, struct bytes s)
{
	uint32_t cp;

	buf_add_char(out, '"');
	while (s.len) {
		size_t len = utf8_sequence(s.ptr, s.len, &cp);

		if (len && !printable(cp)) {
			buf_addf(out, "\\u%04x", cp);
		} else {
			if (len && (cp == '"' || cp == '\\'))
				buf_add_char(out, '\\');
			len = MAX(len, (size_t)1);
			buf_add(out, s.ptr, len);
		}
		s = bytes_skip(s, len);
	}
	buf_add_char(out, '"');
	return buf_status(out);
}

int escape_component(struct buf *out, struct bytes s)
{
	if (s.len == 0)
		return buf_add_str(out, "_");
	if (bytes_equal(s, BYTES(".")))
		return buf_add_str(out, "%2E");
	if (bytes_equal(s, BYTES("..")))
		return buf_add_str(out, "%2E%2E");
	while (s.len) {
		uint32_t cp = 0;
		size_t len = utf8_sequence(s.ptr, s.len, &cp);

		if (len && printable(cp) && cp != '/') {
			buf_add(out, s.ptr, len);
		} else {
			len = MAX(len, (size_t)1);
			for (size_t i = 0; i < len; i++)
				buf_addf(out, "%%%02X", (unsigned char)s.ptr[i]);
		}
		s = bytes_skip(s, len);
	}
	return buf_status(out);
}
