/* SPDX-License-Identifier: MIT */
#include "model/node.h"

uint32_t node_child(const struct node *nodes, uint32_t dir, struct bytes name)
{
	uint32_t lo, hi;

	if (!node_is_dir(&nodes[dir]))
		return 0;
	lo = nodes[dir].first;
	hi = lo + nodes[dir].count;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = bytes_cmp(node_name(&nodes[mid]), name);

		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

uint32_t node_lookup(const struct node *nodes, struct bytes path)
{
	struct bytes name;
	uint32_t at = 0;

	while (bytes_next_component(&path, &name)) {
		at = node_child(nodes, at, name);
		if (!at)
			return UINT32_MAX;
	}
	return at;
}

int node_path(const struct node *nodes, uint32_t index, struct buf *ret)
{
	size_t len = 0, at;

	buf_clear(ret);
	for (uint32_t i = index; i; i = nodes[i].parent)
		len += nodes[i].name_len + 1u;
	if (!len)
		return 0;
	if (buf_reserve(ret, len) < 0)
		return -ENOMEM;
	/* Written from the end: the root is where the way up ends. */
	ret->len = at = len - 1;
	ret->ptr[at] = 0;
	for (uint32_t i = index; i; i = nodes[i].parent) {
		at -= nodes[i].name_len;
		memcpy(ret->ptr + at, nodes[i].name, nodes[i].name_len);
		if (at)
			ret->ptr[--at] = '/';
	}
	return 0;
}
