/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct server: an opened index, mounted, and the loop that answers the kernel.
 *
 *     server_new      opens the databases; nothing is visible yet
 *     server_mount    the mount exists, requests wait
 *     server_loop     answers until the mount has ended, by signal or umount
 *     server_free     unmounts if need be
 *
 * Threads start in server_loop only: what comes before may be in a process that forks.
 */
#include "fs/mount.h"

struct server;

int server_new(const struct mount_opts *opts, struct server **ret,
	       struct err *err) _must_check_;
int server_mount(struct server *s, const char *path, struct err *err) _must_check_;
/* ready is called once, when requests are about to be answered; may be NULL. */
int server_loop(struct server *s, void (*ready)(void *arg), void *arg,
		struct err *err) _must_check_;
void server_free(struct server *s);
DEFINE_CLEANUP(struct server *, server_free)
