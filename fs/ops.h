/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The FUSE operations. Private to fs/: mount.h is what others include.
 *
 * Every operation replies exactly once, from whichever thread. What fails is answered with the
 * errno of fs_reply_error(). No operation keeps anything for the kernel but vfile's counts.
 */
#include "fs/target.h"

extern const struct fuse_lowlevel_ops fs_ops;

static inline struct fs_ctx *fs_ctx_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* The errno a program gets for a failure of ours; r < 0. Pure. */
int fs_errno(int r);
void fs_reply_error(fuse_req_t req, int r);
/* As above, with a line in the log for what a person should know of. */
void fs_reply_failure(fuse_req_t req, int r, const struct err *err);

/* A buffer of this thread, at least size bytes; NULL when out of memory. Good until the thread
 * asks again. */
char *fs_thread_buffer(struct fs_ctx *ctx, size_t size);
int fs_buffer_key_create(pthread_key_t *ret) _must_check_;

/* op_lookup.c */
void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups);
void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);
void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_readlink(fuse_req_t req, fuse_ino_t ino);
/* op_readdir.c */
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi);
void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi);
/* op_read.c */
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
/* op_render.c: from the render thread. */
void op_render_entry(fuse_req_t req, const struct layout_file *file, double timeout);
void op_render_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    const struct layout_file *file);
/* op_xattr.c */
void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
