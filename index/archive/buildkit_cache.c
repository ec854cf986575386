/* SPDX-License-Identifier: MIT */
/*
 * BuildKit cache exports (`--cache-to type=local`). Two styles: an image manifest whose config
 * is a cache config (oci_manifest.c tells by its media type), and an index that lists layer
 * blobs as if they were manifests, beside one cache config. Both are recognised here so that
 * their layers are not taken for images; what they hold is not read.
 */
#include "archive/oci.h"

int buildkit_cache_is_index(const json_t *index, struct err *err)
{
	json_t *list = NULL;
	const json_t *item;
	size_t i;
	int r = json_get_array(index, "manifests", &list, err);

	if (r <= 0)
		return r;
	json_array_foreach(list, i, item)
	{
		struct bytes type = BYTES_NULL;

		r = json_get_string(item, "mediaType", &type, err);
		if (r < 0)
			return r;
		if (media_kind(type) == MEDIA_CACHE)
			return 1;
	}
	return 0;
}
