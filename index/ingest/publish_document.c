/* SPDX-License-Identifier: MIT */
#include "ingest/publish_document.h"

#include "model/buildcache.h"
#include "model/provenance.h"
#include "store/documents.h"

#include <stdio.h>
#include <time.h>

/* All of them: a metadata file has one a platform. */
static int check_provenance(struct bytes body, struct err *err)
{
	uint32_t n = 0;
	int r = provenance_count(body, &n, err);

	for (uint32_t k = 0; r == 0 && k < n; k++) {
		_cleanup_(provenance_freep) struct provenance *p = NULL;

		r = provenance_parse(body, k, &p, err);
	}
	return r;
}

/* What cannot be read is not kept: it would be evidence of nothing. */
static int check(const struct intake_image *doc, struct err *err)
{
	_cleanup_(buildcache_freep) struct buildcache *c = NULL;
	struct bytes body = buf_bytes(&doc->config);

	return doc->evidence == ARCHIVE_CACHE ? buildcache_parse(body, &c, err)
					      : check_provenance(body, err);
}

/* Of a document that was there already, those that are there only now. */
static int add_layers(struct writer *w, const struct intake_image *doc, int64_t id,
		      bool *ret_changed, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < doc->layers.n; i++) {
		const struct intake_layer *l = &doc->layers.v[i];
		char diff_id[DIGEST_TEXT_MAX], blob[DIGEST_TEXT_MAX];
		struct document_layer_row row = {
		    .ord = (uint32_t)i,
		    .layer = l->missing ? 0 : l->row,
		    .diff_id = digest_format(&l->diff_id, diff_id),
		    .blob_digest = digest_format(&l->blob_digest, blob),
		    .blob_bytes = l->missing ? l->size : (int64_t)l->len,
		    .codec = l->missing ? NULL : codec_name(l->codec),
		};

		r = document_add_layer(w->db, id, &row, err);
		*ret_changed |= r > 0;
	}
	return MIN(r, 0);
}

static int publish_one(struct writer *w, const struct intake_image *doc,
		       struct ingest_result *ret, bool *ret_changed, struct err *err)
{
	char subject[DIGEST_TEXT_MAX];
	struct document_row row = {
	    .kind = doc->evidence == ARCHIVE_CACHE ? DOCUMENT_CACHE : DOCUMENT_PROVENANCE,
	    .body = buf_bytes(&doc->config),
	    .subject = bytes_from_str(digest_format(&doc->manifest_digest, subject)),
	    .name = doc->names.n ? bytes_from_str(doc->names.v[0].reference) : BYTES_NULL,
	    .input = bytes_from_str(w->input->path),
	    .indexed = time(NULL),
	};
	int64_t id;
	int r = document_add(w->db, &row, &id, err);

	if (doc->evidence == ARCHIVE_CACHE)
		ret->caches++;
	else
		ret->provenances++;
	*ret_changed |= r > 0;
	return r < 0 ? r : add_layers(w, doc, id, ret_changed, err);
}

static int add_note(struct writer *w, uint32_t unreadable, struct err *err)
{
	const char *before = w->intake.notes ? w->intake.notes : "";
	char *notes = NULL;

	if (asprintf(&notes, "%s%s%u document%s about builds that cannot be read", before,
		     *before ? ", " : "", unreadable, unreadable == 1 ? "" : "s") < 0)
		return err_oom(err);
	free(w->intake.notes);
	w->intake.notes = notes;
	return 0;
}

int publish_documents(struct writer *w, struct ingest_result *ret, bool *ret_changed,
		      struct err *err)
{
	struct err why = ERR_INIT, first = ERR_INIT;
	uint32_t unreadable = 0;

	vec_foreach (doc, &w->intake.images) {
		int r = doc->evidence ? check(doc, &why) : 1;

		if (r == -ENOMEM)
			return err_oom(err);
		if (r < 0 && unreadable++ == 0)
			first = why;
		if (r == 0)
			r = publish_one(w, doc, ret, ret_changed, err);
		else
			r = 0;
		if (r < 0)
			return r;
	}
	if (!unreadable)
		return 0;
	if (!ret->images.n && !ret->caches && !ret->provenances)
		return err_set(err, -first.code, "%s", first.msg);
	return add_note(w, unreadable, err);
}
