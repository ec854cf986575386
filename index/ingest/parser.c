/* SPDX-License-Identifier: MIT */
#include "ingest/parser.h"

#include "ingest/layer_job.h"
#include "ingest/message.h"
#include "ingest/process.h"

#include <sys/stat.h>

static struct bytes text(const char *s)
{
	return s ? bytes_from_str(s) : BYTES_NULL;
}

/* ---- what the archive holds ---- */

static int tell_archive(const struct archive *a, struct wire_out *out, struct err *err)
{
	struct msg_archive m = {
	    .format = text(a->format),
	    .notes = bytes_from_str(buf_str(&a->notes)),
	};

	return msg_put_archive(out, &m, err);
}

static int tell_image(const struct archive_image *img, struct wire_out *out, struct err *err)
{
	struct msg_image m = {
	    .config_digest = img->config_digest,
	    .manifest_digest = img->manifest_digest,
	    .config = bytes_make(img->config, img->config ? img->config_len : 0),
	    .manifest = bytes_make(img->manifest, img->manifest ? img->manifest_len : 0),
	    .os = text(img->os),
	    .architecture = text(img->architecture),
	    .variant = text(img->variant),
	    .created = text(img->created),
	    .bare = img->bare,
	    .evidence = img->evidence,
	};

	return msg_put_image(out, &m, err);
}

/* The identity of a blob's own file: the writer must find the same one at its path. */
static int identify(const struct archive_layer *l, struct identity *ret, struct err *err)
{
	struct stat st;

	*ret = (struct identity){0};
	if (!l->blob.path || l->missing)
		return 0;
	if (fstat(l->blob.source->fd, &st) < 0)
		return err_sys(err, errno, "cannot stat a blob");
	*ret = identity_of(&st);
	return 0;
}

static int tell_layer(const struct plan_layer *l, struct wire_out *out, struct err *err)
{
	const struct archive_layer *what = l->what;
	struct msg_layer m = {
	    .diff_id = what->diff_id,
	    .blob_digest = what->blob_digest,
	    .size = what->size,
	    .media_type = text(what->media_type),
	    .missing = what->missing,
	    .codec = l->codec,
	    .path = what->missing ? BYTES_NULL : text(what->blob.path),
	    .offset = what->missing ? 0 : what->blob.offset,
	    .len = what->missing ? 0 : what->blob.len,
	};
	int r;

	r = identify(what, &m.identity, err);
	return r < 0 ? r : msg_put_layer(out, &m, err);
}

static int tell_names(const struct archive_image *img, struct wire_out *out, struct err *err)
{
	for (size_t i = 0; i < img->names.n; i++) {
		const struct archive_name *n = &img->names.v[i];
		struct msg_name m = {bytes_make(n->reference, n->len), n->event};
		int r = msg_put_name(out, &m, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int tell_history(const struct archive_image *img, struct wire_out *out, struct err *err)
{
	for (size_t i = 0; i < img->history.n; i++) {
		const struct archive_history *h = &img->history.v[i];
		struct msg_history m = {
		    .created = bytes_make(h->created, h->created_len),
		    .created_by = bytes_make(h->created_by, h->created_by_len),
		    .comment = bytes_make(h->comment, h->comment_len),
		    .author = bytes_make(h->author, h->author_len),
		    .empty_layer = h->empty_layer,
		};
		int r = msg_put_history(out, &m, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int tell_all(const struct archive *a, const struct plan *plan, struct wire_out *out,
		    struct err *err)
{
	struct msg_start start = {.layers = plan->jobs, .bytes = plan->bytes};
	const struct plan_layer *l = plan->layers.v;
	int r;

	r = tell_archive(a, out, err);
	for (size_t i = 0; i < a->images.n && r == 0; i++) {
		const struct archive_image *img = &a->images.v[i];

		r = tell_image(img, out, err);
		for (size_t k = 0; k < img->layers.n && r == 0; k++)
			r = tell_layer(l++, out, err);
		if (r == 0)
			r = tell_names(img, out, err);
		if (r == 0)
			r = tell_history(img, out, err);
	}
	if (r == 0)
		r = msg_put_start(out, &start, err);
	return r < 0 ? r : wire_flush(out, err);
}

/* ---- reading the layers ---- */

static int run_jobs(const struct archive *a, const struct plan *plan,
		    const struct parser_input *in, struct wire_out *out, struct err *err)
{
	struct progress progress = {.out = out, .layer = 1};
	char name[320];
	int r;

	for (size_t i = 0; i < plan->layers.n; i++) {
		const struct plan_layer *l = &plan->layers.v[i];
		struct layer_job job = {
		    .layer = l,
		    .limits = in->limits,
		    .spill_fd = in->spill_fd,
		    .bare = a->images.v[l->image].bare,
		};

		if (l->action == PLAN_NOTHING)
			continue;
		process_limit_cpu(in->limits->cpu_seconds);
		r = layer_job_run(&job, &progress, err);
		if (r < 0)
			return err_prefix(err, r, "%s",
					  plan_layer_name(a, l, name, sizeof(name)));
		progress_next(&progress, l->what->blob.len);
	}
	return 0;
}

static int open_archive(const struct parser_input *in, struct archive **ret, struct err *err)
{
	struct archive_opts opts = {
	    .limits = in->limits,
	    .layer = in->layer,
	    .base_name = in->base_name,
	};

	if (!in->file)
		return archive_open_dir(in->dirfd, &opts, ret, err);
	return archive_open_file(in->file, in->outer_codec, &opts, ret, err);
}

static int parse(const struct parser_input *in, struct wire_out *out, struct err *err)
{
	_cleanup_(archive_freep) struct archive *a = NULL;
	_cleanup_(plan_release) struct plan plan = {0};
	int r;

	r = open_archive(in, &a, err);
	if (r == 0)
		r = plan_make(a, in->known, in->verify, &plan, err);
	if (r == 0)
		r = tell_all(a, &plan, out, err);
	if (r == 0)
		r = run_jobs(a, &plan, in, out, err);
	if (r == 0)
		r = msg_put_done(out, err);
	return r < 0 ? r : wire_flush(out, err);
}

int parser_run(void *arg, int fd)
{
	_cleanup_(wire_out_release) struct wire_out out = {.fd = fd};
	struct err err = ERR_INIT;
	int r;

	r = parse(arg, &out, &err);
	if (r < 0) {
		struct msg_error m = {
		    .code = (uint32_t)-r,
		    .text = bytes_from_str(err.msg),
		};

		/* A frame that was begun is dropped, a finished one may stay. */
		if (out.buf.failed)
			buf_clear(&out.buf);
		r = msg_put_error(&out, &m, NULL);
		if (r == 0)
			r = wire_flush(&out, NULL);
	}
	return r < 0 ? 1 : 0;
}
