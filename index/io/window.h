/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct window: the last 32 KiB of a decoded stream, what deflate may refer back to.
 * Folder-private. Packed with zstd it is what a seek point stores.
 */
#include "io/inflate.h"

#define WINDOW_PACKED_MAX (INFLATE_WINDOW + 512)

struct window {
	unsigned char data[INFLATE_WINDOW]; /* a ring: byte i of the stream at i % 32 KiB */
	uint64_t total;                     /* bytes of the stream so far */
	uint64_t begin;                     /* of these, before the present member */
};

/* A member begins: it may not refer back to those before it. */
void window_begin(struct window *w);

void window_add(struct window *w, const void *p, size_t n);
/* The window in order, into out; returns its length. */
size_t window_copy(const struct window *w, unsigned char out[INFLATE_WINDOW]);
int window_pack(const struct window *w, unsigned char out[WINDOW_PACKED_MAX], uint32_t *ret_len,
		struct err *err) _must_check_;
/* Length of the window, or -EBADMSG. */
ssize_t window_unpack(const unsigned char *packed, size_t len,
		      unsigned char out[INFLATE_WINDOW]) _must_check_;
/* inflater_go_on() with this window. */
int window_resume(const struct window *w, struct inflater *f) _must_check_;
