/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct fs_ctx: all that a mounted file system holds; the userdata of every FUSE request.
 * There is no file-scope state in fs/.
 *
 * Threads: the fields do not change while the session runs; each object says in its header
 * what may be called from where. xattr_db is used under xattr_lock, render_db by the one
 * render thread only.
 */
#include "content/content.h"
#include "model/forest.h"

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

struct fs_ctx {
	struct growth *growth;       /* the catalog, and whether the index has grown */
	struct forest *forest;       /* trees */
	struct content *content;     /* bytes */
	struct vfile_cache *vfiles;  /* rendered files */
	struct worker_pool *readers; /* reads that take time */
	struct worker_pool *renderer;
	struct db *forest_db, *content_db, *xattr_db, *render_db;
	pthread_mutex_t xattr_lock;
	pthread_key_t read_buf; /* one buffer for each thread that reads */
	bool inodes_content;    /* st_ino of a regular file: its twin's */
	uid_t uid;              /* owner of what stagefs adds */
	gid_t gid;
	struct timespec started; /* mtime of what never changes */
};
