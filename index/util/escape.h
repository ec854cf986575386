/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * Bytes from images, made safe to show.
 *
 * escape_text: \t \n \\ and \xNN for everything outside printable UTF-8: C0, C1, DEL, bidi
 * controls (U+200E, U+200F, U+202A-202E, U+2066-2069), U+2028/2029 and bytes that are no UTF-8.
 * Reversible: unescape_text() gives the exact bytes back. This is the escaping of every TSV
 * and JSON report and of every message that quotes a name.
 *
 * escape_component: one directory entry of the mount from arbitrary bytes: NUL, '/', control
 * bytes and bytes that are no UTF-8 as %XX; "." and ".." and the empty name become %2E, %2E%2E
 * and "_". Not reversible: '%' stays. Length is util/hashname.h's business.
 */
#include "util/buf.h"

int escape_text(struct buf *out, struct bytes s);
/* -EINVAL for text that escape_text cannot have written. */
int unescape_text(struct buf *out, struct bytes s) _must_check_;
/* escape_text into a fixed buffer, cut with "..." if it does not fit; returns out. */
const char *escape_short(struct bytes s, char *out, size_t size);
/* A JSON string with its quotes: the text is escape_text()ed first, then JSON-quoted. */
int escape_json(struct buf *out, struct bytes s);
/*
 * A JSON string of the bytes themselves, for readers that know names to be bytes (ncdu): what
 * is not to be shown as \uXXXX, and bytes that are no UTF-8 as they are, which is no JSON.
 */
int escape_json_bytes(struct buf *out, struct bytes s);
int escape_component(struct buf *out, struct bytes s);

/* Length of the valid UTF-8 sequence at p (1-4), 0 if it is none; *ret_cp its code point. */
size_t utf8_sequence(const char *p, size_t n, uint32_t *ret_cp);
