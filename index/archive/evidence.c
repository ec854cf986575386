/* SPDX-License-Identifier: MIT */
#include "archive/evidence.h"

#include "archive/oci.h"
#include "util/escape.h"

#define PROVENANCE_TYPE "https://slsa.dev/provenance/"
#define SNIFF_BYTES     256
/* All documents of one archive: its parser and the writer hold them in memory. */
#define ALL_MAX MIB(256)

DEFINE_VEC(descriptor_list, struct descriptor)

/* ---- reading ---- */

/* What cannot be understood is no reason to refuse the images beside it; archive.c makes it one
 * where nothing else is there. Blobs that are not what their digest says stay an error. */
static int set_aside(struct reader *r, int ret, const struct err *why, struct err *err)
{
	if (ret >= 0)
		return 0;
	if (ret == -ENOMEM)
		return err_oom(err);
	if (!r->notes[NOTE_UNREADABLE])
		r->unreadable = *why;
	reader_note(r, NOTE_UNREADABLE);
	return 0;
}

/* 1: it was not read yet, with this image as what it is about. */
static int is_new(struct reader *r, const struct digest *blob, const struct digest *about,
		  struct err *err)
{
	vec_foreach (e, &r->evidence)
		if (digest_equal(&e->blob, blob) && digest_equal(&e->about, about))
			return 0;
	if (r->evidence.n >= r->limits->manifests)
		return err_set(err, EFBIG,
			       "more documents about builds than limit manifests (%llu)",
			       (unsigned long long)r->limits->manifests);
	if (seen_evidence_vec_push(&r->evidence, (struct seen_evidence){*blob, *about}) < 0)
		return err_oom(err);
	return 1;
}

/* 1, or 0 with a note: it is not there, or larger than can be. */
static int read_blob(struct reader *r, const struct descriptor *d, enum note absent,
		     struct document *ret, struct err *err)
{
	struct limits limits = *r->limits;
	struct err why = ERR_INIT;
	int result;

	limits.json_bytes = MIN(ARCHIVE_EVIDENCE_MAX, ALL_MAX - r->evidence_bytes);
	result = blobs_read_digest(r->blobs, &d->digest, d->size, &limits, ret, err);
	if (result == 0)
		reader_note(r, absent);
	if (result > 0)
		r->evidence_bytes += ret->len;
	if (result != -EFBIG)
		return result;
	result = err_set(&why, EFBIG,
			 "documents about builds of more than 40 MiB, or 256 MiB in all");
	return set_aside(r, result, &why, err);
}

/* ---- what is found ---- */

/* Takes the text over. */
static int add_document(struct reader *r, enum archive_evidence kind, struct document *doc,
			const struct digest *about, struct bytes name,
			struct archive_layer_vec *layers, struct err *err)
{
	struct archive_image d = {.evidence = kind, .manifest_digest = *about};
	size_t at;
	int ret;

	d.config = steal_ptr(&doc->text);
	d.config_len = doc->len;
	if (layers) {
		d.layers = *layers;
		*layers = (struct archive_layer_vec){0};
	}
	ret = reader_add_image(r, &d, &at, err);
	if (ret < 0) {
		archive_image_release(&d);
		return ret;
	}
	return name.len ? reader_name_image(r, at, name, 0, err) : 0;
}

/* A digest in an annotation: nothing if it is none. */
static struct digest optional_digest(struct bytes text)
{
	struct digest d = {0};

	if (!text.len || digest_parse(text, &d, NULL) < 0)
		return (struct digest){0};
	return d;
}

/* ---- statements ---- */

static bool names_provenance(struct bytes predicate)
{
	return bytes_starts_with(predicate, BYTES(PROVENANCE_TYPE));
}

/* Where the descriptor does not say what it is about. What is no statement is something else.
 */
static bool sniff_statement(const struct document *doc)
{
	_cleanup_(json_freep) json_t *json = NULL;
	struct bytes predicate = BYTES_NULL;

	return json_parse_up_to(bytes_make(doc->text, doc->len), ARCHIVE_EVIDENCE_MAX, &json,
				NULL) == 0 &&
	       json_get_string(json, "predicateType", &predicate, NULL) > 0 &&
	       names_provenance(predicate);
}

/* 1: taken, or passed over with its own note. 0: it is something else. */
static int read_statement(struct reader *r, const struct descriptor *layer,
			  const struct digest *about, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	int ret = is_new(r, &layer->digest, about, err);

	if (ret > 0)
		ret = read_blob(r, layer, NOTE_ATTESTATION, &doc, err);
	if (ret <= 0)
		return ret < 0 ? ret : 1;
	if (!layer->predicate.len && !sniff_statement(&doc))
		return 0;
	ret = add_document(r, ARCHIVE_PROVENANCE, &doc, about, BYTES_NULL, NULL, err);
	return ret < 0 ? ret : 1;
}

int evidence_read_statements(struct reader *r, enum note what, const struct descriptor *self,
			     const struct descriptor *layers, size_t n, struct err *err)
{
	struct digest about = optional_digest(self->about);
	bool taken = false, others = false;

	for (size_t k = 0; k < n; k++) {
		const struct descriptor *l = &layers[k];
		int ret = 0;

		if (l->kind != MEDIA_ATTESTATION)
			continue;
		if (!l->predicate.len || names_provenance(l->predicate))
			ret = read_statement(r, l, &about, err);
		if (ret < 0)
			return ret;
		taken |= ret > 0;
		others |= ret == 0;
	}
	if (!taken)
		reader_note(r, what);
	else if (others)
		reader_note(r, NOTE_ATTESTATION);
	return 0;
}

static int list_layers(const json_t *manifest, struct descriptor_list *ret, struct err *err)
{
	json_t *list = NULL;
	const json_t *item;
	size_t k;
	int r = json_get_array(manifest, "layers", &list, err);

	if (r <= 0)
		return r;
	json_array_foreach(list, k, item)
	{
		struct descriptor d;

		r = descriptor_parse(item, &d, err);
		if (r < 0)
			return r;
		if (descriptor_list_push(ret, d) < 0)
			return err_oom(err);
	}
	return 0;
}

static int read_attestation(struct reader *r, const struct descriptor *d,
			    const struct document *doc, struct err *err)
{
	_cleanup_(descriptor_list_release) struct descriptor_list layers = {0};
	_cleanup_(json_freep) json_t *json = NULL;
	struct err why = ERR_INIT;
	int ret = json_parse(bytes_make(doc->text, doc->len), &json, &why);

	if (ret == 0)
		ret = list_layers(json, &layers, &why);
	if (ret < 0) {
		(void)err_prefix(&why, ret, "an attestation");
		return set_aside(r, ret, &why, err);
	}
	return evidence_read_statements(r, NOTE_ATTESTATION, d, layers.v, layers.n, err);
}

int evidence_read_attestation(struct reader *r, const struct descriptor *d, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	struct digest about = optional_digest(d->about);
	int ret = is_new(r, &d->digest, &about, err);

	if (ret > 0)
		ret = read_blob(r, d, NOTE_ATTESTATION, &doc, err);
	return ret <= 0 ? ret : read_attestation(r, d, &doc, err);
}

/* ---- caches ---- */

static const struct descriptor *find_layer(const struct descriptor *layers, size_t n,
					   const struct digest *blob)
{
	for (size_t k = 0; k < n; k++)
		if (digest_equal(&layers[k].digest, blob))
			return &layers[k];
	return NULL;
}

/* One layer of the config. Without its blob or its DiffID it is only a place in the list. */
static int locate(struct reader *r, const struct descriptor *d, const struct digest *blob,
		  struct archive_layer *l, struct err *err)
{
	int ret;

	*l = (struct archive_layer){.blob_digest = *blob, .size = -1, .missing = true};
	if (!d)
		return 0;
	l->diff_id = optional_digest(d->diff_id);
	l->size = d->size;
	l->declared_gzip = media_says_gzip(d->media_type);
	l->declared_zstd = media_says_zstd(d->media_type);
	/* Encrypted, or of a format that is no tar: nothing to be read. */
	if (l->diff_id.alg == DIGEST_NONE || (d->kind != MEDIA_LAYER && d->kind != MEDIA_NONE))
		return 0;
	ret = blobs_find_digest(r->blobs, blob, &l->blob, err);
	l->missing = ret <= 0;
	return MIN(ret, 0);
}

static int read_cache_layers(struct reader *r, const json_t *config,
			     const struct descriptor *layers, size_t n,
			     struct archive_layer_vec *ret, struct err *err)
{
	json_t *list = NULL;
	const json_t *item;
	size_t k;
	int result = json_get_array(config, "layers", &list, err);

	if (result <= 0)
		return result;
	if (json_array_size(list) > r->limits->layers)
		return err_set(err, EFBIG, "a BuildKit cache of more than limit layers (%llu)",
			       (unsigned long long)r->limits->layers);
	json_array_foreach(list, k, item)
	{
		struct bytes text = BYTES_NULL;
		struct archive_layer l;
		struct digest blob;

		result = json_get_string(item, "blob", &text, err);
		if (result >= 0)
			result = digest_parse(text, &blob, err);
		if (result == 0)
			result = locate(r, find_layer(layers, n, &blob), &blob, &l, err);
		if (result < 0)
			return err_prefix(err, result, "layer %zu of a BuildKit cache", k + 1);
		if (archive_layer_vec_push(ret, l) < 0) {
			archive_layer_release(&l);
			return err_oom(err);
		}
	}
	return 0;
}

/* The text is what `config` names. */
static int take_cache(struct reader *r, struct document *doc, struct bytes name,
		      const struct descriptor *layers, size_t n, struct err *err)
{
	_cleanup_(archive_layers_release) struct archive_layer_vec found = {0};
	_cleanup_(json_freep) json_t *json = NULL;
	struct err why = ERR_INIT;
	int ret = json_parse_up_to(bytes_make(doc->text, doc->len), ARCHIVE_EVIDENCE_MAX, &json,
				   &why);

	if (ret == 0)
		ret = read_cache_layers(r, json, layers, n, &found, &why);
	if (ret < 0)
		return set_aside(r, ret, &why, err);
	return add_document(r, ARCHIVE_CACHE, doc, &(struct digest){0}, name, &found, err);
}

int evidence_read_cache(struct reader *r, const struct descriptor *self,
			const struct descriptor *config, const struct descriptor *layers,
			size_t n, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	struct bytes name = self ? descriptor_name(self) : BYTES_NULL;
	int ret = is_new(r, &config->digest, &(struct digest){0}, err);

	if (ret > 0)
		ret = read_blob(r, config, NOTE_CACHE, &doc, err);
	return ret <= 0 ? ret : take_cache(r, &doc, name, layers, n, err);
}

/* The layers that an index lists beside its one cache config. */
static int list_cache(const json_t *index, struct descriptor *config,
		      struct descriptor_list *layers, struct err *err)
{
	json_t *list = NULL;
	const json_t *item;
	size_t k;
	int ret = json_get_array(index, "manifests", &list, err);

	if (ret <= 0)
		return ret;
	json_array_foreach(list, k, item)
	{
		struct descriptor d;

		ret = descriptor_parse(item, &d, err);
		if (ret < 0)
			return ret;
		if (d.kind == MEDIA_CACHE)
			*config = d;
		else if (descriptor_list_push(layers, d) < 0)
			return err_oom(err);
	}
	return 0;
}

int evidence_read_cache_index(struct reader *r, const json_t *index,
			      const struct descriptor *self, struct err *err)
{
	_cleanup_(descriptor_list_release) struct descriptor_list layers = {0};
	struct descriptor config = {0};
	struct err why = ERR_INIT;
	int ret = list_cache(index, &config, &layers, &why);

	if (ret < 0)
		return set_aside(r, ret, &why, err);
	return evidence_read_cache(r, self, &config, layers.v, layers.n, err);
}

/* ---- JSON files ---- */

bool evidence_is_json(struct source *file)
{
	char head[SNIFF_BYTES];
	size_t n = 0;

	if (source_pread(file, head, sizeof(head), 0, &n, NULL) < 0)
		return false;
	for (size_t k = 0; k < n; k++)
		if (!strchr(" \t\r\n", head[k] ? head[k] : 1))
			return head[k] == '{';
	return false;
}

/* Any of the shapes that model/provenance.h reads. */
static bool looks_like_provenance(json_t *j)
{
	static const char *const members[] = {"predicateType", "payloadType", "buildType",
					      "buildDefinition"};
	const char *key;
	json_t *value;

	for (size_t k = 0; k < ARRAY_SIZE(members); k++)
		if (json_object_get(j, members[k]))
			return true;
	json_object_foreach(j, key, value)
	{
		if (strncmp(key, "buildx.build.provenance", 23) == 0)
			return true;
	}
	return false;
}

int evidence_read_json(struct reader *r, struct source *file, const char *name, struct err *err)
{
	_cleanup_(document_release) struct document doc = {0};
	_cleanup_(json_freep) json_t *json = NULL;
	uint64_t size = file->size;
	int ret;

	if (size > ARCHIVE_EVIDENCE_MAX)
		return err_set(err, EFBIG, "a JSON file over 40 MiB");
	doc.text = malloc(size + 1);
	if (!doc.text)
		return err_oom(err);
	ret = source_pread(file, doc.text, size, 0, &doc.len, err);
	if (ret == 0)
		ret = json_parse_up_to(bytes_make(doc.text, doc.len), ARCHIVE_EVIDENCE_MAX,
				       &json, err);
	if (ret < 0)
		return ret;
	if (!looks_like_provenance(json))
		return err_set(err, EINVAL,
			       "a JSON file that is no provenance (expected a statement, a "
			       "metadata file of buildx or a DSSE envelope)");
	return add_document(r, ARCHIVE_PROVENANCE, &doc, &(struct digest){0},
			    bytes_from_str(name), NULL, err);
}
