/* SPDX-License-Identifier: MIT */
/*
 * manifest.json: docker save since 1.10, podman docker-archive, crane, kaniko, bazel, nix,
 * BuildKit type=docker. Source: moby image/tarexport.
 *
 * Config and Layers are paths in the archive: found among its members, links followed there
 * (trap 3). What a layer's name ends in says nothing of its compression (trap 2). RepoTags and
 * Layers may be null or missing (trap 4).
 */
#include "archive/image_config.h"
#include "archive/oci.h"

#include "io/hash.h"
#include "util/escape.h"

#include <inttypes.h>
#include <stdio.h>

#define PATH_SHOWN 200

static bool probe(const struct archive_blobs *b)
{
	return blobs_have(b, "manifest.json") && !format_dir.probe(b);
}

/* "blobs/<alg>/<hex>": the digest it promises. */
static bool digest_of_blob_path(struct bytes path, struct digest *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct bytes dir = BYTES("blobs/");

	if (bytes_starts_with(path, BYTES("./")))
		path = bytes_skip(path, 2);
	if (!bytes_starts_with(path, dir))
		return false;
	buf_add_bytes(&text, bytes_skip(path, dir.len));
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '/')
			text.ptr[i] = ':';
	return buf_status(&text) == 0 && digest_parse(buf_bytes(&text), ret, NULL) == 0;
}

/* The digest that a config's name promises: "<hex>.json", "sha256:<hex>", a blob path. */
static bool digest_of_config_path(struct bytes path, struct digest *ret)
{
	struct bytes prefix = BYTES("sha256:"), suffix = BYTES(".json");
	char text[DIGEST_TEXT_MAX];

	if (digest_of_blob_path(path, ret))
		return true;
	if (bytes_starts_with(path, BYTES("./")))
		path = bytes_skip(path, 2);
	if (bytes_starts_with(path, prefix))
		path = bytes_skip(path, prefix.len);
	if (bytes_ends_with(path, suffix))
		path.len -= suffix.len;
	if (path.len != 64)
		return false;
	snprintf(text, sizeof(text), "sha256:%.64s", path.ptr);
	return digest_parse(bytes_from_str(text), ret, NULL) == 0;
}

static int read_config(struct reader *r, struct bytes path, struct archive_image *img,
		       struct err *err)
{
	struct document doc = {0};
	char shown[PATH_SHOWN];
	int ret = blobs_read(r->blobs, path, r->limits, &doc, err);

	escape_short(path, shown, sizeof(shown));
	if (ret == 0)
		return err_set(err, EBADMSG, "config %s is not in the archive", shown);
	if (ret < 0)
		return ret;
	img->config = doc.text;
	img->config_len = doc.len;
	if (!digest_of_config_path(path, &img->config_digest)) {
		img->config_digest = digest_of(DIGEST_SHA256, bytes_make(doc.text, doc.len));
		return 0;
	}
	ret = document_verify(&doc, &img->config_digest, err);
	return ret < 0 ? err_prefix(err, ret, "%s", shown) : 0;
}

/* Does LayerSources say that this layer may stay away (trap 9)? */
static int is_foreign(const json_t *sources, const struct digest *diff_id, struct err *err)
{
	struct bytes type = BYTES_NULL;
	char text[DIGEST_TEXT_MAX];
	json_t *source = NULL;
	int r;

	if (!sources)
		return 0;
	r = json_get_object(sources, digest_format(diff_id, text), &source, err);
	if (r > 0)
		r = json_get_string(source, "mediaType", &type, err);
	return r < 0 ? r : media_is_foreign(type);
}

static int add_layer(struct reader *r, const json_t *item, struct archive_layer_vec *out,
		     struct err *err)
{
	struct archive_layer l = {.size = -1};
	struct bytes path;
	int ret;

	if (!json_is_string(item))
		return err_set(err, EINVAL, "\"Layers\" holds what is no string");
	path = bytes_make(json_string_value(item), json_string_length(item));
	ret = blobs_find(r->blobs, path, &l.blob, err);
	if (ret < 0)
		return ret;
	l.missing = ret == 0;
	if (ret > 0 && !digest_of_blob_path(path, &l.blob_digest))
		l.blob_digest.alg = DIGEST_NONE;
	if (archive_layer_vec_push(out, l) < 0) {
		archive_layer_release(&l);
		return err_oom(err);
	}
	return 0;
}

static int read_layers(struct reader *r, const json_t *list, struct archive_image *img,
		       struct err *err)
{
	const json_t *item;
	size_t i;
	int ret = image_config_check_layers(json_array_size(list), r->limits, err);

	if (ret < 0)
		return ret;
	json_array_foreach(list, i, item)
	{
		ret = add_layer(r, item, &img->layers, err);
		if (ret < 0)
			return err_prefix(err, ret, "layer %zu", i + 1);
	}
	return 0;
}

/* Layers that were not found must be declared foreign. */
static int check_missing(const struct archive_image *img, const json_t *list,
			 const json_t *sources, struct err *err)
{
	for (size_t i = 0; i < img->layers.n; i++) {
		const struct archive_layer *l = &img->layers.v[i];
		const json_t *path = json_array_get(list, i);
		char shown[PATH_SHOWN];
		int r;

		if (!l->missing)
			continue;
		r = is_foreign(sources, &l->diff_id, err);
		if (r < 0)
			return r;
		if (r == 0)
			return err_set(err, EBADMSG, "layer %zu, %s, is not in the archive",
				       i + 1,
				       escape_short(bytes_make(json_string_value(path),
							       json_string_length(path)),
						    shown, sizeof(shown)));
	}
	return 0;
}

static int fill_image(struct reader *r, const json_t *element, struct archive_image *img,
		      struct err *err)
{
	_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
	json_t *list = NULL, *sources = NULL;
	int ret = json_get_array(element, "Layers", &list, err);

	if (ret >= 0)
		ret = json_get_object(element, "LayerSources", &sources, err);
	if (ret >= 0 && list)
		ret = read_layers(r, list, img, err);
	if (ret >= 0)
		ret = image_config_read(img, r->limits, &ids, err);
	if (ret >= 0)
		ret = image_config_assign(img, &ids, err);
	return ret < 0 ? ret : check_missing(img, list, sources, err);
}

static int name_image(struct reader *r, const json_t *element, size_t image, struct err *err)
{
	json_t *tags = NULL, *tag;
	size_t i;
	int ret = json_get_array(element, "RepoTags", &tags, err);

	if (ret <= 0)
		return ret;
	json_array_foreach(tags, i, tag)
	{
		if (!json_is_string(tag))
			return err_set(err, EINVAL, "\"RepoTags\" holds what is no string");
		ret = reader_name_later(
		    r, image, bytes_make(json_string_value(tag), json_string_length(tag)), err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Two elements with one config are one image with the names of both. */
static int read_element(struct reader *r, const json_t *element, struct err *err)
{
	_cleanup_(archive_image_release) struct archive_image img = {0};
	struct bytes path = BYTES_NULL;
	ssize_t known;
	size_t at;
	int ret = json_get_string(element, "Config", &path, err);

	if (ret == 0)
		return err_set(err, EBADMSG, "no \"Config\"");
	if (ret > 0)
		ret = read_config(r, path, &img, err);
	if (ret < 0)
		return ret;
	known = reader_find_image(r, &img.config_digest);
	if (known >= 0)
		return name_image(r, element, (size_t)known, err);
	ret = fill_image(r, element, &img, err);
	if (ret == 0)
		ret = reader_add_image(r, &img, &at, err);
	return ret < 0 ? ret : name_image(r, element, at, err);
}

static int read_list(struct reader *r, const json_t *list, struct err *err)
{
	const json_t *element;
	size_t i;

	if (!json_is_array(list))
		return err_set(err, EBADMSG, "not a list of images");
	if (json_array_size(list) > r->limits->manifests)
		return err_set(err, EFBIG, "lists more than limit manifests (%" PRIu64 ")",
			       r->limits->manifests);
	json_array_foreach(list, i, element)
	{
		int ret = read_element(r, element, err);

		if (ret < 0)
			return json_array_size(list) == 1
				   ? ret
				   : err_prefix(err, ret, "image %zu", i + 1);
	}
	return 0;
}

static int read_manifest_json(struct reader *r, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	_cleanup_(json_freep) json_t *json = NULL;
	int ret = blobs_read(r->blobs, BYTES("manifest.json"), r->limits, &doc, err);

	if (ret <= 0)
		return ret;
	ret = json_parse(bytes_make(doc.text, doc.len), &json, err);
	if (ret == 0)
		ret = read_list(r, json, err);
	return ret < 0 ? err_prefix(err, ret, "manifest.json") : 0;
}

const struct archive_format format_docker = {"docker-archive", "docker-archive", probe,
					     read_manifest_json};
