/* SPDX-License-Identifier: MIT */
/*
 * Replies that need a file to be rendered. The rendering is done by the one render thread, so
 * that a slow report holds up other reports at most, never a lookup of anything else.
 */
#include "fs/ops.h"

#include "fs/render.h"
#include "fs/vfile.h"
#include "fs/worker.h"

struct render_job {
	struct work work; /* first: the pool hands back a pointer to it */
	fuse_req_t req;
	struct layout_file file;
	double timeout;
	fuse_ino_t ino; /* of a read; 0: a lookup */
	size_t size;
	off_t off;
};

/* An entry counts as a lookup only if the kernel took it. */
static void reply_entry(fuse_req_t req, const struct vfile *f, double timeout)
{
	struct fs_ctx *ctx = fs_ctx_of(req);
	struct attr_owner owner = {ctx->uid, ctx->gid, f->mtime};
	struct fuse_entry_param e;
	struct stat st;

	attr_fixed(S_IFREG, f->ino, f->size, &owner, &st);
	attr_entry(&st, timeout, ATTR_FOREVER, &e);
	if (fuse_reply_entry(req, &e) != 0)
		vfile_forget(ctx->vfiles, f->ino, 1);
}

static int render(struct fs_ctx *ctx, const struct catalog *c, const struct layout_file *file,
		  struct buf *ret, struct err *err)
{
	struct render_from from = {.catalog = c, .forest = ctx->forest, .db = ctx->render_db};

	return render_file(&from, file, ret, err);
}

static void run_lookup(struct render_job *j)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	struct fs_ctx *ctx = fs_ctx_of(j->req);
	struct err err = ERR_INIT;
	struct timespec grown;
	struct vfile f;
	int r;

	c = growth_catalog(ctx->growth, &grown);
	/* Several lookups of one file may have waited here. */
	if (vfile_find(ctx->vfiles, &j->file, c->generation, &f)) {
		reply_entry(j->req, &f, j->timeout);
		return;
	}
	r = render(ctx, c, &j->file, &bytes, &err);
	if (r == 0)
		r = vfile_store(ctx->vfiles, &j->file, c->generation, grown, &bytes, &f);
	if (r < 0)
		fs_reply_failure(j->req, r, &err);
	else
		reply_entry(j->req, &f, j->timeout);
}

/* The bytes of a version that were let go of; if the index has changed them, it is stale. */
static void run_read(struct render_job *j)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	_cleanup_free_ char *part = malloc(MAX(j->size, (size_t)1));
	struct fs_ctx *ctx = fs_ctx_of(j->req);
	struct err err = ERR_INIT;
	size_t start, n;
	int r = part ? 0 : -ENOMEM;

	c = growth_catalog(ctx->growth, NULL);
	if (r == 0)
		r = render(ctx, c, &j->file, &bytes, &err);
	start = MIN((size_t)j->off, bytes.len);
	n = MIN(j->size, bytes.len - start);
	if (r == 0 && n)
		memcpy(part, bytes.ptr + start, n);
	if (r == 0)
		r = vfile_restore(ctx->vfiles, j->ino, &bytes);
	if (r < 0)
		fs_reply_failure(j->req, r, &err);
	else
		fuse_reply_buf(j->req, part, n);
}

static void run_job(struct work *w)
{
	struct render_job *j = (struct render_job *)w;

	if (j->ino)
		run_read(j);
	else
		run_lookup(j);
	free(j);
}

static void cancel_job(struct work *w)
{
	struct render_job *j = (struct render_job *)w;

	fs_reply_error(j->req, -EINTR);
	free(j);
}

static void submit(struct render_job what)
{
	struct render_job *j = malloc(sizeof(*j));

	if (!j) {
		fs_reply_error(what.req, -ENOMEM);
		return;
	}
	*j = what;
	j->work = (struct work){.run = run_job, .cancel = cancel_job};
	worker_submit(fs_ctx_of(j->req)->renderer, &j->work);
}

void op_render_entry(fuse_req_t req, const struct layout_file *file, double timeout)
{
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	struct fs_ctx *ctx = fs_ctx_of(req);
	struct vfile f;

	c = growth_catalog(ctx->growth, NULL);
	if (vfile_find(ctx->vfiles, file, c->generation, &f))
		reply_entry(req, &f, timeout);
	else
		submit((struct render_job){.req = req, .file = *file, .timeout = timeout});
}

void op_render_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    const struct layout_file *file)
{
	submit((struct render_job){
	    .req = req, .file = *file, .ino = ino, .size = size, .off = off});
}
