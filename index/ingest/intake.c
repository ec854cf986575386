/* SPDX-License-Identifier: MIT */
#include "ingest/intake.h"

#include <stdio.h>

static void image_release(struct intake_image *img)
{
	vec_foreach (l, &img->layers) {
		free(l->media_type);
		free(l->path);
		seekpoints_release(&l->points);
	}
	vec_foreach (n, &img->names)
		free(n->reference);
	vec_foreach (h, &img->history) {
		free(h->created);
		buf_release(&h->created_by);
		buf_release(&h->comment);
		buf_release(&h->author);
	}
	intake_layer_vec_release(&img->layers);
	intake_name_vec_release(&img->names);
	intake_history_vec_release(&img->history);
	buf_release(&img->config);
	buf_release(&img->manifest);
	free(img->platform);
	free(img->created);
}

void intake_release(struct intake *in)
{
	vec_foreach (img, &in->images)
		image_release(img);
	intake_image_vec_release(&in->images);
	free(in->format);
	free(in->notes);
	in->format = in->notes = NULL;
}

static int nonsense(struct err *err, const char *what)
{
	return err_set(err, EBADMSG, "the parser process sent nonsense (%s)", what);
}

/* A C string of its own; NULL for none. */
static int keep_text(struct bytes b, char **ret, struct err *err)
{
	*ret = b.ptr ? strndup(b.ptr, b.len) : NULL;
	return b.ptr && !*ret ? err_oom(err) : 0;
}

static int keep_bytes(struct bytes b, struct buf *ret, struct err *err)
{
	return buf_add_bytes(ret, b) < 0 ? err_oom(err) : 0;
}

static struct intake_image *last_image(struct intake *in)
{
	return in->images.n ? &in->images.v[in->images.n - 1] : NULL;
}

static int take_archive(struct intake *in, struct wire_cursor *c, struct err *err)
{
	struct msg_archive m;
	int r;

	r = msg_get_archive(c, &m, err);
	if (r < 0)
		return r;
	if (in->format)
		return nonsense(err, "a second archive");
	if (!m.format.len)
		return nonsense(err, "no format");
	r = keep_text(m.format, &in->format, err);
	return r < 0 ? r : keep_text(m.notes, &in->notes, err);
}

/* "linux/arm64/v8"; "" where nothing is known. */
static int make_platform(const struct msg_image *m, char **ret, struct err *err)
{
	int n;

	if (!m->os.len && !m->architecture.len)
		n = asprintf(ret, "%s", "");
	else
		n = asprintf(ret, "%.*s/%.*s%s%.*s", (int)m->os.len, m->os.ptr,
			     (int)m->architecture.len, m->architecture.ptr,
			     m->variant.len ? "/" : "", (int)m->variant.len, m->variant.ptr);
	if (n < 0)
		*ret = NULL;
	return n < 0 ? err_oom(err) : 0;
}

static int fill_image(const struct msg_image *m, struct intake_image *img, struct err *err)
{
	int r;

	img->evidence = (enum archive_evidence)m->evidence;
	img->config_digest = m->config_digest;
	img->manifest_digest = m->manifest_digest;
	img->has_config = m->config.ptr;
	img->has_manifest = m->manifest.ptr;
	img->bare = m->bare;
	r = keep_bytes(m->config, &img->config, err);
	if (r == 0)
		r = keep_bytes(m->manifest, &img->manifest, err);
	if (r == 0)
		r = make_platform(m, &img->platform, err);
	return r < 0 ? r : keep_text(m->created, &img->created, err);
}

static int take_image(struct intake *in, struct wire_cursor *c, struct err *err)
{
	struct msg_image m;
	int r;

	r = msg_get_image(c, &m, err);
	if (r < 0)
		return r;
	if (!in->format)
		return nonsense(err, "an image before the archive");
	if (in->images.n >= in->limits->manifests)
		return err_set(err, EFBIG, "too many images (limit manifests)");
	if (m.evidence > ARCHIVE_CACHE)
		return nonsense(err, "evidence of an unknown kind");
	if (m.config_digest.alg == DIGEST_NONE && !m.bare && !m.evidence)
		return nonsense(err, "an image without identity");
	if (MAX(m.os.len, MAX(m.architecture.len, m.variant.len)) > KIB(4))
		return err_set(err, EBADMSG, "the platform of an image is over 4 KiB long");
	if (intake_image_vec_push(&in->images, (struct intake_image){0}) < 0)
		return err_oom(err);
	return fill_image(&m, last_image(in), err);
}

/* Below the input and nowhere else. */
static bool path_is_inside(struct bytes path)
{
	struct bytes part;

	if (!path.len || path.len > 4000 || path.ptr[0] == '/')
		return false;
	while (bytes_next_component(&path, &part))
		if (bytes_equal(part, BYTES("..")))
			return false;
	return true;
}

static int check_place(const struct intake *in, const struct msg_layer *m, struct err *err)
{
	uint64_t end;

	if (m->missing)
		return 0;
	if ((m->path.ptr != NULL) != in->directory)
		return nonsense(err, "a place of the wrong kind");
	if (m->path.ptr && !path_is_inside(m->path))
		return nonsense(err, "a blob outside the input");
	if (add_overflows(m->offset, m->len, &end) ||
	    end > (in->directory ? m->identity.size : in->file_size))
		return nonsense(err, "a blob behind the end of the file");
	return 0;
}

static int take_layer(struct intake *in, struct wire_cursor *c, struct err *err)
{
	struct intake_image *img = last_image(in);
	struct msg_layer m;
	struct intake_layer *l;
	int r;

	r = msg_get_layer(c, &m, err);
	if (r < 0)
		return r;
	if (!img ||
	    (m.diff_id.alg == DIGEST_NONE && !img->bare && !(img->evidence && m.missing)) ||
	    (img->bare && img->layers.n))
		return nonsense(err, "a layer out of place");
	if (img->layers.n >= in->limits->layers)
		return err_set(err, EFBIG, "too many layers (limit layers)");
	r = check_place(in, &m, err);
	if (r < 0)
		return r;
	if (intake_layer_vec_push(&img->layers, (struct intake_layer){0}) < 0)
		return err_oom(err);
	l = &img->layers.v[img->layers.n - 1];
	l->diff_id = m.diff_id;
	l->blob_digest = m.blob_digest;
	l->size = m.size;
	l->missing = m.missing;
	l->codec = m.codec;
	l->offset = m.offset;
	l->len = m.len;
	l->identity = m.identity;
	r = keep_text(m.media_type, &l->media_type, err);
	return r < 0 ? r : keep_text(m.missing ? BYTES_NULL : m.path, &l->path, err);
}

static int take_name(struct intake *in, struct wire_cursor *c, struct err *err)
{
	struct intake_image *img = last_image(in);
	struct intake_name new = {0};
	struct msg_name m;
	int r;

	r = msg_get_name(c, &m, err);
	if (r < 0)
		return r;
	if (!img)
		return nonsense(err, "a name without image");
	r = keep_text(m.reference, &new.reference, err);
	if (r < 0)
		return r;
	new.event = m.event;
	if (intake_name_vec_push(&img->names, new) < 0) {
		free(new.reference);
		return err_oom(err);
	}
	return 0;
}

static int take_history(struct intake *in, struct wire_cursor *c, struct err *err)
{
	struct intake_image *img = last_image(in);
	struct intake_history *h;
	struct msg_history m;
	int r;

	r = msg_get_history(c, &m, err);
	if (r < 0)
		return r;
	if (!img)
		return nonsense(err, "history without image");
	if (intake_history_vec_push(&img->history, (struct intake_history){0}) < 0)
		return err_oom(err);
	h = &img->history.v[img->history.n - 1];
	h->empty_layer = m.empty_layer;
	r = keep_text(m.created, &h->created, err);
	if (r == 0)
		r = keep_bytes(m.created_by, &h->created_by, err);
	if (r == 0)
		r = keep_bytes(m.comment, &h->comment, err);
	return r < 0 ? r : keep_bytes(m.author, &h->author, err);
}

int intake_take(struct intake *in, enum wire_type type, struct wire_cursor *c, struct err *err)
{
	switch (type) {
	case WIRE_ARCHIVE:
		return take_archive(in, c, err);
	case WIRE_IMAGE:
		return take_image(in, c, err);
	case WIRE_LAYER:
		return take_layer(in, c, err);
	case WIRE_NAME:
		return take_name(in, c, err);
	case WIRE_HISTORY:
		return take_history(in, c, err);
	default:
		return nonsense(err, "a message out of order");
	}
}

struct intake_layer *intake_layer(struct intake *in, uint32_t image, uint32_t layer)
{
	if (image >= in->images.n || layer >= in->images.v[image].layers.n)
		return NULL;
	return &in->images.v[image].layers.v[layer];
}

int intake_layer_read(struct intake *in, uint32_t image, uint32_t layer,
		      const struct digest *diff_id, const struct digest *blob_digest,
		      struct intake_layer **ret, struct err *err)
{
	struct intake_layer *l = intake_layer(in, image, layer);

	if (!l || l->missing || l->verified)
		return nonsense(err, "a layer that was not announced");
	if (l->diff_id.alg != DIGEST_NONE && !digest_equal(&l->diff_id, diff_id))
		return nonsense(err, "another DiffID than the declared one");
	if (l->blob_digest.alg != DIGEST_NONE && !digest_equal(&l->blob_digest, blob_digest))
		return nonsense(err, "another digest than the declared one");
	l->diff_id = *diff_id;
	l->blob_seen = *blob_digest;
	l->verified = true;
	if (in->images.v[image].bare)
		in->images.v[image].config_digest = *diff_id;
	*ret = l;
	return 0;
}
