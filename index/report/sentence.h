/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Sentences of summaries, in lines of at most 80 columns. Folder-private.
 */
#include "util/buf.h"

/* Appends the text, broken between words where a line would be longer, and ends the line. A
 * word that is longer stays whole. Failure latches in out. */
void sentence_add(struct buf *out, struct bytes text);
