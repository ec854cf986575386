/* SPDX-License-Identifier: MIT */
#include "model/naming_internal.h"

#include "util/hashname.h"

#define SHORT_HEX 12

DEFINE_VEC(count_vec, uint32_t)

/* One reference and those who ever had it, the owners first. */
struct tag_group {
	const struct naming_tag *tags; /* of one reference, the highest event first */
	size_t n, owners;              /* owners: tags of the highest event */
};

struct builder {
	const struct naming_image **images; /* by id */
	size_t n_images;
	const char *machine;
	struct naming *ret;
	const char **dirs;        /* per image: its directory's name; NULL: none yet */
	uint32_t *slots;          /* hash table of names: index of the entry + 1; 0: free */
	size_t n_slots;           /* a power of two */
	struct count_vec clashes; /* per entry: how many "~<n>" were made of its name */
};

static int compare_images(const void *pa, const void *pb)
{
	const struct naming_image *const *a = pa, *const *b = pb;

	return ((*a)->id > (*b)->id) - ((*a)->id < (*b)->id);
}

static size_t image_index(const struct builder *b, int64_t id)
{
	struct naming_image key = {.id = id};
	const struct naming_image *pkey = &key, **at;

	at = bsearch(&pkey, b->images, b->n_images, sizeof(*at), compare_images);
	return at ? (size_t)(at - b->images) : SIZE_MAX;
}

static const struct naming_image *image_of(const struct builder *b,
					   const struct naming_tag *tag)
{
	return b->images[image_index(b, tag->image)];
}

/* ---- the names given so far ---- */

/* The slot that has the name, or the free one where it would go. */
static uint32_t *find_slot(const struct builder *b, struct bytes name)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * 0x100000001b3;
	for (size_t at = hash;; at++) {
		uint32_t *slot = &b->slots[at & (b->n_slots - 1)];

		if (!*slot ||
		    bytes_equal(name, bytes_from_str(b->ret->entries.v[*slot - 1].name)))
			return slot;
	}
}

static int grow_slots(struct builder *b)
{
	size_t n = b->ret->entries.n;

	if (2 * (n + 1) <= b->n_slots)
		return 0;
	free(b->slots);
	b->n_slots = b->n_slots ? 2 * b->n_slots : 256;
	b->slots = calloc(b->n_slots, sizeof(*b->slots));
	if (!b->slots)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		*find_slot(b, bytes_from_str(b->ret->entries.v[i].name)) = (uint32_t)i + 1;
	return 0;
}

/* First come, first served. 1: the name is the image's (now or already), 0: it is another's. */
static int add(struct builder *b, struct bytes name, enum naming_kind kind, int64_t image)
{
	struct naming_entry e = {.kind = kind, .image = image};
	uint32_t *slot;

	if (grow_slots(b) < 0)
		return -ENOMEM;
	slot = find_slot(b, name);
	if (*slot)
		return b->ret->entries.v[*slot - 1].image == image;
	e.name = strndup(name.ptr, name.len);
	if (!e.name || count_vec_push(&b->clashes, 0) < 0 ||
	    naming_vec_push(&b->ret->entries, e) < 0) {
		free(e.name);
		return -ENOMEM;
	}
	*slot = (uint32_t)b->ret->entries.n;
	if (kind == NAMING_DIR)
		b->dirs[image_index(b, image)] = e.name;
	return 1;
}

/* The image's directory if it has none yet, else a symlink to that; as add(). */
static int add_listed(struct builder *b, struct bytes name, int64_t image)
{
	return add(b, name, b->dirs[image_index(b, image)] ? NAMING_SYMLINK : NAMING_DIR,
		   image);
}

/* "<name>~<n>", n from 2, for a name that is another's. */
static int clash_name(struct builder *b, struct bytes name, struct buf *ret)
{
	_cleanup_(buf_release) struct buf full = BUF_INIT;
	uint32_t *clashes = &b->clashes.v[*find_slot(b, name) - 1];

	buf_add_bytes(&full, name);
	buf_addf(&full, "~%u", ++*clashes + 1);
	buf_clear(ret);
	buf_add_bytes(ret, buf_bytes(&full));
	if (buf_status(&full) < 0 || buf_status(ret) < 0)
		return -ENOMEM;
	return hashname_limit(ret, buf_bytes(&full));
}

/* add_listed(), under another name if that one is taken. */
static int add_unique(struct builder *b, struct bytes name, int64_t image)
{
	_cleanup_(buf_release) struct buf other = BUF_INIT;
	int r = add_listed(b, name, image);

	while (r == 0) {
		r = clash_name(b, name, &other);
		if (r == 0)
			r = add_listed(b, buf_bytes(&other), image);
	}
	return r < 0 ? r : 0;
}

/* ---- names made of a reference ---- */

/* The component of reference and suffix together, so that naming_resolve finds it again. */
static int suffixed(const char *reference, const struct buf *suffix, struct buf *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	buf_add_str(&text, reference);
	buf_add_bytes(&text, buf_bytes(suffix));
	if (buf_status(suffix) < 0 || buf_status(&text) < 0)
		return -ENOMEM;
	return naming_component(buf_bytes(&text), ret);
}

/* "<name>@linux-arm64" */
static int platform_name(const char *reference, const struct naming_image *img, struct buf *ret)
{
	_cleanup_(buf_release) struct buf suffix = BUF_INIT;

	buf_add_char(&suffix, '@');
	for (const char *p = img->platform; *p; p++)
		buf_add_char(&suffix, *p == '/' ? '-' : *p);
	return suffixed(reference, &suffix, ret);
}

/* "<name>@<12 hex>" */
static int hex_name(const char *reference, const struct naming_image *img, struct buf *ret)
{
	_cleanup_(buf_release) struct buf suffix = BUF_INIT;
	struct bytes hex = naming_hex(img);

	buf_addf(&suffix, "@%.*s", (int)MIN(hex.len, (size_t)SHORT_HEX), hex.ptr);
	return suffixed(reference, &suffix, ret);
}

/* "<name>~1" */
static int number_name(const char *reference, size_t n, struct buf *ret)
{
	_cleanup_(buf_release) struct buf suffix = BUF_INIT;

	buf_addf(&suffix, "~%zu", n);
	return suffixed(reference, &suffix, ret);
}

/* ---- who gets which ---- */

/* Length of "os/architecture" in "os/architecture/variant". */
static size_t base_length(const char *platform)
{
	size_t os = strcspn(platform, "/");

	return platform[os] ? os + 1 + strcspn(platform + os + 1, "/") : os;
}

/* 0: made for the machine, 1: for its architecture, 2: for another or nobody knows. */
static int platform_rank(const char *platform, const char *machine)
{
	size_t n = base_length(machine);

	if (strcmp(platform, machine) == 0)
		return 0;
	return base_length(platform) == n && memcmp(platform, machine, n) == 0 ? 1 : 2;
}

/* Which of the owners has the plain name: the machine's platform, else the first image. */
static const struct naming_image *plain_owner(const struct builder *b,
					      const struct tag_group *g)
{
	const struct naming_image *best = image_of(b, &g->tags[0]);

	for (size_t i = 1; i < g->owners; i++) {
		const struct naming_image *img = image_of(b, &g->tags[i]);
		int rank = platform_rank(img->platform, b->machine);
		int beat = platform_rank(best->platform, b->machine);

		if (rank < beat || (rank == beat && img->id < best->id))
			best = img;
	}
	return best;
}

static int add_plain(struct builder *b, const struct tag_group *g)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	int r = naming_component(bytes_from_str(g->tags->reference), &name);

	return r < 0 ? r : add_unique(b, buf_bytes(&name), plain_owner(b, g)->id);
}

/* The other platforms; name@<12 hex> for one that says no platform or the same as another. */
static int add_platforms(struct builder *b, const struct tag_group *g)
{
	int64_t plain = plain_owner(b, g)->id;

	for (size_t i = 0; i < g->owners; i++) {
		_cleanup_(buf_release) struct buf name = BUF_INIT;
		const struct naming_image *img = image_of(b, &g->tags[i]);
		int r = 0;

		if (img->id == plain)
			continue;
		if (img->platform[0])
			r = platform_name(g->tags->reference, img, &name);
		if (r == 0 && img->platform[0])
			r = add_listed(b, buf_bytes(&name), img->id);
		if (r == 0)
			r = hex_name(g->tags->reference, img, &name);
		if (r == 0)
			r = add_unique(b, buf_bytes(&name), img->id);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Former owners that no other name shows. */
static int add_former(struct builder *b, const struct tag_group *g)
{
	int r = 0;

	for (size_t i = g->owners; r == 0 && i < g->n; i++) {
		_cleanup_(buf_release) struct buf name = BUF_INIT;
		const struct naming_image *img = image_of(b, &g->tags[i]);

		if (b->dirs[image_index(b, img->id)])
			continue;
		r = hex_name(g->tags->reference, img, &name);
		if (r == 0)
			r = add_unique(b, buf_bytes(&name), img->id);
	}
	return r;
}

static int add_alias(struct builder *b, const struct buf *name, int64_t image)
{
	int r = add(b, buf_bytes(name), NAMING_ALIAS, image);

	return r < 0 ? r : 0;
}

/* The @ form of the first platform; of former owners name@<12 hex> and name~1, name~2. */
static int add_aliases(struct builder *b, const struct tag_group *g)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	const struct naming_image *img = plain_owner(b, g);
	int r = 0;

	if (img->platform[0]) {
		r = platform_name(g->tags->reference, img, &name);
		if (r == 0)
			r = add_alias(b, &name, img->id);
	}
	for (size_t i = g->owners; r == 0 && i < g->n; i++) {
		img = image_of(b, &g->tags[i]);
		r = hex_name(g->tags->reference, img, &name);
		if (r == 0)
			r = add_alias(b, &name, img->id);
		if (r == 0)
			r = number_name(g->tags->reference, i - g->owners + 1, &name);
		if (r == 0)
			r = add_alias(b, &name, img->id);
	}
	return r;
}

static int add_untagged(struct builder *b)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->n_images; i++) {
		_cleanup_(buf_release) struct buf name = BUF_INIT;
		struct bytes hex = naming_hex(b->images[i]);

		if (b->dirs[i])
			continue;
		buf_addf(&name, "sha256:%.*s", (int)MIN(hex.len, (size_t)SHORT_HEX), hex.ptr);
		r = buf_status(&name);
		if (r == 0)
			r = add_unique(b, buf_bytes(&name), b->images[i]->id);
	}
	return r;
}

/* ':' as '+', for docker -v and overlay options. */
static int add_colon_aliases(struct builder *b)
{
	size_t n = b->ret->entries.n;

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *plus = strdup(b->ret->entries.v[i].name);

		if (!plus)
			return -ENOMEM;
		for (char *p = plus; *p; p++)
			*p = *p == ':' ? '+' : *p;
		if (add(b, bytes_from_str(plus), NAMING_ALIAS, b->ret->entries.v[i].image) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- tags by reference ---- */

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

static int compare_entries(const void *pa, const void *pb)
{
	const struct naming_entry *a = pa, *b = pb;

	return strcmp(a->name, b->name);
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

/*
 * Names that clash go to who comes first here: names that are listed before aliases, plain
 * names before those with an @, the older tag before the younger.
 */
static int build(struct builder *b, const struct tag_group *groups, size_t n)
{
	static int (*const passes[])(struct builder *, const struct tag_group *) = {
	    add_plain, add_platforms, add_former};
	int r = 0;

	for (size_t pass = 0; pass < ARRAY_SIZE(passes); pass++)
		for (size_t i = 0; r == 0 && i < n; i++)
			r = passes[pass](b, &groups[i]);
	if (r == 0)
		r = add_untagged(b);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_aliases(b, &groups[i]);
	if (r == 0)
		r = add_colon_aliases(b);
	if (r < 0)
		return r;
	vec_foreach (e, &b->ret->entries)
		if (e->kind == NAMING_SYMLINK)
			e->target = b->dirs[image_index(b, e->image)];
	if (b->ret->entries.n)
		qsort(b->ret->entries.v, b->ret->entries.n, sizeof(*b->ret->entries.v),
		      compare_entries);
	return 0;
}

static void builder_release(struct builder *b)
{
	free(b->images);
	free(b->dirs);
	free(b->slots);
	count_vec_release(&b->clashes);
}

static int builder_init(struct builder *b, const struct naming_image *images, size_t n)
{
	b->images = calloc(n + 1, sizeof(*b->images));
	b->dirs = calloc(n + 1, sizeof(*b->dirs));
	if (!b->images || !b->dirs)
		return -ENOMEM;
	b->n_images = n;
	for (size_t i = 0; i < n; i++)
		b->images[i] = &images[i];
	qsort(b->images, n, sizeof(*b->images), compare_images);
	return 0;
}

int naming_build(const struct naming_image *images, size_t n_images,
		 const struct naming_tag *tags, size_t n_tags, const char *machine,
		 struct naming *ret, struct err *err)
{
	_cleanup_free_ struct naming_tag *sorted = calloc(n_tags + 1, sizeof(*sorted));
	_cleanup_free_ struct tag_group *groups = calloc(n_tags + 1, sizeof(*groups));
	_cleanup_(builder_release) struct builder b = {.machine = machine, .ret = ret};
	size_t n;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!sorted || !groups || builder_init(&b, images, n_images) < 0)
		return err_oom(err);
	if (n_tags)
		memcpy(sorted, tags, n_tags * sizeof(*tags));
	n_tags = keep_known(&b, sorted, n_tags);
	qsort(sorted, n_tags, sizeof(*sorted), compare_tags);
	n = make_groups(sorted, n_tags, groups);
	qsort(groups, n, sizeof(*groups), compare_groups);
	r = build(&b, groups, n);
	if (r < 0) {
		naming_release(ret);
		return err_oom(err);
	}
	return 0;
}
