/* SPDX-License-Identifier: MIT */
#include "tar/xattrs.h"

#include "util/buf.h"

#define XATTR_NAME_LIMIT 255 /* Linux XATTR_NAME_MAX */

void xattrs_release(struct xattr_set *x)
{
	xattr_vec_release(&x->list);
	arena_release(&x->arena);
	memset(x, 0, sizeof(*x));
}

void xattrs_clear(struct xattr_set *x)
{
	if (x->arena.total)
		arena_release(&x->arena);
	xattr_vec_clear(&x->list);
	x->bytes = 0;
	x->invalid = x->overlay = false;
}

static bool storable(const struct xattr_set *x, struct bytes name, struct bytes value,
		     const struct limits *limits)
{
	return name.len > 0 && name.len <= XATTR_NAME_LIMIT &&
	       bytes_find(name, 0) == name.len && value.len <= limits->xattr_value &&
	       x->bytes + name.len + value.len <= limits->xattr_entry;
}

static int add(struct xattr_set *x, struct bytes name, struct bytes value,
	       const struct limits *limits)
{
	struct tar_xattr kept;

	if (!storable(x, name, value, limits)) {
		x->invalid = true;
		return 1;
	}
	if (bytes_starts_with(name, BYTES("trusted.overlay.")))
		x->overlay = true;
	kept.name = arena_bytes(&x->arena, name);
	kept.value = arena_bytes(&x->arena, value);
	if (!kept.name.ptr || (value.len && !kept.value.ptr))
		return -ENOMEM;
	x->bytes += name.len + value.len;
	return xattr_vec_push(&x->list, kept) < 0 ? -ENOMEM : 1;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* %XX as libarchive writes it; a '%' without two digits stands for itself. */
static void url_decode(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		int hi = -1, lo = -1;

		if (in.ptr[i] == '%' && i + 2 < in.len) {
			hi = hex_digit(in.ptr[i + 1]);
			lo = hex_digit(in.ptr[i + 2]);
		}
		if (hi >= 0 && lo >= 0) {
			buf_add_char(out, (char)(hi << 4 | lo));
			i += 2;
		} else {
			buf_add_char(out, in.ptr[i]);
		}
	}
}

static int base64_digit(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* false for bytes that are no base64. */
static bool base64_decode(struct bytes in, struct buf *out)
{
	unsigned bits = 0, n = 0;

	while (in.len && in.ptr[in.len - 1] == '=')
		in.len--;
	for (size_t i = 0; i < in.len; i++) {
		int d = base64_digit(in.ptr[i]);

		if (d < 0)
			return false;
		bits = (bits << 6 | (unsigned)d) & 0xffff;
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_add_char(out, (char)(bits >> n & 0xff));
		}
	}
	return n < 6;
}

static int add_libarchive(struct xattr_set *x, struct bytes name, struct bytes value,
			  const struct limits *limits)
{
	_cleanup_(buf_release) struct buf plain_name = BUF_INIT;
	_cleanup_(buf_release) struct buf plain = BUF_INIT;

	url_decode(name, &plain_name);
	if (!base64_decode(value, &plain)) {
		x->invalid = true;
		return 1;
	}
	if (buf_status(&plain_name) < 0 || buf_status(&plain) < 0)
		return -ENOMEM;
	return add(x, buf_bytes(&plain_name), buf_bytes(&plain), limits);
}

int xattrs_take(struct xattr_set *x, struct bytes key, struct bytes value,
		const struct limits *limits)
{
	static const struct bytes schily = {"SCHILY.xattr.", 13};
	static const struct bytes libarchive = {"LIBARCHIVE.xattr.", 17};

	if (bytes_starts_with(key, schily))
		return add(x, bytes_skip(key, schily.len), value, limits);
	if (bytes_starts_with(key, libarchive))
		return add_libarchive(x, bytes_skip(key, libarchive.len), value, limits);
	return 0;
}

/* Equal names in the order they came: arena strings do not say, positions do. */
struct ordered {
	struct tar_xattr x;
	size_t at;
};

static int by_name(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;
	int c = bytes_cmp(x->x.name, y->x.name);

	return c ? c : (x->at > y->at) - (x->at < y->at);
}

static void drop_repeated(struct xattr_vec *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (i + 1 == list->n || !bytes_equal(list->v[i].name, list->v[i + 1].name))
			list->v[n++] = list->v[i];
	list->n = n;
}

int xattrs_finish(struct xattr_set *x)
{
	_cleanup_free_ struct ordered *order = NULL;

	if (x->list.n < 2)
		return 0;
	order = calloc(x->list.n, sizeof(*order));
	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < x->list.n; i++)
		order[i] = (struct ordered){x->list.v[i], i};
	qsort(order, x->list.n, sizeof(*order), by_name);
	for (size_t i = 0; i < x->list.n; i++)
		x->list.v[i] = order[i].x;
	drop_repeated(&x->list);
	return 0;
}
