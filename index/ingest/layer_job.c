/* SPDX-License-Identifier: MIT */
#include "ingest/layer_job.h"

#include "ingest/digester.h"
#include "ingest/message.h"
#include "ingest/walk_layer.h"
#include "io/hash.h"

/* Seek points cost some 10 KB each; large layers get fewer. */
#define SPACING_SMALL MIB(2)
#define SPACING_LARGE MIB(4)
#define LARGE_BLOB    MIB(512)

#define ALTERED "(the archive is damaged or was altered)"

/* ---- digests ---- */

/* moby writes layers without members as files of 0 bytes, but with the DiffID of the two zero
 * blocks that end an empty tar. */
static bool is_empty_layer(const struct digest *declared, uint64_t bytes)
{
	static const char end[1024];
	struct digest of_end;
	unsigned char raw[32];

	if (bytes)
		return false;
	sha256_of(end, sizeof(end), raw);
	of_end = digest_sha256(raw);
	return digest_equal(declared, &of_end);
}

static int check_digests(const struct archive_layer *what, const struct decoding_result *got,
			 struct err *err)
{
	char is[DIGEST_TEXT_MAX], should[DIGEST_TEXT_MAX];

	if (what->blob_digest.alg != DIGEST_NONE &&
	    !digest_equal(&what->blob_digest, &got->blob_digest))
		return err_set(err, EBADMSG,
			       "the blob's digest is %s but the manifest says %s " ALTERED,
			       digest_format(&got->blob_digest, is),
			       digest_format(&what->blob_digest, should));
	if (what->diff_id.alg != DIGEST_NONE && !digest_equal(&what->diff_id, &got->diff_id) &&
	    !is_empty_layer(&what->diff_id, got->bytes))
		return err_set(err, EBADMSG, "DiffID is %s but the config says %s " ALTERED,
			       digest_format(&got->diff_id, is),
			       digest_format(&what->diff_id, should));
	return 0;
}

static int digest_stored(struct source *s, enum digest_alg alg, struct digest *ret)
{
	_cleanup_(digester_freep) struct digester *d = NULL;
	_cleanup_free_ char *chunk = malloc(MIB(1));
	uint64_t off = 0;
	size_t n;

	if (!chunk || digester_new(alg, &d, NULL) < 0)
		return -ENOMEM;
	do {
		if (source_pread(s, chunk, MIB(1), off, &n, NULL) < 0)
			return -EIO;
		digester_update(d, chunk, n);
		off += n;
	} while (n);
	*ret = digester_final(d);
	return 0;
}

/*
 * A blob that cannot be decoded or walked: when its bytes are not the declared ones, that is
 * the cause to tell. Otherwise the message stays.
 */
static int blame_digest(const struct plan_layer *l, int r, struct err *err)
{
	const struct archive_layer *what = l->what;
	struct decoding_result got = {.bytes = 1};
	const struct digest *declared = &what->blob_digest;
	struct err told = ERR_INIT;

	if (r != -EBADMSG)
		return r;
	if (declared->alg == DIGEST_NONE && l->codec == CODEC_NONE)
		declared = &what->diff_id;
	if (declared->alg == DIGEST_NONE ||
	    digest_stored(what->blob.source, declared->alg, &got.blob_digest) < 0)
		return r;
	got.diff_id = declared == &what->diff_id ? got.blob_digest : what->diff_id;
	if (check_digests(what, &got, &told) < 0 && err)
		*err = told;
	return r;
}

/* ---- telling ---- */

struct telling {
	struct wire_out *out;
	const struct side *side;
};

static int tell_xattrs(struct telling *t, uint32_t handle, struct err *err)
{
	const struct side_xattr *x;
	size_t n = side_find_xattrs(t->side, handle, &x);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct msg_xattr m = {.name = x[i].name, .value = x[i].value};

		r = msg_put_xattr(t->out, &m, err);
	}
	return r;
}

static int tell_row(void *arg, const struct entry_row *row, uint32_t handle, struct err *err)
{
	struct telling *t = arg;
	int r;

	r = msg_put_entry(t->out, row, err);
	/* xattrs belong to the inode: its first name carries them. */
	if (r == 0 && row->xattrs && row->inode == row->id)
		r = tell_xattrs(t, handle, err);
	return r;
}

static int tell_rest(struct wire_out *out, const struct side *side,
		     const struct seekpoints *points, const struct layer_totals *totals,
		     struct err *err)
{
	struct msg_layer_end end = {
	    .entries = totals->entries,
	    .content_bytes = totals->content_bytes,
	    .findings = side->n_findings,
	};
	int r = 0;

	for (size_t i = 0; i < side->findings.n && r == 0; i++)
		r = msg_put_finding(out, &side->findings.v[i], err);
	for (size_t i = 0; i < points->points.n && r == 0; i++)
		r = msg_put_seekpoint(out, &points->points.v[i], err);
	return r < 0 ? r : msg_put_layer_end(out, &end, err);
}

/* The DiffID under which a layer is kept: the declared one (an empty layer's may differ). */
static struct digest diff_id_of(const struct archive_layer *what,
				const struct decoding_result *got)
{
	return what->diff_id.alg == DIGEST_NONE ? got->diff_id : what->diff_id;
}

static int tell_layer(const struct plan_layer *l, struct walk_layer *w,
		      const struct decoding_result *got, const struct seekpoints *points,
		      struct wire_out *out, struct err *err)
{
	struct msg_layer_begin begin = {
	    .image = l->image,
	    .layer = l->layer,
	    .diff_id = diff_id_of(l->what, got),
	    .blob_digest = got->blob_digest,
	    .tar_bytes = got->bytes,
	};
	struct telling telling = {out, &w->side};
	struct layer_totals totals;
	int r;

	side_sort(&w->side);
	r = msg_put_layer_begin(out, &begin, err);
	if (r == 0)
		r = layer_finish(w->builder, tell_row, &telling, &totals, err);
	if (r == 0)
		r = tell_rest(out, &w->side, points, &totals, err);
	return r < 0 ? r : wire_flush(out, err);
}

/* ---- the job ---- */

static int start(const struct layer_job *job, struct seekpoints *points, struct decoding **ret,
		 struct err *err)
{
	const struct archive_layer *what = job->layer->what;
	const struct decoding_opts opts = {
	    .source = what->blob.source,
	    .codec = job->layer->codec,
	    .limits = job->limits,
	    .diff_alg = what->diff_id.alg,
	    .blob_alg = what->blob_digest.alg,
	    .points = points,
	    .spacing = what->blob.len < LARGE_BLOB ? SPACING_SMALL : SPACING_LARGE,
	};

	return decoding_start(&opts, ret, err);
}

static int walk_and_tell(const struct layer_job *job, struct walk_layer *w,
			 const struct seekpoints *points, struct progress *progress,
			 struct err *err)
{
	struct decoding_result got;
	int r;

	r = walk_layer_run(w, job->limits, !job->bare, err);
	if (r == 0)
		r = decoding_finish(w->decoding, &got, err);
	if (r == 0)
		r = check_digests(job->layer->what, &got, err);
	if (r < 0)
		return blame_digest(job->layer, r, err);
	if (got.trailing)
		r = side_add_finding(&w->side, FINDING_TRAILING_DATA, BYTES(""),
				     "behind the end of the compressed stream", err);
	return r < 0 ? r : tell_layer(job->layer, w, &got, points, progress->out, err);
}

static int run_walk(const struct layer_job *job, struct progress *progress, struct err *err)
{
	_cleanup_(seekpoints_release) struct seekpoints points = {0};
	_cleanup_(decoding_freep) struct decoding *decoding = NULL;
	struct walk_layer w = {0};
	int r;

	r = start(job, &points, &decoding, err);
	if (r < 0)
		return r;
	r = walk_layer_init(&w, decoding, progress, job->limits, job->spill_fd, err);
	if (r == 0)
		r = walk_and_tell(job, &w, &points, progress, err);
	walk_layer_release(&w);
	return r;
}

static int run_hash(const struct layer_job *job, struct progress *progress, struct err *err)
{
	_cleanup_(decoding_freep) struct decoding *decoding = NULL;
	struct msg_verified m = {.image = job->layer->image, .layer = job->layer->layer};
	struct decoding_result got;
	struct bytes piece;
	int r;

	r = start(job, NULL, &decoding, err);
	while (r == 0) {
		r = decoding_next(decoding, &piece, err);
		if (r < 0 || !piece.len)
			break;
		r = progress_tick(progress, decoding_stored_bytes(decoding), err);
	}
	if (r == 0)
		r = decoding_finish(decoding, &got, err);
	if (r == 0)
		r = check_digests(job->layer->what, &got, err);
	if (r < 0)
		return blame_digest(job->layer, r, err);
	m.blob_digest = got.blob_digest;
	return msg_put_verified(progress->out, &m, err);
}

int layer_job_run(const struct layer_job *job, struct progress *progress, struct err *err)
{
	if (job->layer->action == PLAN_HASH)
		return run_hash(job, progress, err);
	return run_walk(job, progress, err);
}
