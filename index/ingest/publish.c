/* SPDX-License-Identifier: MIT */
#include "ingest/publish.h"

#include "ingest/place.h"
#include "ingest/publish_document.h"
#include "ingest/publish_names.h"
#include "model/builds.h"
#include "model/history.h"
#include "store/images.h"
#include "store/layers.h"

#include <time.h>

struct texts {
	char config[DIGEST_TEXT_MAX], manifest[DIGEST_TEXT_MAX];
};

/* ---- layers ---- */

static int publish_layer(struct writer *w, struct intake_layer *l, bool *changed,
			 struct err *err)
{
	char text[DIGEST_TEXT_MAX];
	struct layer_row row;
	bool made = false;
	int r;

	r = layers_find(w->db, digest_format(&l->diff_id, text), &row, err);
	if (r < 0 || (r == 0 && l->missing))
		return r;
	if (r == 0)
		return err_set(err, EAGAIN,
			       "a layer left the index while the input was read (try again)");
	l->row = row.id;
	r = 0;
	if (!row.published) {
		*changed = true;
		r = layers_publish(w->db, row.id, err);
	}
	if (r == 0 && !l->missing)
		r = place_record(w->db, w->input, l, row.id, true, changed, &made, err);
	return r;
}

/* ---- images ---- */

struct finding_image {
	const char *config_digest, *platform;
	int64_t id;
};

static int match_image(void *arg, const struct image_row *row)
{
	struct finding_image *f = arg;

	if (strcmp(row->config_digest, f->config_digest) != 0 ||
	    strcmp(row->platform, f->platform) != 0)
		return 0;
	f->id = row->id;
	return 1;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : (!a || !*a) && (!b || !*b);
}

static struct image_layer_row layer_row(const struct intake_layer *l, uint32_t position,
					char diff_id[DIGEST_TEXT_MAX],
					char blob_digest[DIGEST_TEXT_MAX])
{
	bool here = !l->missing;

	digest_format(&l->diff_id, diff_id);
	digest_format(&l->blob_digest, blob_digest);
	return (struct image_layer_row){
	    .position = position,
	    .layer = l->row,
	    .diff_id = diff_id,
	    .blob_digest = *blob_digest ? blob_digest : NULL,
	    .codec = here ? codec_name(l->codec) : NULL,
	    .media_type = l->media_type,
	    .blob_bytes = here ? (int64_t)l->len : l->size,
	};
}

struct comparing {
	const struct intake_image *img;
	uint32_t n;     /* rows seen */
	uint32_t empty; /* of those, without layer */
	bool differs;
};

static int compare_layer(void *arg, const struct image_layer_row *row)
{
	char diff_id[DIGEST_TEXT_MAX], blob_digest[DIGEST_TEXT_MAX];
	struct comparing *c = arg;
	struct image_layer_row want;

	c->empty += row->layer == 0;
	if (c->n >= c->img->layers.n) {
		c->differs = true;
		return 0;
	}
	want = layer_row(&c->img->layers.v[c->n], c->n + 1, diff_id, blob_digest);
	c->n++;
	if (want.layer != row->layer || !same_text(want.diff_id, row->diff_id) ||
	    !same_text(want.blob_digest, row->blob_digest) ||
	    !same_text(want.codec, row->codec) ||
	    !same_text(want.media_type, row->media_type) || want.blob_bytes != row->blob_bytes)
		c->differs = true;
	return 0;
}

/*
 * Does the index hold this image as it is, or better? Better: it came with its manifest (blob
 * digests, sizes as pulled), this input has none, and it lacks no layer.
 */
static int image_is_there(struct writer *w, const struct intake_image *img, int64_t id,
			  struct err *err)
{
	struct comparing c = {.img = img};
	struct image_row old;
	bool same, better;
	int r;

	r = image_layers_each(w->db, id, compare_layer, &c, err);
	if (r < 0)
		return r;
	r = images_get(w->db, id, &old, err);
	if (r <= 0)
		return r;
	same = bytes_equal(old.config, buf_bytes(&img->config)) &&
	       bytes_equal(old.manifest, buf_bytes(&img->manifest)) &&
	       same_text(old.format, w->intake.format) && !c.differs && c.n == img->layers.n;
	better = old.manifest.len && !img->has_manifest && !c.empty;
	return same || better;
}

static int insert_layers(struct writer *w, const struct intake_image *img, struct err *err)
{
	char diff_id[DIGEST_TEXT_MAX], blob_digest[DIGEST_TEXT_MAX];
	int r = 0;

	for (uint32_t i = 0; i < img->layers.n && r == 0; i++) {
		struct image_layer_row row =
		    layer_row(&img->layers.v[i], i + 1, diff_id, blob_digest);

		r = image_layers_insert(w->db, img->row, &row, err);
	}
	return r;
}

static int insert_history(struct writer *w, const struct intake_image *img, struct err *err)
{
	_cleanup_free_ struct history_entry *entries =
	    calloc(img->history.n + 1, sizeof(*entries));
	_cleanup_free_ uint32_t *positions = calloc(img->history.n + 1, sizeof(*positions));
	int r = 0;

	if (!entries || !positions)
		return err_oom(err);
	for (size_t i = 0; i < img->history.n; i++) {
		const struct intake_history *h = &img->history.v[i];

		entries[i] = (struct history_entry){
		    .created_by = buf_bytes(&h->created_by),
		    .comment = buf_bytes(&h->comment),
		    .author = buf_bytes(&h->author),
		    .empty_layer = h->empty_layer,
		};
	}
	history_positions(entries, img->history.n, (uint32_t)img->layers.n, positions);
	for (size_t i = 0; i < img->history.n && r == 0; i++) {
		struct history_row row = {
		    .ord = (uint32_t)i,
		    .position = positions[i],
		    .created = img->history.v[i].created,
		    .created_by = entries[i].created_by,
		    .comment = entries[i].comment,
		    .author = entries[i].author,
		    .empty_layer = entries[i].empty_layer,
		};

		r = history_insert(w->db, img->row, &row, err);
	}
	return r;
}

static int put_image(struct writer *w, struct intake_image *img, const struct texts *t,
		     struct err *err)
{
	struct image_row row = {
	    .config_digest = t->config,
	    .platform = img->platform,
	    .manifest_digest = *t->manifest ? t->manifest : NULL,
	    .created = img->created,
	    .format = w->intake.format,
	    .config = img->has_config ? buf_bytes(&img->config) : BYTES_NULL,
	    .manifest = img->has_manifest ? buf_bytes(&img->manifest) : BYTES_NULL,
	    .indexed = time(NULL),
	};
	int r;

	r = images_put(w->db, &row, &img->row, err);
	if (r == 0)
		r = insert_layers(w, img, err);
	return r < 0 ? r : insert_history(w, img, err);
}

static int publish_image(struct writer *w, struct intake_image *img, bool *changed,
			 struct err *err)
{
	struct finding_image f = {.platform = img->platform};
	struct texts t;
	int r;

	digest_format(&img->config_digest, t.config);
	digest_format(&img->manifest_digest, t.manifest);
	f.config_digest = t.config;
	r = images_each(w->db, match_image, &f, err);
	if (r == 1) {
		img->row = f.id;
		r = image_is_there(w, img, f.id, err);
	}
	if (r != 0)
		return r < 0 ? r : 0;
	*changed = true;
	return put_image(w, img, &t, err);
}

/* ---- all ---- */

static int add_result(struct ingest_result *ret, int64_t image, struct err *err)
{
	for (size_t i = 0; i < ret->images.n; i++)
		if (ret->images.v[i] == image)
			return 0;
	return ingest_image_vec_push(&ret->images, image) < 0 ? err_oom(err) : 0;
}

static int publish_all(struct writer *w, struct ingest_result *ret, struct err *err)
{
	bool changed = false;
	int r = 0;

	vec_foreach (img, &w->intake.images) {
		for (size_t i = 0; i < img->layers.n && r == 0; i++)
			r = publish_layer(w, &img->layers.v[i], &changed, err);
		if (r < 0)
			return r;
		if (img->evidence)
			continue;
		r = publish_image(w, img, &changed, err);
		if (r == 0)
			r = add_result(ret, img->row, err);
	}
	if (r == 0)
		r = publish_documents(w, ret, &changed, err);
	if (r == 0)
		r = publish_names(w->db, &w->intake, &changed, err);
	if (r == 0 && changed)
		r = builds_update(w->db, err);
	if (r >= 0 && changed)
		r = db_bump_generation(w->db, err);
	return r < 0 ? r : db_commit(w->db, err);
}

int publish(struct writer *w, struct ingest_result *ret, struct err *err)
{
	int r;

	r = db_begin(w->db, err);
	if (r < 0)
		return r;
	r = publish_all(w, ret, err);
	if (r < 0)
		db_rollback(w->db);
	return r;
}
