/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * history[] of an image config: which entry made which layer, and what the instruction was.
 * Strings per builder: reference formats-and-stages.md section 2. Pure functions.
 */
#include "util/buf.h"

/* What an entry says, normalised over the builders. */
struct instruction {
	char keyword[16]; /* "RUN", "COPY", ... upper case; "" if there is no text */
	struct buf text;  /* keyword and text without shell, "#(nop)", "# buildkit", |N args */
};

struct history_entry {
	struct bytes created_by, comment, author;
	bool empty_layer;
};

void instruction_release(struct instruction *i);
int history_instruction(const struct history_entry *h, struct instruction *ret) _must_check_;

/*
 * Slug of an instruction for directory names: keyword and text without shell and flags; runs
 * of anything but letters, digits, '.', '_' become '-'; at most 40 bytes; "layer" for none.
 */
int history_slug(const struct instruction *i, struct buf *ret) _must_check_;

/*
 * Positions: ret[i] = the layer (from 1) that entry i made, 0 for none. All zero when the
 * counts do not fit (unreliable history). Returns true if they fit.
 */
bool history_positions(const struct history_entry *h, size_t n, uint32_t layers, uint32_t *ret);
