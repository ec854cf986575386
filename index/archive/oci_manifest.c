/* SPDX-License-Identifier: MIT */
/*
 * One image manifest (OCI or docker schema 2) into an image.
 *
 * What it says of an image that manifest.json already gave (docker >= 25, BuildKit type=docker)
 * is added to that image: its layers then carry blob digest, size and media type. Where its
 * list of layers cannot be right (trap 5), manifest.json's stays.
 */
#include "archive/evidence.h"
#include "archive/image_config.h"
#include "archive/oci.h"

#include <inttypes.h>

DEFINE_VEC(descriptor_vec, struct descriptor)

struct manifest {
	const struct descriptor *self;
	struct document *doc;
	struct descriptor config;
	struct descriptor_vec layers;
	bool has_layers; /* the list is there */
	bool nested;
};

static void manifest_release(struct manifest *m)
{
	descriptor_vec_release(&m->layers);
}

/* What a config's media type makes of a manifest that is no image; false if it is one. */
static bool config_is_other(enum media_kind config, enum note *ret)
{
	switch (config) {
	case MEDIA_CONFIG:
	case MEDIA_NONE:
		return false;
	case MEDIA_CACHE:
		*ret = NOTE_CACHE;
		return true;
	case MEDIA_HISTORY:
		*ret = NOTE_HISTORY;
		return true;
	case MEDIA_HELM:
		*ret = NOTE_HELM;
		return true;
	default:
		*ret = NOTE_ARTIFACT;
		return true;
	}
}

static bool is_file_system(enum media_kind kind)
{
	return kind == MEDIA_LAYER || kind == MEDIA_LAYER_OPAQUE || kind == MEDIA_NONE;
}

/* Attestations and signatures come with an image's config or with an empty one. */
static enum note note_of_layers(const struct manifest *m)
{
	for (size_t i = 0; i < m->layers.n; i++) {
		if (m->layers.v[i].kind == MEDIA_ATTESTATION)
			return NOTE_ATTESTATION;
		if (m->layers.v[i].kind == MEDIA_SIGNATURE)
			return NOTE_SIGNATURE;
	}
	return NOTE_ARTIFACT;
}

/* Is this an image at all (trap 12)? If not, *ret says what. */
static bool is_other(const struct manifest *m, enum note *ret)
{
	if (config_is_other(m->config.kind, ret)) {
		if (*ret == NOTE_ARTIFACT)
			*ret = note_of_layers(m);
		return true;
	}
	if (m->layers.n == 0)
		return false;
	for (size_t i = 0; i < m->layers.n; i++)
		if (is_file_system(m->layers.v[i].kind))
			return false;
	*ret = note_of_layers(m);
	return true;
}

static int read_layer_list(struct manifest *m, const json_t *list, struct err *err)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		struct descriptor d;
		int r = descriptor_parse(item, &d, err);

		if (r < 0)
			return err_prefix(err, r, "layer %zu", i + 1);
		if (descriptor_vec_push(&m->layers, d) < 0)
			return err_oom(err);
	}
	return 0;
}

static int parse_manifest(struct manifest *m, const json_t *json, const struct limits *limits,
			  struct err *err)
{
	json_t *config = NULL, *list = NULL;
	int r = json_get_object(json, "config", &config, err);

	if (r == 0)
		return err_set(err, EBADMSG, "an image manifest without \"config\"");
	if (r > 0)
		r = descriptor_parse(config, &m->config, err);
	if (r == 0)
		r = json_get_array(json, "layers", &list, err);
	if (r <= 0)
		return r;
	m->has_layers = true;
	r = image_config_check_layers(json_array_size(list), limits, err);
	return r < 0 ? r : read_layer_list(m, list, err);
}

static int describe_layer(const struct descriptor *d, struct archive_layer *l, struct err *err)
{
	l->blob_digest = d->digest;
	l->size = d->size;
	l->declared_gzip = media_says_gzip(d->media_type);
	l->declared_zstd = media_says_zstd(d->media_type);
	if (d->media_type.len == 0)
		return 0;
	if (bytes_find(d->media_type, 0) < d->media_type.len)
		return err_set(err, EBADMSG, "\"mediaType\" holds a NUL byte");
	l->media_type = strndup(d->media_type.ptr, d->media_type.len);
	return l->media_type ? 0 : err_oom(err);
}

static int check_size(const struct archive_layer *l, struct err *err)
{
	char text[DIGEST_TEXT_MAX];

	if (l->size < 0 || (uint64_t)l->size == l->blob.len)
		return 0;
	return err_set(err, EBADMSG, "layer %s has %" PRIu64 " bytes, declared are %" PRId64,
		       digest_format(&l->blob_digest, text), l->blob.len, l->size);
}

/* 1, or 0 if the layer ought to be in the archive and is not. */
static int locate_layer(struct reader *r, const struct descriptor *d, struct archive_layer *l,
			struct err *err)
{
	int ret;

	if (d->kind != MEDIA_LAYER && d->kind != MEDIA_NONE) {
		/* Encrypted, nydus, or no layer at all: a place in the chain without files. */
		reader_note(r, NOTE_OPAQUE_LAYER);
		l->missing = true;
		return 1;
	}
	ret = blobs_find_digest(r->blobs, &d->digest, &l->blob, err);
	if (ret > 0)
		ret = check_size(l, err);
	else if (ret == 0 && (media_is_foreign(d->media_type) || d->has_urls))
		l->missing = true;
	else
		return ret;
	return ret < 0 ? ret : 1;
}

/* 1: all there. 0: layer *ret_absent is not, *ret_present others are. */
static int build_layers(struct reader *r, const struct manifest *m,
			struct archive_layer_vec *out, size_t *ret_absent, size_t *ret_present,
			struct err *err)
{
	bool whole = true;

	*ret_present = 0;
	for (size_t i = 0; i < m->layers.n; i++) {
		struct archive_layer l = {.size = -1};
		int ret = describe_layer(&m->layers.v[i], &l, err);

		if (ret == 0)
			ret = locate_layer(r, &m->layers.v[i], &l, err);
		if (ret == 0 && whole) {
			*ret_absent = i;
			whole = false;
		}
		*ret_present += ret > 0;
		if (ret >= 0 && archive_layer_vec_push(out, l) < 0)
			ret = err_oom(err);
		if (ret < 0) {
			archive_layer_release(&l);
			return ret;
		}
	}
	return whole;
}

static void attach_manifest(struct archive_image *img, struct manifest *m)
{
	if (img->manifest)
		return;
	img->manifest_digest = m->self->digest;
	img->manifest = steal_ptr(&m->doc->text);
	img->manifest_len = m->doc->len;
}

static bool has_missing(const struct archive_layer_vec *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].missing)
			return true;
	return false;
}

/* The image is known from manifest.json, or from an earlier manifest of the same config. */
static int merge_into(struct reader *r, struct manifest *m, struct archive_image *img,
		      struct err *err)
{
	_cleanup_(archive_layers_release) struct archive_layer_vec layers = {0};
	size_t absent, present;
	int ret;

	if (img->manifest)
		return 0;
	if (m->layers.n != img->layers.n) {
		attach_manifest(img, m);
		return 0;
	}
	ret = build_layers(r, m, &layers, &absent, &present, err);
	if (ret < 0)
		return ret;
	attach_manifest(img, m);
	if (ret == 0 || has_missing(&layers))
		return 0;
	for (size_t i = 0; i < layers.n; i++)
		layers.v[i].diff_id = img->layers.v[i].diff_id;
	archive_layers_release(&img->layers);
	img->layers = layers;
	layers = (struct archive_layer_vec){0};
	return 0;
}

static int copy_if_missing(char **to, struct bytes from)
{
	if (!*to && from.len && bytes_find(from, 0) == from.len) {
		*to = strndup(from.ptr, from.len);
		return *to ? 0 : -ENOMEM;
	}
	return 0;
}

static int fill_from_config(struct reader *r, struct manifest *m, struct archive_image *img,
			    struct err *err)
{
	_cleanup_(diff_id_vec_release) struct diff_id_vec ids = {0};
	char text[DIGEST_TEXT_MAX];
	int ret = image_config_read(img, r->limits, &ids, err);

	if (ret == 0)
		ret = image_config_assign(img, &ids, err);
	if (ret < 0)
		return err_prefix(err, ret, "config %s",
				  digest_format(&m->config.digest, text));
	if (copy_if_missing(&img->os, m->self->os) < 0 ||
	    copy_if_missing(&img->architecture, m->self->architecture) < 0 ||
	    copy_if_missing(&img->variant, m->self->variant) < 0)
		return err_oom(err);
	return 0;
}

/* 1, or 0 if this is a platform that was not saved. */
static int read_config_blob(struct reader *r, const struct manifest *m,
			    struct archive_image *img, struct err *err)
{
	struct document doc = {0};
	char text[DIGEST_TEXT_MAX];
	int ret = blobs_read_digest(r->blobs, &m->config.digest, m->config.size, r->limits,
				    &doc, err);

	img->config = doc.text;
	img->config_len = doc.len;
	img->config_digest = m->config.digest;
	if (ret != 0 || m->nested)
		return ret;
	return err_set(err, EBADMSG, "config %s is not in the archive",
		       digest_format(&m->config.digest, text));
}

/* As read_config_blob. */
static int read_layers(struct reader *r, const struct manifest *m, struct archive_image *img,
		       struct err *err)
{
	char text[DIGEST_TEXT_MAX];
	size_t absent, present;
	int ret;

	if (!m->has_layers)
		return err_set(err, EBADMSG, "an image manifest without \"layers\"");
	ret = build_layers(r, m, &img->layers, &absent, &present, err);
	if (ret != 0 || (m->nested && present == 0))
		return ret;
	return err_set(err, EBADMSG, "layer %zu, %s, is not in the archive", absent + 1,
		       digest_format(&m->layers.v[absent].digest, text));
}

static int new_image(struct reader *r, struct manifest *m, ssize_t *ret_image, struct err *err)
{
	_cleanup_(archive_image_release) struct archive_image img = {0};
	size_t at;
	int ret = read_config_blob(r, m, &img, err);

	if (ret > 0)
		ret = read_layers(r, m, &img, err);
	if (ret == 0)
		reader_note(r, NOTE_ABSENT_PLATFORM);
	if (ret <= 0)
		return ret;
	ret = fill_from_config(r, m, &img, err);
	if (ret < 0)
		return ret;
	attach_manifest(&img, m);
	ret = reader_add_image(r, &img, &at, err);
	if (ret == 0)
		*ret_image = (ssize_t)at;
	return ret;
}

/* No image: evidence about builds, or something to leave alone. */
static int read_other(struct reader *r, const struct manifest *m, enum note note,
		      struct err *err)
{
	switch (note) {
	case NOTE_CACHE:
		return evidence_read_cache(r, m->self, &m->config, m->layers.v, m->layers.n,
					   err);
	case NOTE_HISTORY:
	case NOTE_ATTESTATION:
		return evidence_read_statements(r, note, m->self, m->layers.v, m->layers.n,
						err);
	default:
		reader_note(r, note);
		return 0;
	}
}

int oci_read_manifest(struct reader *r, const struct descriptor *d, struct document *doc,
		      const json_t *json, bool nested, ssize_t *ret, struct err *err)
{
	_cleanup_(manifest_release) struct manifest m = {
	    .self = d, .doc = doc, .nested = nested};
	enum note note;
	int result = parse_manifest(&m, json, r->limits, err);

	*ret = -1;
	if (result < 0)
		return result;
	if (is_other(&m, &note))
		return read_other(r, &m, note, err);
	*ret = reader_find_image(r, &m.config.digest);
	if (*ret >= 0)
		return merge_into(r, &m, &r->a->images.v[*ret], err);
	return new_image(r, &m, ret, err);
}
