/* SPDX-License-Identifier: MIT */
#include "model/layer_internal.h"
#include "model/whiteout.h"
#include "util/escape.h"

#define NAME_BYTES_MAX    255
#define SYMLINK_BYTES_MAX 4095 /* PATH_MAX - 1: what readlink can give */

/* Where a member goes, found out before anything is changed. */
struct place {
	uint32_t dir;         /* the deepest directory on the way that is there */
	struct bytes missing; /* directories to imply below it, "b/c" */
	struct bytes leaf;
	uint32_t depth; /* components before the leaf */
	enum whiteout_class class;
	enum entry_kind tag;
};

static int skip(struct layer_builder *b, enum finding f, struct bytes path, const char *detail,
		struct err *err)
{
	int r = b->finding ? b->finding(b->arg, f, path, detail, err) : 0;

	return r < 0 ? r : 1;
}

static int note(struct layer_builder *b, enum finding f, struct bytes path, const char *detail,
		struct err *err)
{
	int r = skip(b, f, path, detail, err);

	return MIN(r, 0);
}

static int over_limit(struct err *err, struct bytes path, const char *what, uint64_t limit)
{
	char shown[200];

	return err_set(err, EFBIG, "%s: over limit %s (%llu; raise it with --limit %s=N)",
		       escape_short(path, shown, sizeof(shown)), what,
		       (unsigned long long)limit, what);
}

/* The handle is the entry's index in both. */
static int push_both(struct layer_builder *b, const struct stored *s, const struct detail *d,
		     struct err *err)
{
	int r = spill_push(&b->details, d, err);

	if (r < 0)
		return r;
	return stored_vec_push(&b->stored, *s) < 0 ? err_oom(err) : 0;
}

int layer_builder_new(const struct limits *limits, int spill_fd, layer_finding_fn finding,
		      void *arg, struct layer_builder **ret, struct err *err)
{
	const struct stored root = {.mode = S_IFDIR | 0755, .flags = STORED_IMPLIED};
	const struct detail nothing = {.data = STORED_NO_DATA};
	_cleanup_(layer_builder_freep) struct layer_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return err_oom(err);
	b->limits = *limits;
	b->limits.entries = MIN(limits->entries, ENTRY_SEQ_MAX);
	b->finding = finding;
	b->arg = arg;
	spill_init(&b->details, sizeof(struct detail), spill_fd);
	if (nametree_init(&b->names, err) < 0)
		return -ENOMEM;
	if (push_both(b, &root, &nothing, err) < 0)
		return -ENOMEM;
	*ret = steal_ptr(&b);
	return 0;
}

void layer_builder_free(struct layer_builder *b)
{
	nametree_release(&b->names);
	stored_vec_release(&b->stored);
	spill_release(&b->details);
	link_vec_release(&b->links);
	sparse_note_vec_release(&b->sparse);
	arena_release(&b->arena);
	free(b);
}

/* ---- where a member goes ---- */

/* One directory on the way. Whiteouts name things to hide: nothing can lie below one. */
static int pass_parent(struct layer_builder *b, struct place *p, struct bytes name,
		       enum whiteout_class class, struct bytes path, struct err *err)
{
	uint32_t child;

	if (class != WHITEOUT_NONE && class != WHITEOUT_AUFS)
		return skip(b, FINDING_WHITEOUT_PARENT, path, NULL, err);
	child = p->missing.ptr ? 0 : nametree_find(&b->names, p->dir, name);
	if (!child) {
		const char *from = p->missing.ptr ? p->missing.ptr : name.ptr;

		p->missing = bytes_make(from, (size_t)(name.ptr + name.len - from));
		return 0;
	}
	if (S_ISLNK(stored_of(b, child)->mode))
		return skip(b, FINDING_PARENT_SYMLINK, path, NULL, err);
	if (!S_ISDIR(stored_of(b, child)->mode))
		return skip(b, FINDING_PARENT_NOT_DIR, path,
			    "a non-directory of the same layer; left out", err);
	p->dir = child;
	return 0;
}

static int find_place(struct layer_builder *b, struct bytes path, struct place *p,
		      struct err *err)
{
	struct bytes rest = path, name;
	bool meta = false;
	int r;

	*p = (struct place){0};
	while (bytes_next_component(&rest, &name)) {
		if (name.len > NAME_BYTES_MAX)
			return skip(b, FINDING_NAME_TOO_LONG, path, NULL, err);
		if (p->depth > b->limits.depth)
			return over_limit(err, path, "depth", b->limits.depth);
		p->class = meta ? WHITEOUT_NONE : whiteout_classify(name);
		meta = meta || p->class == WHITEOUT_AUFS;
		if (!rest.len) {
			p->leaf = name;
			p->tag = meta ? ENTRY_META : ENTRY_PLAIN;
			return 0;
		}
		r = pass_parent(b, p, name, p->class, path, err);
		if (r != 0)
			return r;
		p->depth++;
	}
	return skip(b, FINDING_NAME_EMPTY, path, NULL, err);
}

static bool is_stargz(struct bytes name)
{
	return bytes_equal(name, BYTES("stargz.index.json")) ||
	       bytes_equal(name, BYTES(".prefetch.landmark")) ||
	       bytes_equal(name, BYTES(".no.prefetch.landmark"));
}

/* What the leaf's name makes of the member. */
static int judge_leaf(struct layer_builder *b, const struct layer_member *m, struct place *p,
		      struct err *err)
{
	bool dir = S_ISDIR(m->mode) && !m->hard_link;

	switch (p->class) {
	case WHITEOUT_INVALID:
		return skip(b, FINDING_WHITEOUT_INVALID, m->path, NULL, err);
	case WHITEOUT_FILE:
	case WHITEOUT_OPAQUE:
		if (dir)
			return skip(b, FINDING_WHITEOUT_DIR, m->path, NULL, err);
		p->tag = p->class == WHITEOUT_FILE ? ENTRY_WHITEOUT : ENTRY_OPAQUE;
		if (p->tag == ENTRY_OPAQUE && p->depth == 0)
			return note(b, FINDING_OPAQUE_ROOT, m->path, NULL, err);
		return 0;
	case WHITEOUT_AUFS:
		return note(b, FINDING_AUFS_META, m->path, NULL, err);
	case WHITEOUT_NONE:
		break;
	}
	if (p->depth > 0 || dir || !is_stargz(p->leaf))
		return 0;
	p->tag = ENTRY_META;
	return note(b, FINDING_STARGZ_META, m->path, NULL, err);
}

/* ---- links ---- */

enum target_state layer_find_target(const struct layer_builder *b, struct bytes path,
				    uint32_t *ret_name)
{
	struct bytes name;
	uint32_t at = 0;

	while (bytes_next_component(&path, &name)) {
		if (!S_ISDIR(stored_of(b, at)->mode))
			return TARGET_BLOCKED;
		at = nametree_find(&b->names, at, name);
		if (!at)
			return TARGET_ABSENT;
	}
	*ret_name = at;
	return TARGET_FOUND;
}

/* A whiteout says what it says by its name: what it links to does not matter, nor whether. */
static bool hides(const struct place *p)
{
	return p->tag == ENTRY_WHITEOUT || p->tag == ENTRY_OPAQUE;
}

static void make_empty_file(struct layer_member *m)
{
	m->mode = S_IFREG | (m->mode & 07777);
	m->hard_link = false;
	m->link = BYTES_NULL;
	m->size = m->stored = 0;
}

/*
 * What a hard link stands for: *ret_handle is the target's stored entry, or UINT32_MAX when
 * the target may be in a lower layer (or was forgotten): the end of the tar will tell.
 */
static int find_link(struct layer_builder *b, struct bytes path, struct bytes target,
		     uint32_t *ret_handle, struct err *err)
{
	uint32_t name;

	*ret_handle = UINT32_MAX;
	if (!target.len || target.len > b->limits.path_bytes)
		return skip(b, FINDING_LINK_INVALID, path, NULL, err);
	switch (layer_find_target(b, target, &name)) {
	case TARGET_ABSENT:
		return 0;
	case TARGET_BLOCKED:
		return skip(b, FINDING_LINK_TARGET_MISSING, path,
			    "the target's path goes through a non-directory of this layer",
			    err);
	case TARGET_FOUND:
		break;
	}
	if (S_ISDIR(stored_of(b, name)->mode))
		return skip(b, FINDING_LINK_TARGET_DIR, path, NULL, err);
	*ret_handle = nametree_at(&b->names, name)->item;
	return 0;
}

static int judge_link(struct layer_builder *b, struct layer_member *m, const struct place *p,
		      uint32_t *ret_handle, struct err *err)
{
	uint32_t name;

	*ret_handle = UINT32_MAX;
	if (hides(p) && m->hard_link) {
		if (layer_find_target(b, m->link, &name) == TARGET_FOUND &&
		    !S_ISDIR(stored_of(b, name)->mode))
			*ret_handle = nametree_at(&b->names, name)->item;
		else
			make_empty_file(m);
		return 0;
	}
	if (m->hard_link)
		return find_link(b, m->path, m->link, ret_handle, err);
	if (!S_ISLNK(m->mode) || (m->link.len && m->link.len <= SYMLINK_BYTES_MAX))
		return 0;
	if (!hides(p))
		return skip(b, FINDING_LINK_INVALID, m->path, NULL, err);
	make_empty_file(m);
	return 0;
}

/* ---- storing ---- */

static int push_link(struct layer_builder *b, struct bytes link, uint32_t *ret)
{
	struct bytes kept = arena_bytes(&b->arena, link);

	*ret = (uint32_t)b->links.n;
	return kept.ptr ? link_vec_push(&b->links, kept) : -ENOMEM;
}

static int push_sparse(struct layer_builder *b, const struct layer_member *m)
{
	struct sparse_note s = {.handle = (uint32_t)b->stored.n, .stored = m->stored};

	if (m->sparse.len)
		s.map = arena_bytes(&b->arena, m->sparse);
	if (m->sparse.len && !s.map.ptr)
		return -ENOMEM;
	return sparse_note_vec_push(&b->sparse, s);
}

static int fill_regular(struct layer_builder *b, const struct layer_member *m, struct detail *d)
{
	d->size = m->size;
	if (m->stored)
		d->data = m->data;
	return m->stored != m->size || m->sparse.len ? push_sparse(b, m) : 0;
}

/* A new stored entry from a member; hard links come here only when pending. */
static int push_stored(struct layer_builder *b, const struct layer_member *m, uint32_t *ret,
		       struct err *err)
{
	struct stored s = {
	    .mode = (uint16_t)m->mode,
	    .flags = m->has_xattrs ? STORED_XATTRS : 0,
	};
	struct detail d = {
	    .data = STORED_NO_DATA,
	    .mtime = m->mtime,
	    .mtime_nsec = m->mtime_nsec,
	    .uid = m->uid,
	    .gid = m->gid,
	};
	int r = 0;

	if (m->hard_link) {
		s.mode = S_IFREG;
		s.flags = STORED_PENDING;
	}
	if (m->hard_link || S_ISLNK(m->mode))
		r = push_link(b, m->link, &s.extra);
	else if (S_ISREG(m->mode))
		r = fill_regular(b, m, &d);
	else if (S_ISCHR(m->mode) || S_ISBLK(m->mode))
		d.size = (uint64_t)m->rdev_major << 32 | m->rdev_minor;
	*ret = (uint32_t)b->stored.n;
	return r < 0 ? err_oom(err) : push_both(b, &s, &d, err);
}

static int count_entry(struct layer_builder *b, struct bytes path, struct err *err)
{
	/* The root is an entry too. */
	if (++b->made >= b->limits.entries)
		return over_limit(err, path, "entries", b->limits.entries);
	return 0;
}

static int add_name(struct layer_builder *b, uint32_t dir, struct bytes name, uint32_t *ret,
		    struct err *err)
{
	struct bytes kept = arena_bytes(&b->arena, name);

	if (!kept.ptr)
		return err_oom(err);
	return nametree_add(&b->names, dir, kept, ret, err);
}

/* The directories that the tar does not hold (yet). */
static int imply_parents(struct layer_builder *b, struct place *p, struct bytes path,
			 struct err *err)
{
	const struct layer_member implied = {.mode = S_IFDIR | 0755};
	bool meta = nametree_at(&b->names, p->dir)->tag == ENTRY_META;
	struct bytes name;
	uint32_t handle;
	int r = 0;

	while (r == 0 && bytes_next_component(&p->missing, &name)) {
		r = count_entry(b, path, err);
		if (r == 0)
			r = push_stored(b, &implied, &handle, err);
		if (r == 0)
			r = add_name(b, p->dir, name, &p->dir, err);
		if (r < 0)
			break;
		meta = meta || whiteout_classify(name) == WHITEOUT_AUFS;
		b->stored.v[handle].flags = STORED_IMPLIED;
		nametree_at(&b->names, p->dir)->item = handle;
		nametree_at(&b->names, p->dir)->tag = meta ? ENTRY_META : ENTRY_PLAIN;
	}
	return r;
}

/* The name's node: a new one, or the old one freed of what the newcomer replaces. */
static int claim_name(struct layer_builder *b, const struct place *p,
		      const struct layer_member *m, uint32_t *ret, struct err *err)
{
	bool dir = S_ISDIR(m->mode) && !m->hard_link;
	uint32_t at = nametree_find(&b->names, p->dir, p->leaf);

	*ret = at;
	if (!at)
		return add_name(b, p->dir, p->leaf, ret, err);
	if (dir && S_ISDIR(stored_of(b, at)->mode))
		return 0;
	nametree_clear(&b->names, at);
	return note(b, FINDING_DUPLICATE, m->path, NULL, err);
}

static int store_member(struct layer_builder *b, struct place *p, const struct layer_member *m,
			uint32_t *handle, struct err *err)
{
	uint32_t name;
	int r;

	r = count_entry(b, m->path, err);
	if (r == 0)
		r = imply_parents(b, p, m->path, err);
	if (r == 0 && *handle == UINT32_MAX)
		r = push_stored(b, m, handle, err);
	if (r == 0)
		r = claim_name(b, p, m, &name, err);
	if (r < 0)
		return r;
	nametree_at(&b->names, name)->item = *handle;
	nametree_at(&b->names, name)->tag = (uint8_t)p->tag;
	return 0;
}

static int add_root(struct layer_builder *b, const struct layer_member *m, uint32_t *ret_handle,
		    struct err *err)
{
	int r;

	if (!S_ISDIR(m->mode) || m->hard_link)
		return skip(b, FINDING_ROOT_NOT_DIR, m->path, NULL, err);
	r = count_entry(b, m->path, err);
	if (r == 0)
		r = push_stored(b, m, ret_handle, err);
	if (r == 0)
		nametree_at(&b->names, 0)->item = *ret_handle;
	return r;
}

int layer_add(struct layer_builder *b, const struct layer_member *given, uint32_t *ret_handle,
	      struct err *err)
{
	struct layer_member m = *given;
	struct place p;
	int r;

	if (m.path.len > b->limits.path_bytes)
		return over_limit(err, m.path, "path-bytes", b->limits.path_bytes);
	if (!m.path.len)
		return add_root(b, &m, ret_handle, err);
	r = find_place(b, m.path, &p, err);
	if (r == 0)
		r = judge_leaf(b, &m, &p, err);
	if (r == 0)
		r = judge_link(b, &m, &p, ret_handle, err);
	if (r == 0)
		r = store_member(b, &p, &m, ret_handle, err);
	return r;
}

int layer_set_hashes(struct layer_builder *b, uint32_t handle, const unsigned char xxh128[16],
		     const unsigned char sha256[32], struct err *err)
{
	struct detail d;
	int r;

	if (handle >= b->stored.n || !S_ISREG(b->stored.v[handle].mode))
		return 0;
	r = spill_get(&b->details, handle, &d, err);
	if (r < 0 || !d.size)
		return r;
	memcpy(d.xxh128, xxh128, sizeof(d.xxh128));
	memcpy(d.sha256, sha256, sizeof(d.sha256));
	b->stored.v[handle].flags |= STORED_HASHED;
	return spill_set(&b->details, handle, &d, err);
}
