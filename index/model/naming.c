/* SPDX-License-Identifier: MIT */
#include "model/naming.h"

#include "util/digest.h"
#include "util/escape.h"
#include "util/hashname.h"

#include <ctype.h>
#include <stdio.h>
#include <sys/utsname.h>

#define NAME_LIMIT ((size_t)255)
#define SHORT_HEX  12

/* One reference and those who ever had it, the owners first. */
struct tag_group {
	const struct naming_tag *tags; /* of one reference, the highest event first */
	size_t n, owners;              /* owners: tags of the highest event */
};

struct builder {
	const struct naming_image *images;
	size_t n_images;
	const char *machine;
	struct naming *ret;
	bool *named; /* per image: it has its directory */
};

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

static size_t image_index(const struct builder *b, int64_t id)
{
	for (size_t i = 0; i < b->n_images; i++)
		if (b->images[i].id == id)
			return i;
	return SIZE_MAX;
}

static const struct naming_entry *find_entry(const struct naming *n, struct bytes name)
{
	for (size_t i = 0; i < n->entries.n; i++)
		if (bytes_equal(bytes_from_str(n->entries.v[i].name), name))
			return &n->entries.v[i];
	return NULL;
}

/* First come, first served: a name that is taken is not given again. Directories come first,
 * so an alias never hides one. */
static int add(struct builder *b, struct bytes name, enum naming_kind kind, int64_t image)
{
	struct naming_entry e = {.kind = kind, .image = image};

	if (name.len > NAME_LIMIT || find_entry(b->ret, name))
		return 0;
	e.name = strndup(name.ptr, name.len);
	if (!e.name || naming_vec_push(&b->ret->entries, e) < 0) {
		free(e.name);
		return -ENOMEM;
	}
	if (kind == NAMING_DIR)
		b->named[image_index(b, image)] = true;
	return 0;
}

/* The image's directory if it has none yet, else a symlink to that. */
static int add_owned(struct builder *b, struct bytes name, int64_t image)
{
	bool named = b->named[image_index(b, image)];

	return add(b, name, named ? NAMING_SYMLINK : NAMING_DIR, image);
}

static const char *short_hex(const struct naming_image *i)
{
	const char *colon = strchr(i->config_digest, ':');

	return colon ? colon + 1 : i->config_digest;
}

/* "<name>@linux-arm64" */
static int platform_name(struct bytes name, const char *platform, struct buf *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	buf_add_bytes(&text, name);
	buf_add_char(&text, '@');
	for (const char *p = platform; *p; p++)
		buf_add_char(&text, *p == '/' ? '-' : *p);
	buf_clear(ret);
	if (buf_status(&text) < 0 || escape_component(ret, buf_bytes(&text)) < 0)
		return -ENOMEM;
	return hashname_limit(ret, buf_bytes(&text));
}

/* Which of the owners has the plain name: the machine's platform, else the first image. */
static int64_t plain_owner(const struct builder *b, const struct tag_group *g)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < g->owners; i++) {
		const struct naming_image *img = &b->images[image_index(b, g->tags[i].image)];

		if (strcmp(img->platform, b->machine) == 0)
			return img->id;
		first = MIN(first, img->id);
	}
	return first;
}

static int add_owners(struct builder *b, const struct tag_group *g, struct bytes name)
{
	_cleanup_(buf_release) struct buf other = BUF_INIT;
	int64_t plain = plain_owner(b, g);
	int r = add_owned(b, name, plain);

	for (size_t i = 0; r == 0 && i < g->owners; i++) {
		const struct naming_image *img = &b->images[image_index(b, g->tags[i].image)];

		if (!img->platform[0])
			continue;
		r = platform_name(name, img->platform, &other);
		if (r == 0 && img->id == plain)
			r = add(b, buf_bytes(&other), NAMING_ALIAS, img->id);
		else if (r == 0)
			r = add_owned(b, buf_bytes(&other), img->id);
	}
	return r;
}

/* Former owners: name@<12 hex>, and name~1, name~2 as aliases, newest first. */
static int add_former(struct builder *b, const struct tag_group *g, struct bytes name)
{
	for (size_t i = g->owners; i < g->n; i++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;
		const struct naming_image *img = &b->images[image_index(b, g->tags[i].image)];
		int r;

		buf_addf(&text, "%.*s@%.*s", (int)name.len, name.ptr, SHORT_HEX,
			 short_hex(img));
		r = buf_status(&text);
		if (r == 0)
			r = add(b, buf_bytes(&text),
				b->named[image_index(b, img->id)] ? NAMING_ALIAS : NAMING_DIR,
				img->id);
		buf_clear(&text);
		buf_addf(&text, "%.*s~%zu", (int)name.len, name.ptr, i - g->owners + 1);
		if (r == 0)
			r = add(b, buf_bytes(&text), NAMING_ALIAS, img->id);
		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_tags(const void *pa, const void *pb)
{
	const struct naming_tag *a = pa, *b = pb;
	int c = strcmp(a->reference, b->reference);

	if (c)
		return c;
	if (a->event != b->event)
		return a->event < b->event ? 1 : -1;
	return (a->image > b->image) - (a->image < b->image);
}

/* Groups in the order in which their owners were tagged: the first tag of an image makes its
 * directory, later ones are symlinks. */
static int compare_groups(const void *pa, const void *pb)
{
	const struct tag_group *a = pa, *b = pb;

	if (a->tags->event != b->tags->event)
		return a->tags->event < b->tags->event ? -1 : 1;
	return strcmp(a->tags->reference, b->tags->reference);
}

static size_t make_groups(const struct naming_tag *tags, size_t n, struct tag_group *groups)
{
	size_t made = 0;

	for (size_t i = 0; i < n; i++) {
		struct tag_group *g = made ? &groups[made - 1] : NULL;

		if (!g || strcmp(g->tags->reference, tags[i].reference) != 0) {
			g = &groups[made++];
			*g = (struct tag_group){.tags = &tags[i]};
		}
		g->n++;
		g->owners += tags[i].event == g->tags->event;
	}
	return made;
}

static int add_untagged(struct builder *b)
{
	for (size_t i = 0; i < b->n_images; i++) {
		char text[32];

		for (size_t hex = SHORT_HEX; !b->named[i] && hex <= 20; hex += 4) {
			snprintf(text, sizeof(text), "sha256:%.*s", (int)hex,
				 short_hex(&b->images[i]));
			if (add(b, bytes_from_str(text), NAMING_DIR, b->images[i].id) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* ':' as '+', for docker -v and overlay options. */
static int add_colon_aliases(struct builder *b)
{
	size_t n = b->ret->entries.n;

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *plus = strdup(b->ret->entries.v[i].name);
		int r;

		if (!plus)
			return -ENOMEM;
		for (char *p = plus; *p; p++)
			*p = *p == ':' ? '+' : *p;
		r = add(b, bytes_from_str(plus), NAMING_ALIAS, b->ret->entries.v[i].image);
		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_entries(const void *pa, const void *pb)
{
	const struct naming_entry *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

static void point_symlinks(struct naming *n)
{
	for (size_t i = 0; i < n->entries.n; i++)
		if (n->entries.v[i].kind == NAMING_SYMLINK)
			n->entries.v[i].target = naming_of(n, n->entries.v[i].image);
}

/* Tags of images that are not shown do not count. */
static size_t keep_known(const struct builder *b, struct naming_tag *tags, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (image_index(b, tags[i].image) != SIZE_MAX)
			tags[kept++] = tags[i];
	return kept;
}

static int build_groups(struct builder *b, const struct tag_group *groups, size_t n)
{
	int r = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; r == 0 && i < n; i++) {
			_cleanup_(buf_release) struct buf name = BUF_INIT;

			r = naming_component(bytes_from_str(groups[i].tags->reference), &name);
			if (r == 0)
				r = pass == 0 ? add_owners(b, &groups[i], buf_bytes(&name))
					      : add_former(b, &groups[i], buf_bytes(&name));
		}
	}
	return r;
}

int naming_build(const struct naming_image *images, size_t n_images,
		 const struct naming_tag *tags, size_t n_tags, const char *machine,
		 struct naming *ret, struct err *err)
{
	_cleanup_free_ struct naming_tag *sorted = calloc(n_tags + 1, sizeof(*sorted));
	_cleanup_free_ struct tag_group *groups = calloc(n_tags + 1, sizeof(*groups));
	_cleanup_free_ bool *named = calloc(n_images + 1, sizeof(*named));
	struct builder b = {images, n_images, machine, ret, named};
	size_t n;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!sorted || !groups || !named)
		return err_oom(err);
	if (n_tags)
		memcpy(sorted, tags, n_tags * sizeof(*tags));
	n_tags = keep_known(&b, sorted, n_tags);
	qsort(sorted, n_tags, sizeof(*sorted), compare_tags);
	n = make_groups(sorted, n_tags, groups);
	qsort(groups, n, sizeof(*groups), compare_groups);
	r = build_groups(&b, groups, n);
	if (r == 0)
		r = add_untagged(&b);
	if (r == 0)
		r = add_colon_aliases(&b);
	if (r < 0) {
		naming_release(ret);
		return err_oom(err);
	}
	if (ret->entries.n)
		qsort(ret->entries.v, ret->entries.n, sizeof(*ret->entries.v), compare_entries);
	point_symlinks(ret);
	return 0;
}

void naming_release(struct naming *n)
{
	vec_foreach (e, &n->entries)
		free(e->name);
	naming_vec_release(&n->entries);
}

const char *naming_of(const struct naming *n, int64_t image)
{
	for (size_t i = 0; i < n->entries.n; i++)
		if (n->entries.v[i].kind == NAMING_DIR && n->entries.v[i].image == image)
			return n->entries.v[i].name;
	return NULL;
}

static bool is_hex(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (!isdigit((unsigned char)b.ptr[i]) && !(b.ptr[i] >= 'a' && b.ptr[i] <= 'f'))
			return false;
	return b.len >= 4;
}

/* A digest or the beginning of one. */
static int resolve_digest(const struct naming *n, const struct naming_image *images,
			  size_t n_images, struct bytes text, int64_t *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf names = BUF_INIT;
	int found = 0;

	if (bytes_starts_with(text, BYTES("sha256:")))
		text = bytes_skip(text, 7);
	if (!is_hex(text))
		return 0;
	for (size_t i = 0; i < n_images; i++) {
		if (!bytes_starts_with(bytes_from_str(short_hex(&images[i])), text))
			continue;
		*ret = images[i].id;
		found++;
		buf_addf(&names, " %s", naming_of(n, images[i].id));
	}
	if (found > 1)
		return err_set(err, EEXIST, "'%.*s' begins several digests:%s", (int)text.len,
			       text.ptr, buf_str(&names));
	return found;
}

int naming_resolve(const struct naming *n, const struct naming_image *images, size_t n_images,
		   struct bytes text, int64_t *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, tagged = BUF_INIT;
	const struct naming_entry *e = find_entry(n, text);

	if (!e) {
		if (naming_component(naming_normalise(text), &name) < 0)
			return err_oom(err);
		e = find_entry(n, buf_bytes(&name));
	}
	if (!e && bytes_find(text, ':') == text.len) {
		buf_add_bytes(&tagged, buf_bytes(&name));
		buf_add_str(&tagged, ":latest");
		e = find_entry(n, buf_bytes(&tagged));
	}
	if (e) {
		*ret = e->image;
		return 1;
	}
	return resolve_digest(n, images, n_images, text, ret, err);
}
