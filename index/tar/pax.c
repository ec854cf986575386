/* SPDX-License-Identifier: MIT */
#include "tar/pax.h"

#include "tar/field.h"

static int damaged(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EBADMSG;
}

int pax_next(struct bytes *rest, struct pax_record *ret, const char **ret_why)
{
	struct bytes line;
	size_t space, eq;
	int64_t len;

	if (!rest->len)
		return 0;
	space = bytes_find(*rest, ' ');
	if (space == rest->len || rest->ptr[0] == '-' ||
	    pax_number(bytes_make(rest->ptr, space), &len) != NUMBER_OK)
		return damaged(ret_why, "pax record without a length");
	if ((uint64_t)len > rest->len || (uint64_t)len < space + 2)
		return damaged(ret_why, "pax record with a wrong length");
	if (rest->ptr[len - 1] != '\n')
		return damaged(ret_why, "pax record without its newline");
	line = bytes_make(rest->ptr + space + 1, (size_t)len - space - 2);
	eq = bytes_find(line, '=');
	if (eq == 0 || eq == line.len)
		return damaged(ret_why, "pax record without a key and '='");
	*ret = (struct pax_record){bytes_make(line.ptr, eq), bytes_skip(line, eq + 1)};
	*rest = bytes_skip(*rest, (size_t)len);
	return 1;
}
