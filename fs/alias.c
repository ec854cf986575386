/* SPDX-License-Identifier: MIT */
#include "fs/alias.h"

#include "fs/inode.h"

#include <xxhash.h>

uint64_t alias_hash(uint64_t seed, struct bytes text)
{
	return XXH3_64bits_withSeed(text.ptr, text.len, seed) >> (64 - INODE_TAG_BITS);
}

/* Is name, with its colons written as plus signs, what was asked for? */
static bool spells(struct bytes want, struct bytes name)
{
	if (want.len != name.len)
		return false;
	for (size_t i = 0; i < want.len; i++) {
		char c = name.ptr[i] == ':' ? '+' : name.ptr[i];

		if (c != want.ptr[i])
			return false;
	}
	return true;
}

/* The target is part of it: a tag that moved to another image is another link. */
static uint64_t link_tag(const char *target, uint32_t depth, bool plus, struct bytes name)
{
	return alias_hash(alias_hash((uint64_t)depth << 1 | plus, name),
			  bytes_from_str(target));
}

static struct alias make_link(const struct naming *n, const struct naming_entry *e,
			      uint32_t depth, bool plus)
{
	const char *target = naming_of(n, e->image);

	if (!target)
		return (struct alias){0};
	return (struct alias){
	    .kind = ALIAS_LINK,
	    .image = e->image,
	    .target = target,
	    .depth = depth,
	    .tag = link_tag(target, depth, plus, bytes_from_str(e->name)),
	};
}

struct alias alias_of_entry(const struct naming *n, const struct naming_entry *e)
{
	return make_link(n, e, 0, false);
}

static uint32_t count_plus(struct bytes s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == '+';
	return n;
}

static struct alias make_prefix(struct bytes text)
{
	return (struct alias){
	    .kind = ALIAS_PREFIX,
	    .text = text,
	    .depth = count_plus(text) + 1,
	    .tag = alias_hash(0, text),
	};
}

static int compare_entry(const void *key, const void *member)
{
	const struct bytes *name = key;
	const struct naming_entry *e = member;

	return bytes_cmp(*name, bytes_from_str(e->name));
}

static const struct naming_entry *find_exact(const struct naming *n, struct bytes name)
{
	if (n->entries.n == 0)
		return NULL;
	return bsearch(&name, n->entries.v, n->entries.n, sizeof(*n->entries.v), compare_entry);
}

static const struct naming_entry *find_plus(const struct naming *n, struct bytes name)
{
	vec_foreach (e, &n->entries)
		if (spells(name, bytes_from_str(e->name)))
			return e;
	return NULL;
}

/* An entry whose name goes on behind `text` with a '+'; its beginning is the prefix. */
static struct alias find_prefix(const struct naming *n, struct bytes text)
{
	vec_foreach (e, &n->entries) {
		struct bytes name = bytes_from_str(e->name);

		if (name.len > text.len && name.ptr[text.len] == '+' &&
		    bytes_starts_with(name, text))
			return make_prefix(bytes_make(name.ptr, text.len));
	}
	return (struct alias){0};
}

static struct alias find_full(const struct naming *n, struct bytes full, uint32_t depth,
			      bool may_be_prefix)
{
	const struct naming_entry *e = find_exact(n, full);
	struct alias a = {0};

	if (e && e->kind == NAMING_DIR && depth == 0)
		return (struct alias){.kind = ALIAS_IMAGE, .image = e->image};
	if (e)
		return make_link(n, e, depth, false);
	if (may_be_prefix)
		a = find_prefix(n, full);
	if (a.kind != ALIAS_NONE)
		return a;
	e = find_plus(n, full);
	return e ? make_link(n, e, depth, true) : a;
}

struct alias alias_find(const struct naming *n, struct bytes prefix, struct bytes name)
{
	_cleanup_(buf_release) struct buf full = BUF_INIT;
	bool component = bytes_find(name, '+') == name.len;

	if (prefix.len == 0)
		return find_full(n, name, 0, component);
	(void)buf_add_bytes(&full, prefix);
	(void)buf_add_char(&full, '+');
	(void)buf_add_bytes(&full, name);
	if (buf_status(&full) < 0)
		return (struct alias){0};
	return find_full(n, buf_bytes(&full), count_plus(prefix) + 1, component);
}

struct alias alias_link_by_tag(const struct naming *n, uint64_t tag)
{
	vec_foreach (e, &n->entries) {
		uint32_t depths = count_plus(bytes_from_str(e->name));

		for (uint32_t d = 0; d <= depths; d++) {
			for (int plus = 0; plus < 2; plus++) {
				struct alias a = make_link(n, e, d, plus);

				if (a.kind == ALIAS_LINK && a.tag == tag)
					return a;
			}
		}
	}
	return (struct alias){0};
}

struct alias alias_prefix_by_tag(const struct naming *n, uint64_t tag)
{
	vec_foreach (e, &n->entries) {
		struct bytes name = bytes_from_str(e->name);

		for (size_t i = 0; i < name.len; i++) {
			struct alias a;

			if (name.ptr[i] != '+')
				continue;
			a = make_prefix(bytes_make(name.ptr, i));
			if (a.tag == tag)
				return a;
		}
	}
	return (struct alias){0};
}
