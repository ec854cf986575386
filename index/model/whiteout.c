/* SPDX-License-Identifier: MIT */
#include "model/whiteout.h"

#define PREFIX BYTES(".wh.")
#define META   BYTES(".wh..wh.")
#define OPAQUE BYTES(".wh..wh..opq")

enum whiteout_class whiteout_classify(struct bytes component)
{
	struct bytes target;

	if (!bytes_starts_with(component, PREFIX))
		return WHITEOUT_NONE;
	if (bytes_equal(component, OPAQUE))
		return WHITEOUT_OPAQUE;
	if (bytes_starts_with(component, META))
		return WHITEOUT_AUFS;
	target = whiteout_target(component);
	/* Taken at its word, ".wh.." empties the directory it lies in: so did other tools. */
	if (!target.len || bytes_equal(target, BYTES(".")) || bytes_equal(target, BYTES("..")))
		return WHITEOUT_INVALID;
	return WHITEOUT_FILE;
}

struct bytes whiteout_target(struct bytes component)
{
	return bytes_skip(component, PREFIX.len);
}
