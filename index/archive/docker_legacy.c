/* SPDX-License-Identifier: MIT */
/*
 * docker save before 1.10: `repositories` names ids, each <id>/ holds json (with a parent) and
 * layer.tar. There are no configs and no DiffIDs, so both are made as docker 1.10 made them
 * when it loaded such an archive (moby image/v1, MakeConfigFromV1Config): the DiffID is the
 * digest of layer.tar, the config is the top json with rootfs and history. This is the only
 * format whose layers are read here.
 */
#include "archive/image_config.h"
#include "archive/reader.h"

#include "io/hash.h"
#include "util/escape.h"

#include <inttypes.h>
#include <stdio.h>

#define ID_LEN     64
#define HASH_BYTES KIB(256)
#define LAYER_TAR  "/layer.tar"

/* One <id>/ directory. */
struct v1_layer {
	char id[ID_LEN + 1], parent[ID_LEN + 1]; /* parent empty at the bottom */
	json_t *json;
	struct digest diff_id;
};
DEFINE_VEC(v1_layer_vec, struct v1_layer)
/* Positions in the v1_layer_vec. */
DEFINE_VEC(v1_chain, size_t)

static bool probe(const struct archive_blobs *b)
{
	if (!b->file || blobs_have(b, "manifest.json") || blobs_have(b, "index.json") ||
	    !blobs_have(b, "repositories"))
		return false;
	for (size_t i = 0; i < b->members.v.n; i++) {
		struct bytes name = b->members.v.v[i].name;

		if (name.len == ID_LEN + strlen(LAYER_TAR) &&
		    bytes_ends_with(name, BYTES(LAYER_TAR)))
			return true;
	}
	return false;
}

static void release_layers(struct v1_layer_vec *v)
{
	vec_foreach (l, v)
		json_decref(l->json);
	v1_layer_vec_release(v);
}

static int copy_id(struct bytes text, char out[ID_LEN + 1], struct err *err)
{
	char shown[100];

	if (text.len == ID_LEN && strspn(text.ptr, "0123456789abcdef") == ID_LEN) {
		memcpy(out, text.ptr, ID_LEN + 1);
		return 0;
	}
	return err_set(err, EBADMSG, "%s is no image id",
		       escape_short(text, shown, sizeof(shown)));
}

static int hash_stored(struct source *s, struct sha256 *h, void *buf, struct err *err)
{
	size_t n;

	for (uint64_t at = 0; at < s->size; at += n) {
		int r = source_pread(s, buf, HASH_BYTES, at, &n, err);

		if (r < 0)
			return r;
		if (n == 0)
			break;
		sha256_update(h, buf, n);
	}
	return 0;
}

static int hash_decoded(struct source *s, enum codec codec, const struct limits *limits,
			struct sha256 *h, void *buf, struct err *err)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	struct decoder_opts opts = {.limits = limits};
	size_t n;
	int r = decoder_open(s, codec, &opts, &d, err);

	while (r == 0) {
		r = decoder_read(d, buf, HASH_BYTES, &n, err);
		if (r < 0 || n == 0)
			break;
		sha256_update(h, buf, n);
	}
	return r;
}

static int compute_diff_id(struct source *s, const struct limits *limits, struct digest *ret,
			   struct err *err)
{
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	_cleanup_free_ char *buf = malloc(HASH_BYTES);
	unsigned char raw[32];
	enum codec codec;
	size_t n;
	int r;

	if (!buf || sha256_new(&h) < 0)
		return err_oom(err);
	r = source_pread(s, buf, CODEC_MAGIC_BYTES, 0, &n, err);
	if (r < 0)
		return r;
	codec = codec_detect(buf, n);
	r = codec == CODEC_NONE ? hash_stored(s, h, buf, err)
				: hash_decoded(s, codec, limits, h, buf, err);
	if (r < 0)
		return r;
	sha256_final(h, raw);
	*ret = digest_sha256(raw);
	return 0;
}

static int find_tar(struct reader *r, const char *id, struct blob_place *ret, struct err *err)
{
	char path[ID_LEN + sizeof(LAYER_TAR)];
	int n;

	snprintf(path, sizeof(path), "%s" LAYER_TAR, id);
	n = blobs_find(r->blobs, bytes_from_str(path), ret, err);
	if (n == 0)
		return err_set(err, EBADMSG, "%s is not in the archive", path);
	return MIN(n, 0);
}

static int read_json(struct reader *r, struct v1_layer *l, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	struct bytes parent = BYTES_NULL;
	char path[ID_LEN + 8];
	int ret;

	snprintf(path, sizeof(path), "%s/json", l->id);
	ret = blobs_read(r->blobs, bytes_from_str(path), r->limits, &doc, err);
	if (ret == 0)
		return err_set(err, EBADMSG, "%s is not in the archive", path);
	if (ret < 0)
		return ret;
	ret = json_parse(bytes_make(doc.text, doc.len), &l->json, err);
	if (ret == 0)
		ret = json_get_string(l->json, "parent", &parent, err);
	if (ret > 0 && parent.len)
		ret = copy_id(parent, l->parent, err);
	return ret < 0 ? err_prefix(err, ret, "%s", path) : 0;
}

static int load_layer(struct reader *r, const char *id, struct v1_layer *l, struct err *err)
{
	_cleanup_(blob_place_release) struct blob_place place = {0};
	int ret;

	memcpy(l->id, id, sizeof(l->id));
	ret = read_json(r, l, err);
	if (ret == 0)
		ret = find_tar(r, id, &place, err);
	if (ret == 0)
		ret = compute_diff_id(place.source, r->limits, &l->diff_id, err);
	return ret;
}

/* The layer of this id, read on first use: images share most of them. */
static int get_layer(struct reader *r, struct v1_layer_vec *all, const char *id, size_t *ret,
		     struct err *err)
{
	struct v1_layer l = {0};
	int result;

	for (*ret = 0; *ret < all->n; (*ret)++)
		if (strcmp(all->v[*ret].id, id) == 0)
			return 0;
	result = load_layer(r, id, &l, err);
	if (result == 0 && v1_layer_vec_push(all, l) < 0)
		result = err_oom(err);
	if (result < 0)
		json_decref(l.json);
	return result;
}

/* From the top to the bottom; limit layers also ends circles. */
static int read_chain(struct reader *r, struct v1_layer_vec *all, const char *top,
		      struct v1_chain *chain, struct err *err)
{
	char id[ID_LEN + 1];

	memcpy(id, top, sizeof(id));
	while (id[0]) {
		size_t at;
		int ret = image_config_check_layers(chain->n + 1, r->limits, err);

		if (ret == 0)
			ret = get_layer(r, all, id, &at, err);
		if (ret < 0)
			return ret;
		if (v1_chain_push(chain, at) < 0)
			return err_oom(err);
		memcpy(id, all->v[at].parent, sizeof(id));
	}
	return 0;
}

/* The words of container_config.Cmd, which are what docker history showed. */
static json_t *created_by(const json_t *v1)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	const json_t *cmd = json_object_get(json_object_get(v1, "container_config"), "Cmd");
	const json_t *word;
	size_t i;

	json_array_foreach(cmd, i, word)
	{
		buf_add_str(&text, i ? " " : "");
		buf_add(&text, json_string_value(word), json_string_length(word));
	}
	return json_stringn(buf_str(&text), text.len);
}

static json_t *history_entry(const json_t *v1)
{
	static const char *const copied[] = {"created", "author", "comment"};
	json_t *h = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(copied); i++)
		if (json_is_string(json_object_get(v1, copied[i])))
			json_object_set(h, copied[i], json_object_get(v1, copied[i]));
	json_object_set_new(h, "created_by", created_by(v1));
	return h;
}

static json_t *make_config(const struct v1_layer_vec *all, const struct v1_chain *chain)
{
	static const char *const dropped[] = {"id",        "parent",   "Size",
					      "parent_id", "layer_id", "throwaway"};
	json_t *config = json_copy(all->v[chain->v[0]].json);
	json_t *ids = json_array(), *history = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
		json_object_del(config, dropped[i]);
	for (size_t i = chain->n; i-- > 0;) {
		const struct v1_layer *l = &all->v[chain->v[i]];
		char text[DIGEST_TEXT_MAX];

		json_array_append_new(ids, json_string(digest_format(&l->diff_id, text)));
		json_array_append_new(history, history_entry(l->json));
	}
	json_object_set_new(config, "rootfs",
			    json_pack("{s:s, s:o}", "type", "layers", "diff_ids", ids));
	json_object_set_new(config, "history", history);
	return config;
}

static int fill_config(struct reader *r, const struct v1_layer_vec *all,
		       const struct v1_chain *chain, struct archive_image *img, struct err *err)
{
	_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
	_cleanup_(json_freep) json_t *config = make_config(all, chain);
	int ret;

	img->config = json_dumps(config, JSON_COMPACT | JSON_SORT_KEYS);
	if (!img->config)
		return err_oom(err);
	img->config_len = strlen(img->config);
	img->config_digest = digest_of(DIGEST_SHA256, bytes_make(img->config, img->config_len));
	ret = image_config_read(img, r->limits, &ids, err);
	return ret < 0 ? ret : image_config_assign(img, &ids, err);
}

static int add_layers(struct reader *r, const struct v1_layer_vec *all,
		      const struct v1_chain *chain, struct archive_image *img, struct err *err)
{
	for (size_t i = chain->n; i-- > 0;) {
		struct archive_layer l = {.size = -1};
		int ret = find_tar(r, all->v[chain->v[i]].id, &l.blob, err);

		if (ret < 0)
			return ret;
		if (archive_layer_vec_push(&img->layers, l) < 0) {
			archive_layer_release(&l);
			return err_oom(err);
		}
	}
	return 0;
}

/* The image of this id, with *ret its position. */
static int read_image(struct reader *r, struct v1_layer_vec *all, const char *id, size_t *ret,
		      struct err *err)
{
	_cleanup_(archive_image_release) struct archive_image img = {0};
	_cleanup_(v1_chain_release) struct v1_chain chain = {0};
	ssize_t known;
	int result = read_chain(r, all, id, &chain, err);

	if (result == 0)
		result = add_layers(r, all, &chain, &img, err);
	if (result == 0)
		result = fill_config(r, all, &chain, &img, err);
	if (result < 0)
		return result;
	known = reader_find_image(r, &img.config_digest);
	if (known >= 0) {
		*ret = (size_t)known;
		return 0;
	}
	/* The archive holds no such document: the made one gave its digest, no more. */
	free(steal_ptr(&img.config));
	img.config_len = 0;
	return reader_add_image(r, &img, ret, err);
}

static int read_tag(struct reader *r, struct v1_layer_vec *all, const char *repo,
		    const char *tag, const json_t *id, struct err *err)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	char text[ID_LEN + 1];
	size_t image;
	int ret;

	ret = copy_id(bytes_make(json_string_value(id), json_string_length(id)), text, err);
	if (ret == 0)
		ret = read_image(r, all, text, &image, err);
	if (ret < 0)
		return ret;
	buf_addf(&name, "%s:%s", repo, tag);
	if (buf_status(&name) < 0)
		return err_oom(err);
	return reader_name_later(r, image, buf_bytes(&name), err);
}

static int read_repositories(struct reader *r, json_t *json, struct v1_layer_vec *all,
			     struct err *err)
{
	const char *repo, *tag;
	size_t n = 0;
	json_t *tags, *id;

	if (!json_is_object(json))
		return err_set(err, EBADMSG, "not an object of repositories");
	json_object_foreach(json, repo, tags)
	{
		json_object_foreach(tags, tag, id)
		{
			int ret;

			if (++n > r->limits->manifests)
				return err_set(err, EFBIG,
					       "more names than limit manifests (%" PRIu64 ")",
					       r->limits->manifests);
			ret = read_tag(r, all, repo, tag, id, err);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int read_legacy(struct reader *r, struct err *err)
{
	_cleanup_(release_layers) struct v1_layer_vec all = {0};
	_cleanup_(document_release) struct document doc = {0};
	_cleanup_(json_freep) json_t *json = NULL;
	int ret = blobs_read(r->blobs, BYTES("repositories"), r->limits, &doc, err);

	if (ret <= 0)
		return ret;
	ret = json_parse(bytes_make(doc.text, doc.len), &json, err);
	if (ret == 0)
		ret = read_repositories(r, json, &all, err);
	return ret < 0 ? err_prefix(err, ret, "repositories") : 0;
}

const struct archive_format format_docker_legacy = {"docker-archive", NULL, probe, read_legacy};
