/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Words of the columns base_kind, edge.kind and edge.source, by enumerator. Folder-private.
 */
extern const char *const base_kind_words[];
extern const char *const edge_kind_words[];
extern const char *const edge_source_words[];
