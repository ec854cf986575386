/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Words of the columns base_kind, edge.kind and edge.source, by enumerator, and the check that
 * stands before every read and every write of a build. Folder-private.
 */
#include "store/builds.h"

extern const char *const base_kind_words[];
extern const char *const edge_kind_words[];
extern const char *const edge_source_words[];

/* A stage with a number that points where nothing is, or at a base that is not an earlier
 * stage; NULL: none. Who walks from base to base, or to a source, relies on it. */
const struct build_stage *build_wrong_stage(const struct build *b);
