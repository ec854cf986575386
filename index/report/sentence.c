/* SPDX-License-Identifier: MIT */
#include "report/sentence.h"

#define WIDTH 80

void sentence_add(struct buf *out, struct bytes text)
{
	size_t column = 0;

	while (text.len) {
		struct bytes word = bytes_make(text.ptr, bytes_find(text, ' '));

		if (column && column + 1 + word.len > WIDTH) {
			buf_add_char(out, '\n');
			column = 0;
		}
		if (column) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add_bytes(out, word);
		column += word.len;
		text = bytes_skip(text, MIN(word.len + 1, text.len));
	}
	buf_add_char(out, '\n');
}
