/* SPDX-License-Identifier: MIT */
#include "model/copymap.h"

#include "model/resolve.h"

#include <fnmatch.h>

#define COMPONENT_MAX 256
#define DEPTH_MAX     64

static struct bytes without_slashes(struct bytes b)
{
	while (b.len && b.ptr[b.len - 1] == '/')
		b.len--;
	return b;
}

/* 1: *rest is what is behind the destination ("" for the destination itself). */
static bool below(struct bytes dst, struct bytes path, struct bytes *rest)
{
	dst = without_slashes(dst);
	if (!bytes_starts_with(path, dst) ||
	    (dst.len && path.len > dst.len && path.ptr[dst.len] != '/'))
		return false;
	*rest = bytes_skip(path, dst.len);
	while (rest->len && rest->ptr[0] == '/')
		*rest = bytes_skip(*rest, 1);
	return true;
}

bool copymap_covers(const struct build_edge *e, struct bytes path)
{
	struct bytes rest;

	return e->dst.ptr && below(e->dst, path, &rest);
}

static uint32_t descend(const struct node *nodes, uint32_t at, struct bytes path)
{
	struct bytes name;

	while (bytes_next_component(&path, &name)) {
		if (!node_is_dir(&nodes[at]))
			return COPYMAP_NONE;
		at = node_child(nodes, at, name);
		if (!at)
			return COPYMAP_NONE;
	}
	return at;
}

/* A symlink at the end of a source is followed; nodes are resolved by their path. */
static uint32_t followed(const struct node *nodes, uint32_t at)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	uint32_t to;

	if (!S_ISLNK(nodes[at].mode) || node_path(nodes, at, &path) < 0 ||
	    resolve_path(nodes, buf_bytes(&path), true, &to, NULL) < 0)
		return at;
	return to;
}

/* One source, found: what of it went to dst/rest? name: as the source was called. */
static uint32_t map_match(const struct node *nodes, uint32_t at, struct bytes name,
			  struct bytes dst, struct bytes rest)
{
	bool into = bytes_ends_with(dst, BYTES("/")) || !dst.len;
	uint32_t to = followed(nodes, at);

	if (node_is_dir(&nodes[to]))
		return rest.len ? descend(nodes, to, rest) : to;
	if (bytes_equal(rest, name))
		return to;
	return !rest.len && !into ? to : COPYMAP_NONE;
}

static bool is_pattern(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (strchr("*?[\\", b.ptr[i] ? b.ptr[i] : 1))
			return true;
	return false;
}

bool copymap_component_matches(struct bytes pattern, struct bytes name)
{
	char p[COMPONENT_MAX], n[COMPONENT_MAX];

	if (pattern.len >= sizeof(p) || name.len >= sizeof(n))
		return false;
	memcpy(p, pattern.ptr, pattern.len);
	p[pattern.len] = 0;
	memcpy(n, name.ptr, name.len);
	n[name.len] = 0;
	return fnmatch(p, n, FNM_PATHNAME) == 0;
}

struct search {
	const struct node *nodes;
	struct bytes dst, rest;
	unsigned depth;
};

static uint32_t walk(struct search *s, uint32_t at, struct bytes src, struct bytes name);

/* Every child that the pattern names, until one leads to the file. */
static uint32_t walk_pattern(struct search *s, uint32_t dir, struct bytes pattern,
			     struct bytes src)
{
	const struct node *d = &s->nodes[dir];

	for (uint32_t k = d->first; k < d->first + d->count; k++) {
		struct bytes name = node_name(&s->nodes[k]);
		uint32_t found;

		if (!copymap_component_matches(pattern, name))
			continue;
		found = walk(s, k, src, name);
		if (found != COPYMAP_NONE)
			return found;
	}
	return COPYMAP_NONE;
}

static uint32_t walk(struct search *s, uint32_t at, struct bytes src, struct bytes name)
{
	uint32_t found = COPYMAP_NONE, next = at;
	struct bytes component;

	if (!bytes_next_component(&src, &component))
		return map_match(s->nodes, at, name, s->dst, s->rest);
	if (bytes_equal(component, BYTES(".")))
		return walk(s, at, src, name);
	at = followed(s->nodes, at);
	if (++s->depth > DEPTH_MAX || !node_is_dir(&s->nodes[at]))
		return COPYMAP_NONE;
	if (bytes_equal(component, BYTES("..")))
		found = walk(s, s->nodes[at].parent, src, name);
	else if ((next = node_child(s->nodes, at, component)))
		found = walk(s, next, src, component);
	else if (is_pattern(component))
		found = walk_pattern(s, at, component, src);
	s->depth--;
	return found;
}

uint32_t copymap_find(const struct node *source, const struct build_edge *e, struct bytes path)
{
	struct search s = {.nodes = source};

	if (!e->src.ptr || !e->dst.ptr || !below(e->dst, path, &s.rest))
		return COPYMAP_NONE;
	s.dst = e->dst;
	return walk(&s, 0, e->src, BYTES_NULL);
}
