/* SPDX-License-Identifier: MIT */
#include "ingest/publish_document.h"

#include "model/buildcache.h"
#include "model/provenance.h"
#include "store/documents.h"

#include <stdio.h>
#include <time.h>

/* What cannot be read is not kept: it would be evidence of nothing. */
static int check(const struct intake_image *doc, struct err *err)
{
	struct bytes body = buf_bytes(&doc->config);
	uint32_t n;

	if (doc->evidence == ARCHIVE_CACHE) {
		_cleanup_(buildcache_freep) struct buildcache *c = NULL;

		return buildcache_parse(body, &c, err);
	} else {
		_cleanup_(provenance_freep) struct provenance *p = NULL;
		int r = provenance_count(body, &n, err);

		return r < 0 ? r : provenance_parse(body, 0, &p, err);
	}
}

static int add_layers(struct writer *w, const struct intake_image *doc, int64_t id,
		      struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < doc->layers.n; i++) {
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
	}
	return r;
}

static bool has_images(const struct writer *w)
{
	vec_foreach (img, &w->intake.images)
		if (!img->evidence)
			return true;
	return false;
}

/* Beside images, it is no reason to refuse them; alone, nothing would be left. */
static int unreadable(struct writer *w, int r, const char *what, struct err *err)
{
	char *notes = NULL;

	if (r == -ENOMEM || !has_images(w))
		return err_prefix(err, r, "%s", what);
	if (asprintf(&notes, "%s%s%s that cannot be read",
		     w->intake.notes ? w->intake.notes : "",
		     w->intake.notes && *w->intake.notes ? ", " : "", what) < 0)
		return err_oom(err);
	free(w->intake.notes);
	w->intake.notes = notes;
	return 0;
}

int publish_document(struct writer *w, const struct intake_image *doc, bool *ret_changed,
		     struct err *err)
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
	int r = check(doc, err);

	if (r < 0)
		return unreadable(
		    w, r, doc->evidence == ARCHIVE_CACHE ? "a BuildKit cache" : "a provenance",
		    err);
	r = document_add(w->db, &row, &id, err);
	if (r <= 0)
		return r;
	*ret_changed = true;
	return add_layers(w, doc, id, err);
}
