/* SPDX-License-Identifier: MIT */
#include "tar/name.h"

/* Takes the last component off; false at the root. */
static bool climb(struct buf *path)
{
	size_t n = path->len;

	if (!n)
		return false;
	while (n && path->ptr[n - 1] != '/')
		n--;
	path->len = n ? n - 1 : 0;
	path->ptr[path->len] = 0;
	return true;
}

int name_normalise(struct bytes raw, struct buf *out)
{
	struct bytes part;
	bool escaped = false;

	buf_clear(out);
	while (bytes_next_component(&raw, &part)) {
		if (bytes_equal(part, BYTES(".")))
			continue;
		if (bytes_equal(part, BYTES(".."))) {
			escaped = !climb(out) || escaped;
			continue;
		}
		if (out->len)
			buf_add_char(out, '/');
		buf_add_bytes(out, part);
	}
	return buf_status(out) < 0 ? -ENOMEM : escaped;
}
