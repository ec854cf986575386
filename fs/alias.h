/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The spellings under which an image can be entered in images/: the listed ones (directory,
 * second tags) and those that only resolve: aliases, ':' written as '+', docker's own spelling
 * with slashes (images/ghcr.io/acme/app:1.2), for which intermediate directories are made up.
 *
 * Tags are hashes of names, so that links and made-up directories have inode numbers that
 * need no table. From a tag, the name is found again by going through all images: there are
 * thousands at most, and the kernel asks rarely. Two names of one hash would be shown as the
 * first of them; with 54 bits nobody meets that by chance, and who makes one by intent fools
 * himself only: it takes two names in the same index.
 *
 * Pure. Everything returned borrows from the naming.
 */
#include "model/naming.h"

enum alias_kind {
	ALIAS_NONE,
	ALIAS_IMAGE,  /* the directory of the image itself */
	ALIAS_LINK,   /* another spelling: a symlink to it */
	ALIAS_PREFIX, /* the beginning of spellings: a made-up directory */
};

struct alias {
	enum alias_kind kind;
	int64_t image;      /* IMAGE, LINK */
	const char *target; /* LINK: name of the image's directory */
	uint32_t depth;     /* LINK: directories below images/; PREFIX: its own depth, from 1 */
	struct bytes text;  /* PREFIX: "ghcr.io+acme" */
	uint64_t tag;       /* LINK, PREFIX */
};

/* What `name` is in the made-up directory `prefix` ("" is images/ itself). */
struct alias alias_find(const struct naming *n, struct bytes prefix, struct bytes name);
/* The link of a listed second tag. */
struct alias alias_of_entry(const struct naming *n, const struct naming_entry *e);
/* The other way; kind ALIAS_NONE if no image has such a spelling (any more). */
struct alias alias_link_by_tag(const struct naming *n, uint64_t tag);
struct alias alias_prefix_by_tag(const struct naming *n, uint64_t tag);

/* 54 bits from a seed and some text. */
uint64_t alias_hash(uint64_t seed, struct bytes text);
