/* SPDX-License-Identifier: MIT */
/*
 * index.json: OCI archives and directories, docker save >= 25, BuildKit's type=oci and
 * type=docker. Indexes nest (trap 6): each document is read once, however often it is named,
 * and eight levels deep at most.
 */
#include "archive/oci.h"
#include "archive/evidence.h"

#include <inttypes.h>
#include <stdio.h>

#define MAX_DEPTH 8

/* Images that a descriptor led to, each once. */
DEFINE_VEC(found_vec, uint32_t)

static int walk_index(struct reader *r, const json_t *index, const struct descriptor *self,
		      int depth, struct found_vec *found, struct err *err);

static int add_found(struct found_vec *found, uint32_t image)
{
	vec_foreach (f, found)
		if (*f == image)
			return 0;
	return found_vec_push(found, image);
}

static const struct seen_document *find_seen(const struct reader *r, const struct digest *d)
{
	for (size_t i = 0; i < r->seen.n; i++)
		if (digest_equal(&r->seen.v[i].digest, d))
			return &r->seen.v[i];
	return NULL;
}

/* Takes over what `led_to` holds. */
static int remember(struct reader *r, const struct digest *d, struct found_vec *led_to)
{
	struct seen_document s = {.digest = *d, .images = led_to->v, .n = led_to->n};

	if (seen_document_vec_push(&r->seen, s) < 0)
		return -ENOMEM;
	*led_to = (struct found_vec){0};
	return 0;
}

static int add_all(struct found_vec *found, const uint32_t *images, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (add_found(found, images[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* A document that is an index to one reader and a manifest to another is refused. */
static int check_no_confusion(const json_t *doc, enum media_kind kind, struct err *err)
{
	static const char *const of_manifests[] = {"config", "layers", "fsLayers", NULL};
	static const char *const of_indexes[] = {"manifests", NULL};
	const char *const *wrong = kind == MEDIA_INDEX ? of_manifests : of_indexes;

	for (; *wrong; wrong++)
		if (json_object_get(doc, *wrong))
			return err_set(err, EBADMSG,
				       "an image %s that also holds \"%s\" (two readers would "
				       "see two images)",
				       kind == MEDIA_INDEX ? "index" : "manifest", *wrong);
	return 0;
}

/* What the document is: as its descriptor says, which its own mediaType must confirm. */
static int document_kind(const json_t *doc, enum media_kind declared, enum media_kind *ret,
			 struct err *err)
{
	struct bytes type = BYTES_NULL;
	enum media_kind own;
	int r = json_get_string(doc, "mediaType", &type, err);

	if (r < 0)
		return r;
	own = media_kind(type);
	if (own == MEDIA_SCHEMA1 || json_object_get(doc, "fsLayers"))
		return err_set(
		    err, EINVAL,
		    "a schema 1 manifest, which has no DiffIDs (save the image again "
		    "with a newer tool)");
	if (declared == MEDIA_NONE)
		declared = own;
	if (declared == MEDIA_NONE)
		declared = json_object_get(doc, "manifests") ? MEDIA_INDEX : MEDIA_MANIFEST;
	if (own != MEDIA_NONE && own != declared)
		return err_set(err, EBADMSG, "its mediaType is not the one it is listed with");
	*ret = declared;
	return check_no_confusion(doc, declared, err);
}

static int read_by_kind(struct reader *r, const struct descriptor *d, struct document *doc,
			const json_t *json, int depth, struct found_vec *found, struct err *err)
{
	enum media_kind kind;
	ssize_t image;
	int ret = document_kind(json, d->kind, &kind, err);

	if (ret < 0)
		return ret;
	if (kind == MEDIA_INDEX)
		return walk_index(r, json, d, depth + 1, found, err);
	ret = oci_read_manifest(r, d, doc, json, depth > 0, &image, err);
	if (ret == 0 && image >= 0 && add_found(found, (uint32_t)image) < 0)
		return err_oom(err);
	return ret;
}

static int read_text(struct reader *r, const struct descriptor *d, struct document *doc,
		     int depth, struct err *err)
{
	_cleanup_(found_vec_release) struct found_vec led_to = {0};
	_cleanup_(json_freep) json_t *json = NULL;
	char hex[DIGEST_TEXT_MAX];
	int ret;

	if (r->seen.n >= r->limits->manifests)
		return err_set(err, EFBIG, "more documents than limit manifests (%" PRIu64 ")",
			       r->limits->manifests);
	ret = json_parse(bytes_make(doc->text, doc->len), &json, err);
	if (ret == 0)
		ret = read_by_kind(r, d, doc, json, depth, &led_to, err);
	if (ret < 0)
		return err_prefix(err, ret, "blobs/%s/%s", digest_alg_name(d->digest.alg),
				  digest_hex(&d->digest, hex));
	return remember(r, &d->digest, &led_to) < 0 ? err_oom(err) : 0;
}

/* A blob that is not there: below the top, the platform was left out on purpose. */
static int absent(struct reader *r, const struct descriptor *d, int depth, struct err *err)
{
	char text[DIGEST_TEXT_MAX];

	if (depth > 0) {
		reader_note(r, NOTE_ABSENT_PLATFORM);
		return 0;
	}
	return err_set(err, EBADMSG, "%s is listed and not in the archive",
		       digest_format(&d->digest, text));
}

static int walk_document(struct reader *r, const struct descriptor *d, int depth,
			 struct found_vec *found, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	const struct seen_document *s = find_seen(r, &d->digest);
	int ret;

	if (!s) {
		ret = blobs_read_digest(r->blobs, &d->digest, d->size, r->limits, &doc, err);
		if (ret == 0)
			return absent(r, d, depth, err);
		if (ret > 0)
			ret = read_text(r, d, &doc, depth, err);
		if (ret < 0)
			return ret;
		s = find_seen(r, &d->digest);
	}
	return add_all(found, s->images, s->n) < 0 ? err_oom(err) : 0;
}

static int walk_descriptor(struct reader *r, const struct descriptor *d, int depth,
			   struct found_vec *found, struct err *err)
{
	if (d->attestation)
		return evidence_read_attestation(r, d, err);
	if (descriptor_is_signature_tag(d)) {
		reader_note(r, NOTE_SIGNATURE);
		return 0;
	}
	switch (d->kind) {
	case MEDIA_INDEX:
	case MEDIA_MANIFEST:
	case MEDIA_SCHEMA1:
	case MEDIA_NONE:
		return walk_document(r, d, depth, found, err);
	default:
		reader_note(r, NOTE_ARTIFACT);
		return 0;
	}
}

static int walk_one(struct reader *r, const json_t *item, int depth, struct found_vec *found,
		    struct err *err)
{
	_cleanup_(found_vec_release) struct found_vec own = {0};
	struct bytes name;
	struct descriptor d;
	unsigned event;
	int ret = descriptor_parse(item, &d, err);

	if (ret == 0)
		ret = walk_descriptor(r, &d, depth, &own, err);
	if (ret < 0)
		return ret;
	name = descriptor_name(&d);
	if (depth == 0 && name.len) {
		event = r->events++;
		vec_foreach (image, &own) {
			ret = reader_name_image(r, *image, name, event, err);
			if (ret < 0)
				return ret;
		}
	}
	return add_all(found, own.v, own.n) < 0 ? err_oom(err) : 0;
}

static int walk_index(struct reader *r, const json_t *index, const struct descriptor *self,
		      int depth, struct found_vec *found, struct err *err)
{
	json_t *list = NULL, *item;
	size_t i;
	int ret;

	if (depth > MAX_DEPTH)
		return err_set(err, EBADMSG, "indexes nested deeper than %d", MAX_DEPTH);
	ret = buildkit_cache_is_index(index, err);
	if (ret > 0)
		return evidence_read_cache_index(r, index, self, err);
	if (ret < 0)
		return ret;
	ret = json_get_array(index, "manifests", &list, err);
	if (ret <= 0)
		return ret;
	json_array_foreach(list, i, item)
	{
		ret = walk_one(r, item, depth, found, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int oci_read_top_index(struct reader *r, const json_t *index, struct err *err)
{
	_cleanup_(found_vec_release) struct found_vec found = {0};
	enum media_kind kind;
	int ret;

	if (!json_is_object(index))
		return err_set(err, EBADMSG, "not an image index");
	if (json_array_size(json_object_get(index, "manifests")) > r->limits->manifests)
		return err_set(err, EFBIG, "lists more than limit manifests (%" PRIu64 ")",
			       r->limits->manifests);
	ret = document_kind(index, MEDIA_INDEX, &kind, err);
	return ret < 0 ? ret : walk_index(r, index, NULL, 0, &found, err);
}

static bool probe(const struct archive_blobs *b)
{
	return blobs_have(b, "index.json");
}

static int read_index_json(struct reader *r, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	_cleanup_(json_freep) json_t *json = NULL;
	int ret = blobs_read(r->blobs, BYTES("index.json"), r->limits, &doc, err);

	if (ret <= 0)
		return ret;
	ret = json_parse(bytes_make(doc.text, doc.len), &json, err);
	if (ret == 0)
		ret = oci_read_top_index(r, json, err);
	return ret < 0 ? err_prefix(err, ret, "index.json") : 0;
}

const struct archive_format format_oci = {"oci-archive", "oci", probe, read_index_json};
