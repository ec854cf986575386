/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct input: the stored bytes of a stream, read in large pieces in order. Folder-private.
 *
 * Keeps the last 16 bytes before the current piece in front of it, so that an engine that reads
 * ahead can be set back over the border of two pieces.
 */
#include "io/source.h"

#define INPUT_PIECE ((size_t)1 << 18)
#define INPUT_BACK  ((size_t)16)

struct input {
	struct source *source; /* own reference */
	uint64_t next;         /* offset of the byte behind the current piece */
	unsigned char *mem;    /* INPUT_BACK + INPUT_PIECE bytes */
	const unsigned char *p;
	size_t len; /* unread bytes at p */
	void (*on_input)(void *arg, const void *p, size_t n);
	void *arg;
};

int input_init(struct input *in, struct source *source, uint64_t off) _must_check_;
void input_release(struct input *in);
/* Makes len > 0 unless the end is reached. */
int input_fill(struct input *in, struct err *err) _must_check_;
/* The next byte: 1 and *ret, 0 at the end, or -errno. */
int input_byte(struct input *in, unsigned char *ret, struct err *err) _must_check_;
static inline uint64_t input_offset(const struct input *in)
{
	return in->next - in->len;
}
static inline void input_take(struct input *in, size_t n)
{
	in->p += n;
	in->len -= n;
}
/* Goes back n <= INPUT_BACK bytes. */
static inline void input_back(struct input *in, size_t n)
{
	in->p -= n;
	in->len += n;
}
/* Reads to the end, so that on_input has seen everything; *ret_n counts the bytes. */
int input_drain(struct input *in, uint64_t *ret_n, struct err *err) _must_check_;
