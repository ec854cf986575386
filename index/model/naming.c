/* SPDX-License-Identifier: MIT */
#include "model/naming_internal.h"

#include "util/escape.h"
#include "util/hashname.h"

#include <ctype.h>
#include <sys/utsname.h>

#define LISTED_MAX 8 /* candidates in a message */

struct bytes naming_normalise(struct bytes reference)
{
	static const char *const prefixes[] = {"docker.io/library/", "docker.io/"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		struct bytes p = bytes_from_str(prefixes[i]);

		if (bytes_starts_with(reference, p) && reference.len > p.len)
			return bytes_skip(reference, p.len);
	}
	return reference;
}

int naming_component(struct bytes reference, struct buf *ret)
{
	_cleanup_(buf_release) struct buf plus = BUF_INIT;
	int r;

	buf_clear(ret);
	for (size_t i = 0; i < reference.len; i++)
		buf_add_char(&plus, reference.ptr[i] == '/' ? '+' : reference.ptr[i]);
	r = buf_status(&plus);
	if (r == 0)
		r = escape_component(ret, buf_bytes(&plus));
	return r < 0 ? r : hashname_limit(ret, reference);
}

const char *naming_machine(void)
{
	static const char *const known[][2] = {
	    {"x86_64", "linux/amd64"},    {"aarch64", "linux/arm64"},
	    {"riscv64", "linux/riscv64"}, {"ppc64le", "linux/ppc64le"},
	    {"s390x", "linux/s390x"},     {"i686", "linux/386"},
	    {"armv7l", "linux/arm/v7"}};
	struct utsname u;

	for (size_t i = 0; uname(&u) == 0 && i < ARRAY_SIZE(known); i++)
		if (strcmp(u.machine, known[i][0]) == 0)
			return known[i][1];
	return "linux/amd64";
}

void naming_release(struct naming *n)
{
	vec_foreach (e, &n->entries)
		free(e->name);
	naming_vec_release(&n->entries);
}

const char *naming_of(const struct naming *n, int64_t image)
{
	vec_foreach (e, &n->entries)
		if (e->kind == NAMING_DIR && e->image == image)
			return e->name;
	return NULL;
}

/* ---- what a person types ---- */

static const struct naming_entry *find_entry(const struct naming *n, struct bytes name)
{
	size_t lo = 0, hi = n->entries.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = bytes_cmp(bytes_from_str(n->entries.v[mid].name), name);

		if (c == 0)
			return &n->entries.v[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static bool is_hex(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (!isdigit((unsigned char)b.ptr[i]) && !(b.ptr[i] >= 'a' && b.ptr[i] <= 'f'))
			return false;
	return b.len >= 4;
}

/* Is text, with or without "sha256:", the beginning of the digest? */
static bool begins_digest(const struct naming_image *img, struct bytes text)
{
	size_t colon = bytes_find(text, ':');

	if (colon == text.len)
		return is_hex(text) && bytes_starts_with(naming_hex(img), text);
	return is_hex(bytes_skip(text, colon + 1)) &&
	       bytes_starts_with(bytes_from_str(img->config_digest), text);
}

static int resolve_digest(const struct naming *n, const struct naming_image *images,
			  size_t n_images, struct bytes text, int64_t *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf names = BUF_INIT;
	char shown[160];
	size_t found = 0;

	for (size_t i = 0; i < n_images; i++) {
		const char *name;

		if (!begins_digest(&images[i], text))
			continue;
		name = naming_of(n, images[i].id);
		*ret = images[i].id;
		if (found++ < LISTED_MAX && name)
			buf_addf(&names, " %s", name);
	}
	if (found > 1)
		return err_set(err, EEXIST, "'%s' begins the digests of %zu images (%s%s)",
			       escape_short(text, shown, sizeof(shown)), found,
			       buf_str(&names) + (names.len > 0),
			       found > LISTED_MAX ? " ..." : "");
	return found == 1;
}

/* No tag behind the last slash: docker means :latest. */
static bool lacks_tag(struct bytes text)
{
	const char *slash = text.len ? memrchr(text.ptr, '/', text.len) : NULL;
	struct bytes last = slash ? bytes_skip(text, (size_t)(slash - text.ptr)) : text;

	return bytes_find(last, ':') == last.len;
}

static int find_spelled(const struct naming *n, struct bytes reference, const char *tag,
			const struct naming_entry **ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, name = BUF_INIT;
	int r;

	buf_add_bytes(&text, reference);
	buf_add_str(&text, tag);
	r = buf_status(&text);
	if (r == 0)
		r = naming_component(buf_bytes(&text), &name);
	if (r == 0)
		*ret = find_entry(n, buf_bytes(&name));
	return r;
}

int naming_resolve(const struct naming *n, const struct naming_image *images, size_t n_images,
		   struct bytes text, int64_t *ret, struct err *err)
{
	const struct naming_entry *e = find_entry(n, text);
	struct bytes reference = naming_normalise(text);
	int r = 0;

	if (text.len == 0)
		return 0;
	if (!e)
		r = find_spelled(n, reference, "", &e);
	if (r == 0 && !e && lacks_tag(reference))
		r = find_spelled(n, reference, ":latest", &e);
	if (r < 0)
		return err_oom(err);
	if (e) {
		*ret = e->image;
		return 1;
	}
	return resolve_digest(n, images, n_images, text, ret, err);
}
