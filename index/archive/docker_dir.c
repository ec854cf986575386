/* SPDX-License-Identifier: MIT */
/*
 * `dir:` directories of skopeo and podman: manifest.json is the image's own manifest (or, with
 * --all, the list of manifests), `version` says "Directory Transport Version: 1.1", and blobs
 * are files named by the hex of their digest. There are no names in it.
 */
#include "archive/oci.h"

#include "io/hash.h"

static bool probe(const struct archive_blobs *b)
{
	return !b->file && blobs_have(b, "manifest.json") && blobs_have(b, "version");
}

static int read_one(struct reader *r, struct document *doc, const json_t *json, struct err *err)
{
	struct bytes text = bytes_make(doc->text, doc->len);
	struct descriptor d = {.kind = MEDIA_MANIFEST,
			       .digest = digest_of(DIGEST_SHA256, text),
			       .size = (int64_t)doc->len};
	ssize_t image;

	if (json_object_get(json, "fsLayers"))
		return err_set(
		    err, EINVAL,
		    "a schema 1 manifest, which has no DiffIDs (copy the image again "
		    "with --format v2s2)");
	return oci_read_manifest(r, &d, doc, json, false, &image, err);
}

static int read_json(struct reader *r, struct document *doc, struct err *err)
{
	_cleanup_(json_freep) json_t *json = NULL;
	int ret = json_parse(bytes_make(doc->text, doc->len), &json, err);

	if (ret < 0)
		return ret;
	if (json_object_get(json, "manifests"))
		return oci_read_top_index(r, json, err);
	return read_one(r, doc, json, err);
}

static int read_dir(struct reader *r, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	int ret;

	r->blobs->flat = true;
	ret = blobs_read(r->blobs, BYTES("manifest.json"), r->limits, &doc, err);
	if (ret > 0)
		ret = read_json(r, &doc, err);
	return ret < 0 ? err_prefix(err, ret, "manifest.json") : 0;
}

const struct archive_format format_dir = {"dir", "dir", probe, read_dir};
