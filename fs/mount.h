/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * The life of a mount: from an index to a mounted directory, and back.
 *
 * The mount point is created if it is missing, and then removed again when the mount ends, by
 * whatever ends it: mount_umount(), umount(8), SIGTERM, SIGINT, SIGHUP. Only SIGKILL leaves a
 * dead mount behind; the next mount_run() or mount_umount() on it clears it and logs a line.
 * Always ro,nosuid,nodev. Nothing here prints.
 */
#include "util/err.h"
#include "util/log.h"

struct mount_opts {
	const char *db_path;      /* of an index that exists */
	const char *cache_dir;    /* for decoded layers; NULL: unlinked temporary files only */
	uint64_t cache_bytes;     /* its cap; 0: 4 GiB */
	uint64_t tree_bytes;      /* cap of trees in memory; 0: 256 MiB */
	const int64_t *images;    /* ids of the images to show, borrowed during mount_run */
	size_t n_images;          /* 0: the whole index, also what is indexed later */
	bool foreground;          /* serve in the calling process */
	bool allow_other;         /* every user may enter; modes are then enforced */
	bool inodes_content;      /* -o inodes=content: files of equal content share an inode */
	bool verify_always;       /* -o verify=always: hash each file before its first byte */
	log_sink background_log;  /* background: where log lines go from then on. May be NULL */
	void (*ready)(void *arg); /* foreground: the mount can be entered. May be NULL */
	void *ready_arg;
};

/* Can path become a mount point, or why not? For asking before an hour of indexing. Clears a
 * dead mount there; makes nothing. */
int mount_check(const char *path, struct err *err) _must_check_;

/*
 * Mounts and serves. Foreground: returns 0 when the mount has ended. Else a background process,
 * forked here, serves with its standard streams on /dev/null and without any other descriptor of
 * the caller, and ends itself with the mount; the call returns 0 as soon as the mount can be
 * entered.
 * -EBUSY a mount is there already, -ENOTDIR, -EACCES, -ENOENT no index ... with a message.
 *
 * The caller has no threads and no open database at the time of the call: neither survives
 * the fork.
 */
int mount_run(const struct mount_opts *opts, const char *mountpoint,
	      struct err *err) _must_check_;

/*
 * Unmounts what mount_run mounted at path and waits until all of it is gone: the mount, the
 * process that served it, the mount point if that was made for it. -EBUSY in use, -EINVAL no
 * stagefs mount, each with a message.
 */
int mount_umount(const char *path, struct err *err) _must_check_;
