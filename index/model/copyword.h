/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The sources of a COPY as its history tells them: "/out/app" of "COPY /out/app /usr/bin/".
 *
 * BuildKit and kaniko write them down; the classic builder and buildah write a hash, which says
 * nothing. Where a source comes from is not written, but --from paths begin at the root of
 * their stage, so a file that came from there stands at the source's path or below it. Pure.
 */
#include "model/dockerfile.h"

struct copywords {
	struct bytes_vec sources; /* as written; empty: not written down */
	struct bytes destination; /* empty: no COPY */
	bool relative;            /* none of them begins with '/' */
};

/* text: of an instruction; borrowed. -ENOMEM. */
int copywords_read(struct bytes text, struct copywords *ret) _must_check_;
void copywords_release(struct copywords *w);

/*
 * Can a file at `from` in the source have become `to`? One of the words must name it, or a
 * directory above it with the rest of the path kept. Both without a leading slash; patterns as
 * in model/copymap.h. Symlinks are not followed.
 */
bool copywords_lead(const struct copywords *w, struct bytes from, struct bytes to);
