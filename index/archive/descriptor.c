/* SPDX-License-Identifier: MIT */
#include "archive/descriptor.h"

struct media_row {
	struct bytes type;
	enum media_kind kind;
};

#define ROW(type, kind)                                                                        \
	{                                                                                      \
		{type, sizeof(type) - 1}, kind                                                 \
	}

static const struct media_row exact[] = {
    ROW("application/vnd.oci.image.index.v1+json", MEDIA_INDEX),
    ROW("application/vnd.docker.distribution.manifest.list.v2+json", MEDIA_INDEX),
    ROW("application/vnd.oci.image.manifest.v1+json", MEDIA_MANIFEST),
    ROW("application/vnd.docker.distribution.manifest.v2+json", MEDIA_MANIFEST),
    ROW("application/vnd.docker.distribution.manifest.v1+json", MEDIA_SCHEMA1),
    ROW("application/vnd.docker.distribution.manifest.v1+prettyjws", MEDIA_SCHEMA1),
    ROW("application/vnd.oci.image.config.v1+json", MEDIA_CONFIG),
    ROW("application/vnd.docker.container.image.v1+json", MEDIA_CONFIG),
    /* What the first registries answered for configs. */
    ROW("application/octet-stream", MEDIA_CONFIG),
    ROW("application/vnd.buildkit.cacheconfig.v0", MEDIA_CACHE),
    ROW("application/vnd.buildkit.historyrecord.v0", MEDIA_HISTORY),
    ROW("application/vnd.cncf.helm.config.v1+json", MEDIA_HELM),
    ROW("application/vnd.in-toto+json", MEDIA_ATTESTATION),
    ROW("application/vnd.docker.attestation.manifest.v1+json", MEDIA_ATTESTATION),
    ROW("application/vnd.dsse.envelope.v1+json", MEDIA_SIGNATURE),
};

static const struct media_row prefixes[] = {
    ROW("application/vnd.oci.image.layer.", MEDIA_LAYER),
    ROW("application/vnd.docker.image.rootfs.", MEDIA_LAYER),
    ROW("application/vnd.dev.cosign.", MEDIA_SIGNATURE),
    ROW("application/vnd.dev.sigstore.", MEDIA_SIGNATURE),
    ROW("application/vnd.cncf.notary.", MEDIA_SIGNATURE),
};

static bool contains(struct bytes s, const char *what)
{
	return s.len && memmem(s.ptr, s.len, what, strlen(what));
}

/* "...layer.v1.tar+gzip" is a tar; "...layer.nydus.blob.v1" and "...tar+encrypted" are not. */
static enum media_kind layer_kind(struct bytes type)
{
	if (contains(type, ".tar") && !contains(type, "+encrypted"))
		return MEDIA_LAYER;
	return MEDIA_LAYER_OPAQUE;
}

enum media_kind media_kind(struct bytes type)
{
	if (type.len == 0)
		return MEDIA_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(exact); i++)
		if (bytes_equal(type, exact[i].type))
			return exact[i].kind;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (bytes_starts_with(type, prefixes[i].type))
			return prefixes[i].kind == MEDIA_LAYER ? layer_kind(type)
							       : prefixes[i].kind;
	return MEDIA_OTHER;
}

static bool oci_layer(struct bytes type)
{
	return bytes_starts_with(type, BYTES("application/vnd.oci.image.layer."));
}

bool media_says_gzip(struct bytes type)
{
	return oci_layer(type) && bytes_ends_with(type, BYTES("+gzip"));
}

bool media_says_zstd(struct bytes type)
{
	return oci_layer(type) && bytes_ends_with(type, BYTES("+zstd"));
}

bool media_is_foreign(struct bytes type)
{
	return contains(type, "nondistributable") || contains(type, ".foreign.");
}

static int read_platform(const json_t *j, struct descriptor *d, struct err *err)
{
	json_t *p = NULL;
	int r = json_get_object(j, "platform", &p, err);

	if (r > 0)
		r = json_get_string(p, "os", &d->os, err);
	if (r >= 0 && p)
		r = json_get_string(p, "architecture", &d->architecture, err);
	if (r >= 0 && p)
		r = json_get_string(p, "variant", &d->variant, err);
	return MIN(r, 0);
}

static int read_annotations(const json_t *j, struct descriptor *d, struct err *err)
{
	struct bytes reference = BYTES_NULL;
	json_t *a = NULL;
	int r = json_get_object(j, "annotations", &a, err);

	if (r <= 0)
		return r;
	r = json_get_string(a, "io.containerd.image.name", &d->image_name, err);
	if (r >= 0)
		r = json_get_string(a, "org.opencontainers.image.ref.name", &d->ref_name, err);
	if (r >= 0)
		r = json_get_string(a, "vnd.docker.reference.type", &reference, err);
	if (bytes_equal(reference, BYTES("attestation-manifest")))
		d->attestation = true;
	if (r >= 0)
		r = json_get_string(a, "vnd.docker.reference.digest", &d->about, err);
	if (r >= 0)
		r = json_get_string(a, "in-toto.io/predicate-type", &d->predicate, err);
	if (r >= 0)
		r = json_get_string(a, "containerd.io/uncompressed", &d->diff_id, err);
	return MIN(r, 0);
}

static int read_size(const json_t *j, struct descriptor *d, struct err *err)
{
	int r = json_get_int(j, "size", &d->size, err);

	if (r > 0 && d->size < 0)
		return err_set(err, EBADMSG, "\"size\" is negative");
	return MIN(r, 0);
}

static int read_identity(const json_t *j, struct descriptor *d, struct err *err)
{
	struct bytes text = BYTES_NULL;
	json_t *urls = NULL;
	int r = json_get_string(j, "mediaType", &d->media_type, err);

	if (r >= 0)
		r = json_get_string(j, "digest", &text, err);
	if (r == 0)
		return err_set(err, EBADMSG, "a descriptor without \"digest\"");
	if (r > 0)
		r = digest_parse(text, &d->digest, err);
	if (r >= 0)
		r = read_size(j, d, err);
	if (r >= 0)
		r = json_get_array(j, "urls", &urls, err);
	d->has_urls = urls && json_array_size(urls) > 0;
	return MIN(r, 0);
}

int descriptor_parse(const json_t *j, struct descriptor *ret, struct err *err)
{
	struct descriptor d = {.size = -1};
	int r = read_identity(j, &d, err);

	if (r == 0)
		r = read_platform(j, &d, err);
	if (r == 0)
		r = read_annotations(j, &d, err);
	if (r < 0)
		return r;
	d.kind = media_kind(d.media_type);
	if (bytes_equal(d.os, BYTES("unknown")) &&
	    bytes_equal(d.architecture, BYTES("unknown")))
		d.attestation = true;
	*ret = d;
	return 0;
}

struct bytes descriptor_name(const struct descriptor *d)
{
	return d->image_name.len ? d->image_name : d->ref_name;
}

/* The tag part: behind the last ':' that is no port. */
static struct bytes tag_of(struct bytes ref)
{
	for (size_t i = ref.len; i-- > 0 && ref.ptr[i] != '/';)
		if (ref.ptr[i] == ':')
			return bytes_skip(ref, i + 1);
	return ref;
}

bool descriptor_is_signature_tag(const struct descriptor *d)
{
	static const struct bytes suffixes[] = {{".sig", 4}, {".att", 4}, {".sbom", 5}};
	struct bytes tag = tag_of(descriptor_name(d));

	if (!bytes_starts_with(tag, BYTES("sha256-")) || tag.len < 7 + 64)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (tag.len == 7 + 64 + suffixes[i].len && bytes_ends_with(tag, suffixes[i]))
			return true;
	return false;
}
