/* SPDX-License-Identifier: MIT */
#include "ingest/plan.h"

#include "util/escape.h"

#include <inttypes.h>
#include <stdio.h>

void plan_release(struct plan *p)
{
	plan_layer_vec_release(&p->layers);
}

const char *plan_layer_name(const struct archive *a, const struct plan_layer *l, char *out,
			    size_t size)
{
	const struct archive_image *img = &a->images.v[l->image];
	char name[256], hex[DIGEST_TEXT_MAX];

	if (a->images.n == 1) {
		snprintf(out, size, "layer %u", l->layer + 1);
		return out;
	}
	if (img->names.n)
		escape_short(bytes_make(img->names.v[0].reference, img->names.v[0].len), name,
			     sizeof(name));
	else if (img->evidence)
		snprintf(name, sizeof(name), "a BuildKit cache");
	else
		snprintf(name, sizeof(name), "sha256:%.12s",
			 digest_hex(&img->config_digest, hex));
	snprintf(out, size, "%s: layer %u", name, l->layer + 1);
	return out;
}

/* What the manifest says of a blob and its first bytes already refute. */
static int check_declared(const struct archive_layer *what, enum codec codec, struct err *err)
{
	if (what->size >= 0 && (uint64_t)what->size != what->blob.len)
		return err_set(err, EBADMSG,
			       "the manifest says %" PRId64 " bytes but the blob has %" PRIu64
			       " (the archive is damaged or was altered)",
			       what->size, what->blob.len);
	if (codec == CODEC_BZIP2)
		return err_set(err, EINVAL,
			       "compressed with bzip2, which no image format allows "
			       "(bunzip2 it first)");
	if (what->declared_gzip && codec != CODEC_GZIP)
		return err_set(err, EBADMSG, "declared as gzip, but its bytes are %s",
			       codec == CODEC_NONE ? "not compressed" : codec_name(codec));
	if (what->declared_zstd && codec != CODEC_ZSTD)
		return err_set(err, EBADMSG, "declared as zstd, but its bytes are %s",
			       codec == CODEC_NONE ? "not compressed" : codec_name(codec));
	return 0;
}

static int sniff(const struct archive *a, struct plan_layer *l, struct err *err)
{
	char magic[CODEC_MAGIC_BYTES], name[320];
	size_t n;
	int r;

	if (l->what->missing)
		return 0;
	r = source_pread(l->what->blob.source, magic, sizeof(magic), 0, &n, err);
	if (r == 0) {
		l->codec = codec_detect(magic, n);
		r = check_declared(l->what, l->codec, err);
	}
	if (r < 0)
		return err_prefix(err, r, "%s", plan_layer_name(a, l, name, sizeof(name)));
	return 0;
}

static int list_layers(const struct archive *a, struct plan *p, struct err *err)
{
	for (uint32_t i = 0; i < a->images.n; i++) {
		const struct archive_image *img = &a->images.v[i];

		for (uint32_t k = 0; k < img->layers.n; k++) {
			struct plan_layer l = {i, k, &img->layers.v[k], CODEC_NONE,
					       PLAN_NOTHING};
			int r = sniff(a, &l, err);

			if (r < 0)
				return r;
			if (plan_layer_vec_push(&p->layers, l) < 0)
				return err_oom(err);
		}
	}
	return 0;
}

static int compare_place(const struct blob_place *a, const struct blob_place *b)
{
	int c = strcmp(a->path ? a->path : "", b->path ? b->path : "");

	return c ? c : (a->offset > b->offset) - (a->offset < b->offset);
}

/* By DiffID, then place, then order in the archive: equal ones become neighbours. */
static int compare_layers(const void *x, const void *y)
{
	const struct plan_layer *a = *(struct plan_layer *const *)x;
	const struct plan_layer *b = *(struct plan_layer *const *)y;
	int c = digest_cmp(&a->what->diff_id, &b->what->diff_id);

	if (c == 0)
		c = compare_place(&a->what->blob, &b->what->blob);
	return c ? c : (a > b) - (a < b);
}

static bool same_diff_id(const struct plan_layer *a, const struct plan_layer *b)
{
	return a->what->diff_id.alg != DIGEST_NONE &&
	       digest_equal(&a->what->diff_id, &b->what->diff_id);
}

/*
 * prev: the present layer before this one in sorted order, NULL for the first. A layer without
 * a declared DiffID (--layer) is always read: only that tells what it is.
 */
static enum plan_action action_for(const struct plan_layer *l, const struct plan_layer *prev,
				   const struct known *known, bool verify)
{
	bool again = prev && same_diff_id(prev, l);

	if (l->what->diff_id.alg == DIGEST_NONE)
		return PLAN_WALK;
	if (!again && !known_has(known, &l->what->diff_id))
		return PLAN_WALK;
	if (!verify || (again && compare_place(&prev->what->blob, &l->what->blob) == 0))
		return PLAN_NOTHING;
	return PLAN_HASH;
}

static int choose(struct plan *p, const struct known *known, bool verify, struct err *err)
{
	_cleanup_free_ struct plan_layer **sorted = calloc(p->layers.n + 1, sizeof(*sorted));
	const struct plan_layer *prev = NULL;
	size_t n = 0;

	if (!sorted)
		return err_oom(err);
	vec_foreach (l, &p->layers)
		if (!l->what->missing)
			sorted[n++] = l;
	qsort(sorted, n, sizeof(*sorted), compare_layers);
	for (size_t i = 0; i < n; i++) {
		sorted[i]->action = action_for(sorted[i], prev, known, verify);
		if (sorted[i]->action != PLAN_NOTHING) {
			p->jobs++;
			p->bytes += sorted[i]->what->blob.len;
		}
		prev = sorted[i];
	}
	return 0;
}

int plan_make(const struct archive *a, const struct known *known, bool verify, struct plan *ret,
	      struct err *err)
{
	int r;

	*ret = (struct plan){0};
	r = list_layers(a, ret, err);
	if (r == 0)
		r = choose(ret, known, verify, err);
	if (r < 0)
		plan_release(ret);
	return r;
}
