/* SPDX-License-Identifier: MIT */
#include "archive/image_config.h"

#include <inttypes.h>

/* Ten thousand times what builders write: an entry is two bytes of JSON and 80 of memory. */
#define MAX_HISTORY 65536

int json_copy_text(const json_t *obj, const char *key, char **ret, struct err *err)
{
	struct bytes s;
	char *copy;
	int r = json_get_string(obj, key, &s, err);

	if (r <= 0)
		return r;
	if (bytes_find(s, 0) < s.len)
		return err_set(err, EBADMSG, "\"%s\" holds a NUL byte", key);
	copy = strndup(s.ptr, s.len);
	if (!copy)
		return err_oom(err);
	free(*ret);
	*ret = copy;
	return 0;
}

/* A copy of any bytes, with a NUL behind them. */
static int copy_bytes(const json_t *obj, const char *key, char **ret, size_t *ret_len,
		      struct err *err)
{
	struct bytes s;
	int r = json_get_string(obj, key, &s, err);

	if (r <= 0)
		return r;
	*ret = malloc(s.len + 1);
	if (!*ret)
		return err_oom(err);
	memcpy(*ret, s.ptr, s.len);
	(*ret)[s.len] = 0;
	*ret_len = s.len;
	return 0;
}

void image_history_release(struct archive_history *h)
{
	free(h->created);
	free(h->created_by);
	free(h->comment);
	free(h->author);
	*h = (struct archive_history){0};
}

int image_history_read(const json_t *entry, struct archive_history *h, struct err *err)
{
	int r;

	r = copy_bytes(entry, "created", &h->created, &h->created_len, err);
	if (r == 0)
		r = copy_bytes(entry, "created_by", &h->created_by, &h->created_by_len, err);
	if (r == 0)
		r = copy_bytes(entry, "comment", &h->comment, &h->comment_len, err);
	if (r == 0)
		r = copy_bytes(entry, "author", &h->author, &h->author_len, err);
	if (r == 0)
		r = json_get_bool(entry, "empty_layer", &h->empty_layer, err);
	return MIN(r, 0);
}

static int read_history(const json_t *doc, struct archive_image *img, struct err *err)
{
	json_t *list = NULL, *entry;
	size_t i;
	int r = json_get_array(doc, "history", &list, err);

	if (r <= 0)
		return r;
	if (json_array_size(list) > MAX_HISTORY)
		return err_set(err, EFBIG, "\"history\" has more than %d entries", MAX_HISTORY);
	json_array_foreach(list, i, entry)
	{
		struct archive_history h = {0};

		r = image_history_read(entry, &h, err);
		if (r == 0 && archive_history_vec_push(&img->history, h) < 0)
			r = err_oom(err);
		if (r < 0) {
			image_history_release(&h);
			return err_prefix(err, r, "history entry %zu", i + 1);
		}
	}
	return 0;
}

int image_config_check_layers(size_t n, const struct limits *limits, struct err *err)
{
	if (n <= limits->layers)
		return 0;
	return err_set(err, EFBIG, "%zu layers, over limit layers (%" PRIu64 ")", n,
		       limits->layers);
}

static int read_diff_ids(const json_t *doc, const struct limits *limits,
			 struct diff_id_vec *ret, struct err *err)
{
	json_t *rootfs = NULL, *list = NULL, *item;
	size_t i;
	int r = json_get_object(doc, "rootfs", &rootfs, err);

	if (r > 0)
		r = json_get_array(rootfs, "diff_ids", &list, err);
	if (r > 0)
		r = image_config_check_layers(json_array_size(list), limits, err);
	if (r < 0 || !list)
		return r;
	json_array_foreach(list, i, item)
	{
		struct digest d;

		if (!json_is_string(item))
			return err_set(err, EINVAL, "\"diff_ids\" holds what is no string");
		r = digest_parse(bytes_make(json_string_value(item), json_string_length(item)),
				 &d, err);
		if (r < 0)
			return err_prefix(err, r, "diff_id %zu", i + 1);
		if (diff_id_vec_push(ret, d) < 0)
			return err_oom(err);
	}
	return 0;
}

static int read_platform(const json_t *doc, struct archive_image *img, struct err *err)
{
	int r;

	r = json_copy_text(doc, "os", &img->os, err);
	if (r == 0)
		r = json_copy_text(doc, "architecture", &img->architecture, err);
	if (r == 0)
		r = json_copy_text(doc, "variant", &img->variant, err);
	if (r == 0)
		r = json_copy_text(doc, "created", &img->created, err);
	return r;
}

int image_config_read(struct archive_image *img, const struct limits *limits,
		      struct diff_id_vec *diff_ids, struct err *err)
{
	_cleanup_(json_freep) json_t *doc = NULL;
	int r;

	r = json_parse(bytes_make(img->config, img->config_len), &doc, err);
	if (r < 0)
		return r;
	if (!json_is_object(doc))
		return err_set(err, EBADMSG, "the config is no JSON object");
	r = read_platform(doc, img, err);
	if (r == 0)
		r = read_diff_ids(doc, limits, diff_ids, err);
	if (r == 0)
		r = read_history(doc, img, err);
	return r;
}

int image_config_assign(struct archive_image *img, const struct diff_id_vec *diff_ids,
			struct err *err)
{
	if (diff_ids->n == 0 && img->layers.n)
		return err_set(err, EBADMSG,
			       "the config declares no rootfs.diff_ids for %zu layers (a "
			       "schema 1 image? save it again with a newer tool)",
			       img->layers.n);
	if (diff_ids->n != img->layers.n)
		return err_set(err, EBADMSG,
			       "the config declares %zu diff_ids, the manifest %zu layers",
			       diff_ids->n, img->layers.n);
	for (size_t i = 0; i < diff_ids->n; i++)
		img->layers.v[i].diff_id = diff_ids->v[i];
	return 0;
}
