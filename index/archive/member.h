/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct members: the directory of an outer tar. Names, kinds and places; no data is read.
 *
 * Names are normalised ("./a//b" is "a/b"); members whose names climb above the root are left
 * out, because "../index.json" is not "index.json". Of equal names the last wins, as in tar;
 * below blobs/ and for index.json and manifest.json a second copy that differs is refused: two
 * readers would see two images.
 *
 * Links are resolved when a name is asked for, which is after the last header was read: docker
 * save sorts by name, so a link often stands before its target. Links lead to other members
 * only; nothing here ever opens a path of the host.
 *
 * No hash table: names are the archive's choice, and a sorted array has no worst case.
 */
#include "io/source.h"
#include "util/arena.h"
#include "util/limits.h"
#include "util/vec.h"

enum member_kind { MEMBER_FILE, MEMBER_SYMLINK, MEMBER_HARDLINK, MEMBER_OTHER };

struct member {
	struct bytes name;   /* normalised */
	struct bytes target; /* of links, as the tar says */
	enum member_kind kind;
	bool sparse; /* its data is in pieces: no blob can be read from it */
	uint64_t offset, len;
	size_t order; /* position in the tar */
};
DEFINE_VEC(member_vec, struct member)

struct members {
	struct arena names;
	struct member_vec v; /* by name, each once */
};

int members_read(struct source *file, const struct limits *limits, struct members *ret,
		 struct err *err) _must_check_;
void members_release(struct members *m);

/* The member of this normalised name, links not followed; NULL if there is none. */
const struct member *members_find(const struct members *m, struct bytes name);
/*
 * The regular file that a (not normalised) name leads to. 1; 0 if no member has that name;
 * -EBADMSG for links that lead nowhere, out of the archive or in circles, for directories and
 * devices, and for sparse files.
 */
int members_resolve(const struct members *m, struct bytes name, const struct member **ret,
		    struct err *err) _must_check_;
