/* SPDX-License-Identifier: MIT */
#include "io/input.h"

#include <string.h>

int input_init(struct input *in, struct source *source, uint64_t off)
{
	*in = (struct input){.next = off};
	in->mem = calloc(1, INPUT_BACK + INPUT_PIECE);
	if (!in->mem)
		return -ENOMEM;
	in->source = source_ref(source);
	in->p = in->mem + INPUT_BACK;
	return 0;
}

void input_release(struct input *in)
{
	source_unref(in->source);
	free(in->mem);
	*in = (struct input){0};
}

int input_fill(struct input *in, struct err *err)
{
	unsigned char *piece = in->mem + INPUT_BACK;
	size_t got;
	int r;

	if (in->len)
		return 0;
	/* The bytes just before p are wanted in front of the next piece. */
	memmove(in->mem, in->p - INPUT_BACK, INPUT_BACK);
	r = source_pread(in->source, piece, INPUT_PIECE, in->next, &got, err);
	if (r < 0)
		return r;
	if (got && in->on_input)
		in->on_input(in->arg, piece, got);
	in->p = piece;
	in->len = got;
	in->next += got;
	return 0;
}

int input_byte(struct input *in, unsigned char *ret, struct err *err)
{
	int r = input_fill(in, err);

	if (r < 0)
		return r;
	if (in->len == 0)
		return 0;
	*ret = in->p[0];
	input_take(in, 1);
	return 1;
}

int input_drain(struct input *in, uint64_t *ret_n, struct err *err)
{
	*ret_n = 0;
	for (;;) {
		int r = input_fill(in, err);

		if (r < 0)
			return r;
		if (in->len == 0)
			return 0;
		*ret_n += in->len;
		input_take(in, in->len);
	}
}
