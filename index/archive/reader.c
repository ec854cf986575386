/* SPDX-License-Identifier: MIT */
#include "archive/reader.h"

#include "archive/image_config.h"

/* Far above any image; keeps the comparison of names with one another affordable. */
#define MAX_NAMES 4096

void archive_layer_release(struct archive_layer *l)
{
	free(l->media_type);
	blob_place_release(&l->blob);
	*l = (struct archive_layer){0};
}

void archive_layers_release(struct archive_layer_vec *v)
{
	vec_foreach (l, v)
		archive_layer_release(l);
	archive_layer_vec_release(v);
}

static void history_release(struct archive_history_vec *v)
{
	vec_foreach (h, v)
		image_history_release(h);
	archive_history_vec_release(v);
}

void archive_image_release(struct archive_image *img)
{
	free(img->config);
	free(img->manifest);
	free(img->os);
	free(img->architecture);
	free(img->variant);
	free(img->created);
	vec_foreach (n, &img->names)
		free(n->reference);
	archive_name_vec_release(&img->names);
	archive_layers_release(&img->layers);
	history_release(&img->history);
	*img = (struct archive_image){0};
}

void reader_release(struct reader *r)
{
	vec_foreach (n, &r->names)
		free(n->reference);
	pending_name_vec_release(&r->names);
	vec_foreach (s, &r->seen)
		free(s->images);
	seen_document_vec_release(&r->seen);
	seen_evidence_vec_release(&r->evidence);
}

ssize_t reader_find_image(const struct reader *r, const struct digest *config)
{
	for (size_t i = 0; i < r->a->images.n; i++)
		if (!r->a->images.v[i].evidence &&
		    digest_equal(&r->a->images.v[i].config_digest, config))
			return (ssize_t)i;
	return -1;
}

static int default_text(char **s)
{
	if (!*s)
		*s = strdup("");
	return *s ? 0 : -ENOMEM;
}

int reader_add_image(struct reader *r, struct archive_image *img, size_t *ret, struct err *err)
{
	if (default_text(&img->os) < 0 || default_text(&img->architecture) < 0 ||
	    default_text(&img->variant) < 0)
		return err_oom(err);
	*ret = r->a->images.n;
	if (archive_image_vec_push(&r->a->images, *img) < 0)
		return err_oom(err);
	*img = (struct archive_image){0};
	return 0;
}

static struct bytes without_prefix(struct bytes s, struct bytes prefix)
{
	return bytes_starts_with(s, prefix) ? bytes_skip(s, prefix.len) : s;
}

struct bytes reference_short(struct bytes ref)
{
	struct bytes bare = without_prefix(ref, BYTES("index.docker.io/"));

	bare = without_prefix(bare, BYTES("docker.io/"));
	return bare.len == ref.len ? ref : without_prefix(bare, BYTES("library/"));
}

/* 1: it is a name, 0: it is none. */
static int check_reference(struct bytes ref, struct err *err)
{
	if (ref.len == 0 || bytes_equal(ref, BYTES("<none>:<none>")))
		return 0;
	if (bytes_find(ref, 0) < ref.len)
		return err_set(err, EBADMSG, "an image name holds a NUL byte");
	return 1;
}

static bool has_name(const struct archive_image *img, struct bytes ref)
{
	struct bytes wanted = reference_short(ref);

	for (size_t i = 0; i < img->names.n; i++) {
		const struct archive_name *n = &img->names.v[i];

		if (bytes_equal(reference_short(bytes_make(n->reference, n->len)), wanted))
			return true;
	}
	return false;
}

int reader_name_image(struct reader *r, size_t image, struct bytes ref, unsigned event,
		      struct err *err)
{
	struct archive_image *img = &r->a->images.v[image];
	struct archive_name name = {.len = ref.len, .event = event};
	int ret = check_reference(ref, err);

	if (ret <= 0 || has_name(img, ref))
		return MIN(ret, 0);
	if (img->names.n == MAX_NAMES)
		return err_set(err, EFBIG, "one image has more than %d names", MAX_NAMES);
	name.reference = strndup(ref.ptr, ref.len);
	if (!name.reference || archive_name_vec_push(&img->names, name) < 0) {
		free(name.reference);
		return err_oom(err);
	}
	return 0;
}

int reader_name_later(struct reader *r, size_t image, struct bytes ref, struct err *err)
{
	struct pending_name n = {.image = image, .len = ref.len};
	int ret = check_reference(ref, err);

	if (ret <= 0)
		return ret;
	n.reference = strndup(ref.ptr, ref.len);
	if (!n.reference || pending_name_vec_push(&r->names, n) < 0) {
		free(n.reference);
		return err_oom(err);
	}
	return 0;
}

int reader_name_pending(struct reader *r, struct err *err)
{
	vec_foreach (n, &r->names) {
		int ret = reader_name_image(r, n->image, bytes_make(n->reference, n->len),
					    r->events++, err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

int reader_render_notes(struct reader *r, struct err *err)
{
	static const char *const words[NOTE_COUNT][2] = {
#define NOTE_WORDS(name, one, several) [NOTE_##name] = {one, several},
	    NOTES(NOTE_WORDS)
#undef NOTE_WORDS
	};
	struct buf *out = &r->a->notes;

	for (size_t i = 0; i < NOTE_COUNT; i++)
		if (r->notes[i])
			buf_addf(out, "%s%u %s", out->len ? ", " : "", r->notes[i],
				 words[i][r->notes[i] > 1]);
	return buf_status(out) < 0 ? err_oom(err) : 0;
}

bool reader_recognised(const struct reader *r)
{
	for (size_t i = 0; i < NOTE_COUNT; i++)
		if (r->notes[i] && i != NOTE_ABSENT_PLATFORM)
			return true;
	return false;
}
