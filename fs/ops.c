/* SPDX-License-Identifier: MIT */
#include "fs/ops.h"

#include "util/log.h"

#include <sys/statvfs.h>

/* ---- errors ---- */

/*
 * Programs meet these as errno of read(2) and stat(2), where some of ours would mislead:
 * "no archive holds the layer" is no missing file.
 */
int fs_errno(int r)
{
	static const struct {
		int ours, shown;
	} map[] = {
	    {ENOENT, EIO}, {EBADMSG, EIO}, {EFBIG, EIO}, {EBUSY, EAGAIN}, {EEXIST, EIO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		if (r == -map[i].ours)
			return map[i].shown;
	return -r;
}

void fs_reply_error(fuse_req_t req, int r)
{
	fuse_reply_err(req, fs_errno(r));
}

/* ESTALE is an answer: content has said why, once for each archive. */
void fs_reply_failure(fuse_req_t req, int r, const struct err *err)
{
	if (r != -ESTALE && err->msg[0])
		log_line("%s", err->msg);
	fs_reply_error(req, r);
}

/* ---- buffers ---- */

struct thread_buffer {
	size_t size;
	char bytes[];
};

int fs_buffer_key_create(pthread_key_t *ret)
{
	return -pthread_key_create(ret, free);
}

char *fs_thread_buffer(struct fs_ctx *ctx, size_t size)
{
	struct thread_buffer *b = pthread_getspecific(ctx->read_buf);

	if (b && b->size >= size)
		return b->bytes;
	free(b);
	size = MAX(size, (size_t)KIB(128));
	b = malloc(sizeof(*b) + size);
	if (b)
		b->size = size;
	pthread_setspecific(ctx->read_buf, b);
	return b ? b->bytes : NULL;
}

/* ---- session ---- */

static void want(struct fuse_conn_info *conn, unsigned flags)
{
	conn->want |= flags & conn->capable;
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	want(conn, FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS |
		       FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_CACHE_SYMLINKS |
		       FUSE_CAP_NO_OPEN_SUPPORT | FUSE_CAP_NO_OPENDIR_SUPPORT |
		       FUSE_CAP_EXPORT_SUPPORT);
	/* AUTO would leave most of a first walk to single lookups; splicing from our buffers
	 * costs more than the copy it saves. */
	conn->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_SPLICE_READ |
				  FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
	conn->max_background = 64;
	conn->congestion_threshold = 48;
	conn->time_gran = 1;
}

/*
 * ENOSYS: the kernel opens files and directories by itself from then on, keeps their pages and
 * listings, and never asks again. Content does not change below an inode, so there is nothing
 * to open.
 */
static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	fuse_reply_err(req, ENOSYS);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	_cleanup_(catalog_unrefp) struct catalog *c = NULL;
	struct statvfs s = {.f_bsize = 4096, .f_frsize = 512, .f_namemax = 255};
	uint64_t bytes = 0;

	(void)ino;
	c = growth_catalog(fs_ctx_of(req)->growth, NULL);
	for (size_t i = 0; i < c->n_layers; i++) {
		bytes += c->layers[i].content_bytes;
		s.f_files += c->layers[i].entries;
	}
	s.f_blocks = bytes / s.f_frsize + (bytes % s.f_frsize != 0);
	fuse_reply_statfs(req, &s);
}

/* ---- what would change something ---- */

/* The kernel refuses most of these before it asks, because the mount is read-only. Should the
 * mount be made writable behind our back, they are refused here. */
#define REFUSE(name, ...)                                                                      \
	static void refuse_##name(fuse_req_t req, __VA_ARGS__)                                 \
	{                                                                                      \
		fuse_reply_err(req, EROFS);                                                    \
	}

#define INO  _unused_ fuse_ino_t
#define NAME _unused_ const char *
#define FI   _unused_ struct fuse_file_info *

REFUSE(setattr, INO i, _unused_ struct stat *st, _unused_ int set, FI fi)
REFUSE(mknod, INO i, NAME n, _unused_ mode_t mode, _unused_ dev_t rdev)
REFUSE(mkdir, INO i, NAME n, _unused_ mode_t mode)
REFUSE(unlink, INO i, NAME n)
REFUSE(rmdir, INO i, NAME n)
REFUSE(symlink, NAME link, INO i, NAME n)
REFUSE(rename, INO i, NAME n, INO new_parent, NAME new_name, _unused_ unsigned flags)
REFUSE(link, INO i, INO new_parent, NAME n)
REFUSE(write, INO i, NAME data, _unused_ size_t size, _unused_ off_t off, FI fi)
REFUSE(create, INO i, NAME n, _unused_ mode_t mode, FI fi)
REFUSE(setxattr, INO i, NAME n, NAME value, _unused_ size_t size, _unused_ int flags)
REFUSE(removexattr, INO i, NAME n)
REFUSE(fallocate, INO i, _unused_ int mode, _unused_ off_t off, _unused_ off_t n, FI fi)
REFUSE(copy, INO i, _unused_ off_t from, FI fi, INO to_ino, _unused_ off_t to, FI to_fi,
       _unused_ size_t n, _unused_ int flags)

const struct fuse_lowlevel_ops fs_ops = {
    .init = op_init,
    .lookup = op_lookup,
    .forget = op_forget,
    .forget_multi = op_forget_multi,
    .getattr = op_getattr,
    .readlink = op_readlink,
    .open = op_open,
    .opendir = op_open,
    .read = op_read,
    .readdir = op_readdir,
    .readdirplus = op_readdirplus,
    .statfs = op_statfs,
    .getxattr = op_getxattr,
    .listxattr = op_listxattr,

    .setattr = refuse_setattr,
    .mknod = refuse_mknod,
    .mkdir = refuse_mkdir,
    .unlink = refuse_unlink,
    .rmdir = refuse_rmdir,
    .symlink = refuse_symlink,
    .rename = refuse_rename,
    .link = refuse_link,
    .write = refuse_write,
    .create = refuse_create,
    .setxattr = refuse_setxattr,
    .removexattr = refuse_removexattr,
    .fallocate = refuse_fallocate,
    .copy_file_range = refuse_copy,
};
