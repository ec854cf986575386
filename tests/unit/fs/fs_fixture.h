/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * A small index in a directory of its own, and a struct fs_ctx over it.
 *
 *   layer 1, bottom           layer 2                      image 1: layers 1, 2
 *     bin/sh   "hello"          .wh.null                     names app:1, ghcr.io/acme/app:2
 *     bin/sh2  (same file)      etc/a    "HELLO", xattrs   image 2: layer 1; name old:1
 *     etc/a    "world"          etc/e    "" (empty)
 *     link -> etc/a             low      (link to bin/sh)
 *     null     char 1:3         twin     as bin/sh
 *
 * Layer 2's root carries trusted.overlay.opaque.
 */
#include "test.h"

#include "fs/context.h"
#include "fs/ops.h"

struct fixture {
	char dir[64], db_path[96], archive_path[96];
	int64_t layer[3], image[3]; /* from 1 */
	struct fs_ctx ctx;
};

/* Sequences of entries. */
enum { L1_BIN = 1, L1_ETC, L1_LINK, L1_NULL, L1_SH, L1_SH2, L1_A };
enum { L2_WH = 1, L2_ETC, L2_LOW, L2_TWIN, L2_A, L2_E };

int fixture_setup(void **state);
int fixture_teardown(void **state);
/* A new image of layer 2 alone, called name; published with a new generation. */
int64_t fixture_add_image(struct fixture *f, const char *name);
void fixture_delete_image(struct fixture *f, int64_t id);
/* Nodeid of a path below the root by op_lookup, which must find every component. */
uint64_t fixture_ino(struct fixture *f, const char *path);

/* ---- what libfuse would have been told: see fake_fuse.c ---- */

enum reply {
	REPLY_NOTHING,
	REPLY_ERR,
	REPLY_ENTRY,
	REPLY_ATTR,
	REPLY_BUF,
	REPLY_LINK,
	REPLY_XATTR,
	REPLY_STATFS,
	REPLY_NONE
};

/* A request of its own for every call; replies may come from any thread. */
struct fake_req {
	struct fs_ctx *ctx;
	enum reply reply;
	int replies;
	int err;
	int refuse; /* what fuse_reply_entry answers: the kernel did not take it */
	struct fuse_entry_param entry;
	struct stat st;
	double timeout;
	struct statvfs statfs;
	size_t size; /* of buf, or as replied to a question for the size */
	char buf[65536];
};

struct fake_req *fake_req(struct fixture *f);
fuse_req_t fake_fuse_req(struct fake_req *r);
/* Waits for the reply and checks that it was the only one. */
void fake_wait(struct fake_req *r, enum reply want);
void fake_free(struct fake_req *r);
