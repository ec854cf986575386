/* SPDX-License-Identifier: MIT */
#include "archive/bare.h"

static struct bytes strip(struct bytes name, const char *const *suffixes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct bytes s = bytes_from_str(suffixes[i]);

		if (name.len > s.len && bytes_ends_with(name, s))
			return bytes_make(name.ptr, name.len - s.len);
	}
	return name;
}

struct bytes bare_name(struct bytes name)
{
	static const char *const codecs[] = {".gz", ".zst", ".xz", ".bz2"};
	static const char *const tars[] = {".tar", ".tgz", ".tzst", ".txz", ".tbz2"};

	return strip(strip(name, codecs, ARRAY_SIZE(codecs)), tars, ARRAY_SIZE(tars));
}

static int add_whole_file(struct archive_image *img, struct source *file, struct err *err)
{
	struct archive_layer l = {.size = -1};

	if (archive_layer_vec_push(&img->layers, l) < 0)
		return err_oom(err);
	img->layers.v[0].blob.source = source_ref(file);
	img->layers.v[0].blob.len = file->size;
	return 0;
}

int bare_read(struct reader *r, struct source *file, const char *base_name, struct err *err)
{
	_cleanup_(archive_image_release) struct archive_image img = {.bare = true};
	size_t at;
	int ret = add_whole_file(&img, file, err);

	if (ret == 0)
		ret = reader_add_image(r, &img, &at, err);
	if (ret == 0)
		ret = reader_name_later(r, at, bare_name(bytes_from_str(base_name)), err);
	return ret;
}
