/* SPDX-License-Identifier: MIT */
#include "fs/ops.h"

#include "fs/vfile.h"
#include "fs/worker.h"

struct read_job {
	struct work work; /* first: the pool hands back a pointer to it */
	fuse_req_t req;
	int64_t entry;
	size_t size;
	uint64_t off;
};

static void read_content(fuse_req_t req, int64_t entry, size_t size, uint64_t off)
{
	struct fs_ctx *ctx = fs_ctx_of(req);
	char *buf = fs_thread_buffer(ctx, size);
	struct err err = ERR_INIT;
	size_t n = 0;
	int r = -ENOMEM;

	if (buf)
		r = content_pread(ctx->content, entry, buf, size, off, &n, &err);
	if (r < 0)
		fs_reply_failure(req, r, &err);
	else
		fuse_reply_buf(req, buf, n);
}

static void run_job(struct work *w)
{
	struct read_job *j = (struct read_job *)w;

	read_content(j->req, j->entry, j->size, j->off);
	free(j);
}

static void cancel_job(struct work *w)
{
	struct read_job *j = (struct read_job *)w;

	fs_reply_error(j->req, -EINTR);
	free(j);
}

static void submit(struct read_job what)
{
	struct read_job *j = malloc(sizeof(*j));

	if (!j) {
		fs_reply_error(what.req, -ENOMEM);
		return;
	}
	*j = what;
	j->work = (struct work){.run = run_job, .cancel = cancel_job};
	worker_submit(fs_ctx_of(j->req)->readers, &j->work);
}

static void reply_part(fuse_req_t req, struct bytes all, size_t size, uint64_t off)
{
	size_t start = MIN(off, all.len);

	fuse_reply_buf(req, all.ptr + start, MIN(size, all.len - start));
}

static void read_stored(fuse_req_t req, int64_t entry, const struct node *n, size_t size,
			uint64_t off)
{
	struct fs_ctx *ctx = fs_ctx_of(req);
	uint64_t end = n->kind == ENTRY_LINK_LOWER ? 0 : n->size;

	if (!S_ISREG(n->mode)) {
		fs_reply_error(req, -EINVAL);
		return;
	}
	if (off >= end) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	size = MIN(size, end - off);
	if (content_is_fast(ctx->content, entry))
		read_content(req, entry, size, off);
	else
		submit((struct read_job){.req = req, .entry = entry, .size = size, .off = off});
}

static void read_rendered(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off)
{
	struct fs_ctx *ctx = fs_ctx_of(req);
	char *buf = fs_thread_buffer(ctx, size);
	struct layout_file file;
	size_t n = 0;
	int r = -ENOMEM;

	if (buf)
		r = vfile_read(ctx->vfiles, ino, (uint64_t)off, buf, size, &n, &file);
	if (r == -EAGAIN)
		op_render_read(req, ino, size, off, &file);
	else if (r < 0)
		fs_reply_error(req, r);
	else
		fuse_reply_buf(req, buf, n);
}

static void read_target(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off)
{
	_cleanup_(target_release) struct target t;
	int r = target_open(fs_ctx_of(req), ino, &t);

	if (r < 0)
		fs_reply_error(req, r);
	else if (target_is_dir(&t))
		fs_reply_error(req, -EISDIR);
	else if (t.i.class == INODE_STORED)
		read_stored(req, t.i.entry, t.node, size, (uint64_t)off);
	else
		reply_part(req, layout_text(t.i.kind), size, (uint64_t)off);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)fi;
	if (inode_decode(ino).class == INODE_RENDERED)
		read_rendered(req, ino, size, off);
	else
		read_target(req, ino, size, off);
}
