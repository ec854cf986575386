/* SPDX-License-Identifier: MIT */
#include "imagemake.h"

#include "io/hash.h"
#include "tarmake.h"

#include <stdio.h>

static struct bytes stored(const struct made_layer *l)
{
	return l->stored.ptr ? l->stored : l->content;
}

const char *image_digest(struct bytes content, char out[DIGEST_TEXT_MAX])
{
	struct digest d = digest_of(DIGEST_SHA256, content);

	return digest_format(&d, out);
}

void image_layer_tar(struct buf *out, const char *name, struct bytes content)
{
	tar_file(out, name, content);
	tar_end(out);
}

void image_config(struct buf *out, const struct made_layer *layers, size_t n, const char *extra)
{
	char text[DIGEST_TEXT_MAX];

	buf_add_str(out, "{\"architecture\":\"amd64\",\"os\":\"linux\","
			 "\"created\":\"2026-01-02T03:04:05Z\",\"config\":{},"
			 "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s\"%s\"", i ? "," : "", image_digest(layers[i].content, text));
	buf_add_str(out, "]},\"history\":[");
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, "%s{\"created_by\":\"", i ? "," : "");
		if (layers[i].created_by)
			buf_add_str(out, layers[i].created_by);
		else
			buf_addf(out, "RUN %zu", i + 1);
		buf_add_str(out, "\"}");
	}
	buf_addf(out, "]%s}", extra);
}

void image_descriptor(struct buf *out, const char *media_type, struct bytes content,
		      const char *extra)
{
	char text[DIGEST_TEXT_MAX];

	buf_addf(out, "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu%s}", media_type,
		 image_digest(content, text), content.len, extra);
}

void image_manifest(struct buf *out, struct bytes config, const struct made_layer *layers,
		    size_t n, const char *extra)
{
	buf_add_str(out,
		    "{\"schemaVersion\":2,\"mediaType\":\"" MADE_OCI_MANIFEST "\",\"config\":");
	image_descriptor(out, MADE_OCI_CONFIG, config, "");
	buf_add_str(out, ",\"layers\":[");
	for (size_t i = 0; i < n; i++) {
		const char *type = layers[i].media_type;

		buf_add_str(out, i ? "," : "");
		image_descriptor(out, type ? type : MADE_OCI_LAYER, stored(&layers[i]), "");
	}
	buf_addf(out, "]%s}", extra);
}

void image_index(struct buf *out, const char *descriptors)
{
	buf_addf(out, "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}",
		 MADE_OCI_INDEX, descriptors);
}

void image_blob(struct buf *tar, struct bytes content)
{
	struct digest d = digest_of(DIGEST_SHA256, content);
	char hex[DIGEST_TEXT_MAX], name[DIGEST_TEXT_MAX + 16];

	snprintf(name, sizeof(name), "blobs/sha256/%s", digest_hex(&d, hex));
	tar_file(tar, name, content);
}

void image_layer_blobs(struct buf *tar, const struct made_layer *layers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		image_blob(tar, stored(&layers[i]));
}

void image_blobs(struct buf *tar, struct buf *desc, const struct made_layer *layers, size_t n,
		 const char *extra)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT, manifest = BUF_INIT;

	image_config(&config, layers, n, "");
	image_manifest(&manifest, buf_bytes(&config), layers, n, "");
	image_blob(tar, buf_bytes(&config));
	image_layer_blobs(tar, layers, n);
	image_blob(tar, buf_bytes(&manifest));
	image_descriptor(desc, MADE_OCI_MANIFEST, buf_bytes(&manifest), extra);
}

static void ref_annotation(struct buf *out, const char *ref)
{
	if (ref)
		buf_addf(out, ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}",
			 ref);
}

void image_oci(struct buf *tar, const char *ref, const struct made_layer *layers, size_t n)
{
	_cleanup_(buf_release) struct buf extra = BUF_INIT, desc = BUF_INIT, index = BUF_INIT;

	ref_annotation(&extra, ref);
	tar_file(tar, "oci-layout", BYTES("{\"imageLayoutVersion\":\"1.0.0\"}"));
	image_blobs(tar, &desc, layers, n, buf_str(&extra));
	image_index(&index, buf_str(&desc));
	tar_file(tar, "index.json", buf_bytes(&index));
	tar_end(tar);
}

void image_docker(struct buf *tar, const char *tags, const struct made_layer *layers, size_t n)
{
	_cleanup_(buf_release) struct buf config = BUF_INIT, manifest = BUF_INIT;

	buf_addf(&manifest, "[{\"Config\":\"config.json\",\"RepoTags\":%s,\"Layers\":[", tags);
	for (size_t i = 0; i < n; i++) {
		char name[40];

		snprintf(name, sizeof(name), "%zu/layer.tar", i + 1);
		tar_file(tar, name, stored(&layers[i]));
		buf_addf(&manifest, "%s\"%s\"", i ? "," : "", name);
	}
	buf_add_str(&manifest, "]}]");
	image_config(&config, layers, n, "");
	tar_file(tar, "config.json", buf_bytes(&config));
	tar_file(tar, "manifest.json", buf_bytes(&manifest));
	tar_end(tar);
}
